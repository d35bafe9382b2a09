import type { TranscriptId } from "../transcript/transcript.ts";

/**
 * Places in a transcript that deserve a second look. The speech API gives no confidence, so they are found by what
 * text and times alone show; a flag is a doubt and no verdict.
 */
export const FLAG_KINDS = [
  "long_word",
  "lone_word",
  "loop",
  "boilerplate",
  "too_fast",
  "too_slow",
  "speaker_conflict",
] as const;
export type FlagKind = (typeof FLAG_KINDS)[number];

export type Flag = {
  kind: FlagKind;
  /** Of the segment in which the place begins; null when the transcript has none. */
  segment_id: TranscriptId | null;
  /** Seconds. */
  start: number;
  end: number;
  /** The words from the first to the last of the place; null for a place that is a whole segment. */
  words: { from: TranscriptId; to: TranscriptId } | null;
  text: string;
};

/** A flag whose segment is not known yet. */
export type FoundFlag = Omit<Flag, "segment_id"> & { segment_id?: TranscriptId };

/** How many places of each kind. */
export type FlagCounts = Record<FlagKind, number>;

export function noFlags(): FlagCounts {
  return Object.fromEntries(FLAG_KINDS.map((kind) => [kind, 0])) as FlagCounts; // a key for each kind
}
