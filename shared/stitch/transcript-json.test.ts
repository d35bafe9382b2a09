import { expect, test } from "vitest";
import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import { serializeTranscript } from "../transcript/serialize-transcript.ts";
import { sliceText } from "../transcript/slices.ts";
import { slicePieces, TranscriptJson } from "./transcript-json.ts";

const SUMMARY = { language: "en", duration: 9, segments: 0, words: 0, speakers: [] };

test("the JSON of pieces is the canonical JSON of the whole", () => {
  const { text, segments, words, speaker_segments, ...rest } = generateTranscript(400);
  const whole = { ...rest, text: `${text} "quoted" \u2028 ü 👋`, segments, words, speaker_segments };
  const json = new TranscriptJson();
  json.add({
    text: whole.text.slice(0, 50),
    segments: [],
    words: words.slice(0, 100),
    speaker_segments: [],
  });
  json.add({ text: whole.text.slice(50), segments, words: [], speaker_segments });
  const piece = { text: "", segments: [], words: words.slice(100), speaker_segments: [] };
  const summary = { ...SUMMARY, language: whole.language, duration: whole.duration };
  expect([...json.finish({ piece, summary, extra: {} })].join("")).toBe(serializeTranscript(whole));
});

test("keys that all answers share come last", () => {
  const piece = { text: "", segments: [], words: [], speaker_segments: [] };
  const json = [...new TranscriptJson().finish({ piece, summary: SUMMARY, extra: { model: "w" } })].join("");
  expect(json).toBe(
    '{"language":"en","duration":9,"text":"","segments":[],"words":[],"speaker_segments":[],"model":"w"}',
  );
});

test("pieces of any size are sliced as their whole is", () => {
  const text = "añ👋b".repeat(50);
  for (const size of [1, 7, 40, 1000]) {
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
      text.slice(n * size, (n + 1) * size),
    );
    expect([...slicePieces(pieces, 16)]).toEqual(sliceText(text, 16));
  }
});
