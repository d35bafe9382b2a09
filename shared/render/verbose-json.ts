import type { Transcript } from "../transcript/transcript.ts";
import { KEYS, keysInOrder } from "../transcript/transcript-keys.ts";

const BATCH = 500;

/**
 * The transcript's own JSON in pieces; joined they are what `serializeTranscript` gives, but for the names, which come
 * last: `speakers` says what people call a speaker id.
 */
export function* renderVerboseJson(
  transcript: Transcript,
  speakers: Readonly<Record<string, string>>,
): Generator<string> {
  const { segments, words, speaker_segments: turns, ...rest } = transcript;
  const { language, duration, text, ...extra } = rest;
  yield `${JSON.stringify({ language, duration, text }).slice(0, -1)},"segments":[`;
  yield* listItems(segments, (segment) => keysInOrder(segment, KEYS.segment));
  yield '],"words":[';
  yield* listItems(words, (word) => keysInOrder(word, KEYS.word));
  yield '],"speaker_segments":[';
  yield* listItems(turns, (turn) => ({
    ...keysInOrder(turn, KEYS.speakerSegment),
    words: turn.words.map((word) => keysInOrder(word, KEYS.word)),
  }));
  const named = Object.keys(speakers).length > 0 ? { ...extra, speakers } : extra;
  const tail = JSON.stringify(named).slice(1, -1);
  yield tail === "" ? "]}" : `],${tail}}`;
}

function* listItems<T>(items: readonly T[], inOrder: (item: T) => object): Generator<string> {
  for (let from = 0; from < items.length; from += BATCH) {
    const batch = JSON.stringify(items.slice(from, from + BATCH).map(inOrder)).slice(1, -1);
    yield from === 0 ? batch : `,${batch}`;
  }
}
