import type { Transcript, TranscriptWord } from "./transcript.ts";
import { KEYS, keysInOrder } from "./transcript-keys.ts";

/** The canonical JSON: named keys in the order of their types, then unknown keys by name, no spaces. */
export function serializeTranscript(transcript: Transcript): string {
  return JSON.stringify({
    ...keysInOrder(transcript, KEYS.transcript),
    segments: transcript.segments.map((segment) => keysInOrder(segment, KEYS.segment)),
    words: transcript.words.map(orderWord),
    speaker_segments: transcript.speaker_segments.map((segment) => ({
      ...keysInOrder(segment, KEYS.speakerSegment),
      words: segment.words.map(orderWord),
    })),
  });
}

function orderWord(word: TranscriptWord): object {
  return keysInOrder(word, KEYS.word);
}
