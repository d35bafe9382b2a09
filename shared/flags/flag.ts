import type { FlagKind } from "../flag-kinds.ts";
import type { TranscriptId } from "../transcript/transcript.ts";

/**
 * Places in a transcript that deserve a second look. The speech API gives no confidence, so they are found by what
 * text and times alone show; a flag is a doubt and no verdict.
 */
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
