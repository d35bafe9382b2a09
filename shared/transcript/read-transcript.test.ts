import { expect, test } from "vitest";
import { generateTranscript, seededRandom } from "../../tests/support/audio/generated-transcript.ts";
import { parseTranscriptSlices } from "./read-transcript.ts";
import { serializeTranscript } from "./serialize-transcript.ts";

/** The JSON in slices of random lengths, now and then of one character. */
function* sliced(json: string, random: () => number): Generator<string> {
  for (let at = 0; at < json.length; ) {
    const length = random() < 0.1 ? 1 : Math.ceil(random() * 30_000);
    yield json.slice(at, at + length);
    at += length;
  }
}

test("a transcript read from slices is the one that was saved, wherever it was cut", async () => {
  const random = seededRandom(5);
  const json = serializeTranscript(generateTranscript(1500, 3));
  for (let round = 0; round < 10; round++) {
    expect(await parseTranscriptSlices(sliced(json, random))).toEqual(JSON.parse(json));
  }
});

test("brackets, quotes and backslashes in what was said end no list", async () => {
  const said = '\\"]},{"words":[{\\\\';
  const word = { id: 0, word: said, start: 0, end: 1, speaker_id: "A" };
  const transcript = {
    language: "en",
    duration: 1,
    text: said,
    segments: [{ id: 0, start: 0, end: 1, text: said }],
    words: [word],
    speaker_segments: [{ id: 0, speaker_id: "A", start: 0, end: 1, text: said, words: [word] }],
  };
  for (let at = 1; at < 60; at++) {
    const json = JSON.stringify(transcript);
    expect(await parseTranscriptSlices([json.slice(0, at), json.slice(at)])).toEqual(transcript);
  }
});

test("lists and objects that the upstream added are kept", async () => {
  const transcript = {
    ...generateTranscript(5),
    usage: { seconds: [1, 2], of: { x: [] } },
    warnings: ["a", { b: [1] }],
  };
  expect(await parseTranscriptSlices([JSON.stringify(transcript)])).toEqual(transcript);
});

test("a turn has the transcript's own words, where they are the same, and else its own", async () => {
  const words = [
    { id: 0, word: "a", start: 0, end: 1 },
    { id: 1, word: "b", start: 1, end: 2 },
    { id: 2, word: "c", start: 1, end: 2 },
  ];
  const other = { id: 9, word: "b", start: 1, end: 2 };
  const turn = {
    id: 0,
    speaker_id: "A",
    start: 0,
    end: 2,
    text: "a b c",
    words: [words[0], other, words[2]],
  };
  const json = JSON.stringify({ ...generateTranscript(0), words, speaker_segments: [turn] });
  const read = await parseTranscriptSlices([json]);
  const [first, second, third] = read.speaker_segments[0]?.words ?? [];
  expect(first).toBe(read.words[0]);
  expect(second).toEqual(other);
  expect(third).toBe(read.words[2]);
});

test("slices that are not all there are an error and no transcript", async () => {
  const json = serializeTranscript(generateTranscript(50));
  await expect(parseTranscriptSlices([json.slice(0, -10)])).rejects.toThrow(SyntaxError);
});
