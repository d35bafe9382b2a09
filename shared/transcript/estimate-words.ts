import { spreadWords } from "./spread-words.ts";
import type { Transcript } from "./transcript.ts";

/**
 * The transcript with words made out of its segments, for an answer that has none. An answer without segments counts
 * as one segment, as long as the recording.
 * @param seconds how long that is
 */
export function estimateWords(transcript: Transcript, seconds: number): Transcript {
  const text = transcript.text.trim();
  const isUntimed = transcript.segments.length === 0 && text !== "";
  const duration = isUntimed ? seconds : transcript.duration;
  const segments = isUntimed ? [{ id: 0, start: 0, end: duration, text }] : transcript.segments;
  const words = segments
    .flatMap(spreadWords)
    .map(({ word, start, end }, id) => ({ id, word, start: milli(start), end: milli(end) }));
  return { ...transcript, duration, segments, words };
}

function milli(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
