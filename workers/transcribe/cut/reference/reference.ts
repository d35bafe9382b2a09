import type { Container } from "../../media/container.ts";
import type { Mark } from "../plan.ts";
import type { Piece } from "../put-pieces.ts";
import type { TimeRange } from "../time-range.ts";

export type ReferenceAudio = {
  container: Container;
  contentType: string;
  bytes: number;
  /** Seconds. */
  duration: number;
  /** Where each range lies in the reference audio, in the order asked for. */
  places: TimeRange[];
};

/** Reference audio before it is written: ranges of the recording and bytes of our own. */
export type ReferencePieces = { pieces: Piece[]; duration: number; places: TimeRange[] };

/** A walk that is to find a time starts this much before it: as long as the frames that matter to it can be. */
const MARGIN_SECONDS = 4;
const MARGIN_BYTES = 64 * 1024;

/** Where to walk from, and to where at most, to find all frames of a range. */
export function walkRangeFor(
  marks: Mark[],
  { start, end }: TimeRange,
  bytes: number,
): { offset: number; seconds: number; end: number } {
  const before = marks.findLast(([seconds]) => seconds <= start - MARGIN_SECONDS) ?? marks[0] ?? [0, 0];
  const after = marks.find(([seconds]) => seconds > end + MARGIN_SECONDS);
  const [seconds, offset] = before;
  return { offset, seconds, end: after ? Math.min(bytes, after[1] + MARGIN_BYTES) : bytes };
}
