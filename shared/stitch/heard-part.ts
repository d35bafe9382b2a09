import type { Transcript } from "../transcript/transcript.ts";

/**
 * This folder makes one transcript out of the answers for a recording's parts. Its words, beside those of
 * docs/glossary.md: a **seam** is where one part's words end and the next one's begin; a **local speaker** is a speaker
 * as one part names it; a **speaker link** says which **speaker** of the whole recording it is.
 *
 * Read in this order: digest-part.ts (what is kept of each part), join-parts.ts and seams/ (where they meet),
 * speakers/link-speakers.ts (who is who), stitcher.ts (the whole, part by part), transcript-json.ts (its JSON).
 */

/** Where a part lies in the recording: seconds from its start. `start` is the true offset of the part's first sample. */
export type PartRange = { start: number; end: number };

/**
 * A part and its answer, whose times are seconds from the start of the part. `isEstimated`: those of its words are shared
 * out and were not heard.
 */
export type HeardPart = PartRange & { transcript: Transcript; isEstimated?: boolean };

/**
 * A part's time in the recording. To the microsecond: finer than any answer, and without the digits that adding two
 * floats brings (599.976 + 6.268 = 606.2439999999999).
 */
export function globalSeconds(local: number, offset: number): number {
  return offset === 0 ? local : Math.round((local + offset) * 1e6) / 1e6;
}
