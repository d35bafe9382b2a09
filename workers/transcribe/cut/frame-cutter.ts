import type { ByteRange } from "../media/range-reader.ts";
import { type BytePart, type CutLimits, type Mark, roundTime } from "./plan.ts";
import { isSeam } from "./seams.ts";

/** Frames remembered behind the current one: enough for a full bit reservoir at the lowest bitrates. */
const RING = 64;
const CONTEXT = 48;
const MARK_SECONDS = 60;
/** Junk is left out of the parts, up to this many times; a file of nothing but scraps must not fill the memory. */
const MAX_GAPS = 2000;
const MAX_RANGES = 40;

type Head = { start: number; index: number; from: number; before: number; primed: number };
type Tail = { end: number; frames: number; to: number };

type CutFrames = BytePart & { before: number; primed: number; frames: number };

/**
 * Finds the cuts while frames go by, in memory that does not grow with their number: a part starts with the last frame
 * at or before the overlap's start, and ends with the first one at or after its end.
 */
export function createFrameCutter({ partSeconds, overlapSeconds }: CutLimits) {
  const ring = new Float64Array(RING);
  const heads: Head[] = [];
  const tails: Tail[] = [];
  const gaps: ByteRange[] = [];
  const marks: Mark[] = [];
  let frames = 0;
  let first = 0;
  let lastEnd = 0;
  let lastStart = 0;
  let nextHead = partSeconds - overlapSeconds / 2;
  let nextTail = partSeconds + overlapSeconds / 2;
  let nextMark = Number.NEGATIVE_INFINITY;

  /**
   * The next frame: where it lies in bytes, and what it plays in seconds.
   * @param primed frames of this kind that a decoder needs in front
   */
  function add(offset: number, length: number, start: number, end: number, primed: number): void {
    if (frames === 0) first = offset;
    else if (offset !== lastEnd && gaps.length < MAX_GAPS) gaps.push([lastEnd, offset]);
    while (start > nextHead && frames > 0) {
      const index = Math.max(0, frames - 1 - primed);
      heads.push({
        start: lastStart,
        index,
        from: ring[index % RING] ?? 0,
        before: ring[Math.max(0, index - CONTEXT + primed) % RING] ?? 0,
        primed: frames - 1 - index,
      });
      nextHead += partSeconds;
    }
    ring[frames % RING] = offset;
    frames++;
    lastStart = start;
    lastEnd = offset + length;
    while (end >= nextTail) {
      tails.push({ end, frames, to: lastEnd });
      nextTail += partSeconds;
    }
    if (start >= nextMark) {
      marks.push([roundTime(start), offset]);
      nextMark = start + MARK_SECONDS;
    }
  }

  /** @param duration of all, in seconds; the recording ends with the last frame added */
  function finish(duration: number): { parts: CutFrames[]; marks: Mark[]; frames: number } {
    const starts: Head[] = [{ start: 0, index: 0, from: first, before: first, primed: 0 }];
    starts.push(...heads.filter((_, i) => isSeam((i + 1) * partSeconds, duration, partSeconds)));
    const parts = starts.map((head, n) => {
      const isLast = n === starts.length - 1;
      const tail = (isLast ? undefined : tails[n]) ?? { end: duration, frames, to: lastEnd };
      return {
        n,
        start: roundTime(head.start),
        end: roundTime(Math.min(tail.end, duration)),
        ranges: withoutGaps([head.from, tail.to]),
        before: head.before,
        primed: head.primed,
        frames: tail.frames - head.index,
      };
    });
    return { parts, marks, frames };
  }

  function withoutGaps([from, to]: ByteRange): ByteRange[] {
    const ranges: ByteRange[] = [];
    let at = from;
    for (const [start, end] of gaps) {
      if (start < from) continue;
      if (end >= to || ranges.length === MAX_RANGES - 1) break;
      ranges.push([at, start]);
      at = end;
    }
    return [...ranges, [at, to]];
  }

  return { add, finish };
}
