import type { Transcript } from "../../../shared/transcript/transcript.ts";

/** A transcript of one segment, in which each word takes half of its second. */
export function spoken(text: string, words = text.split(" "), change: Partial<Transcript> = {}): Transcript {
  return {
    language: "en",
    duration: words.length,
    text,
    segments: [{ id: 0, start: 0, end: words.length, text }],
    words: words.map((word, id) => ({ id, word, start: id, end: id + 0.5, speaker_id: "SPEAKER_00" })),
    speaker_segments: [],
    ...change,
  };
}
