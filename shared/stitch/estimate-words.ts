import type { Transcript } from "../transcript/transcript.ts";
import { wordsOf } from "./words-of.ts";

/**
 * The transcript with words made out of its segments, or out of its turns, for an answer that has none: their times
 * shared out by length, each with the speaker who talks then. An answer without any times counts as one segment, as
 * long as the recording.
 * @param seconds how long that is
 */
export function estimateWords(transcript: Transcript, seconds: number): Transcript {
  const { speaker_segments: turns } = transcript;
  const text = transcript.text.trim();
  const isUntimed = transcript.segments.length === 0 && turns.length === 0 && text !== "";
  const duration = isUntimed ? seconds : transcript.duration;
  const segments = isUntimed ? [{ id: 0, start: 0, end: duration, text }] : transcript.segments;
  const timed = { ...transcript, duration, segments };
  const words = wordsOf(timed).map((word, id) => ({
    ...word,
    id,
    start: milli(word.start),
    end: milli(word.end),
  }));
  return { ...timed, words };
}

function milli(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
