import { expect, test } from "vitest";
import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import { overlaySpeakers } from "./overlay-speakers.ts";
import type { Transcript } from "./transcript.ts";

const EMPTY: Transcript = {
  language: "en",
  duration: 20,
  text: "",
  segments: [],
  words: [],
  speaker_segments: [],
};

const DIARIZED: Transcript = {
  ...EMPTY,
  language: "de",
  text: "Guten Tag. Hallo.",
  speaker_segments: [
    { id: 1, speaker_id: "SPEAKER_00", start: 0, end: 4, text: "Guten Tag.", words: [] },
    { id: 2, speaker_id: "SPEAKER_01", start: 5, end: 9, text: "Hallo.", words: [] },
  ],
};

const TRANSLATION: Transcript = {
  ...EMPTY,
  text: "Good day. Hello there.",
  segments: [{ id: 0, start: 0, end: 9, text: "Good day. Hello there." }],
  words: [
    { id: 0, word: "Good", start: 0.5, end: 1 },
    { id: 1, word: "day.", start: 3.5, end: 5.1 },
    { id: 2, word: "Hello", start: 4.9, end: 6 },
    { id: 3, word: "there.", start: 12, end: 12 },
  ],
};

test("each translated word has the speaker who talks for most of it, or talked nearest to it", () => {
  const laid = overlaySpeakers(TRANSLATION, DIARIZED);
  expect(laid.words.map((word) => word.speaker_id)).toEqual([
    "SPEAKER_00",
    "SPEAKER_00",
    "SPEAKER_01",
    "SPEAKER_01",
  ]);
});

test("runs of one speaker are speaker segments, with their words and text", () => {
  const laid = overlaySpeakers(TRANSLATION, DIARIZED);
  expect(
    laid.speaker_segments.map(({ words, ...rest }) => ({ ...rest, words: words.map((word) => word.id) })),
  ).toEqual([
    { id: 0, speaker_id: "SPEAKER_00", start: 0.5, end: 5.1, text: "Good day.", words: [0, 1] },
    { id: 1, speaker_id: "SPEAKER_01", start: 4.9, end: 12, text: "Hello there.", words: [2, 3] },
  ]);
});

test("text, times, language and segments stay those of the translation, which is not changed", () => {
  const before = JSON.stringify(TRANSLATION);
  const laid = overlaySpeakers(TRANSLATION, DIARIZED);
  expect(JSON.stringify(TRANSLATION)).toBe(before);
  expect([laid.language, laid.text, laid.duration, laid.segments]).toEqual([
    "en",
    TRANSLATION.text,
    20,
    TRANSLATION.segments,
  ]);
});

test("without words the segments are given away", () => {
  const segments = [
    { id: 0, start: 0, end: 2, text: " Good" },
    { id: 1, start: 2, end: 4.5, text: " day." },
    { id: 2, start: 4.5, end: 8, text: " Hello there." },
  ];
  const laid = overlaySpeakers({ ...TRANSLATION, words: [], segments }, DIARIZED);
  expect(laid.segments).toBe(segments);
  expect(laid.speaker_segments).toEqual([
    { id: 0, speaker_id: "SPEAKER_00", start: 0, end: 4.5, text: "Good day.", words: [] },
    { id: 1, speaker_id: "SPEAKER_01", start: 4.5, end: 8, text: "Hello there.", words: [] },
  ]);
});

test("speakers known from words alone are enough", () => {
  const words = [
    { id: 0, word: "Guten", start: 0, end: 4, speaker_id: "SPEAKER_00" },
    { id: 1, word: "Hallo", start: 5, end: 9, speaker_id: "SPEAKER_01" },
  ];
  const laid = overlaySpeakers(TRANSLATION, { ...EMPTY, text: "Guten Hallo", words });
  expect(laid.speaker_segments.map((segment) => segment.speaker_id)).toEqual(["SPEAKER_00", "SPEAKER_01"]);
});

test("a second transcript without speakers changes nothing", () => {
  expect(overlaySpeakers(TRANSLATION, EMPTY)).toBe(TRANSLATION);
});

test("an empty translation has no speaker segments", () => {
  expect(overlaySpeakers(EMPTY, DIARIZED).speaker_segments).toEqual([]);
});

test("a transcript laid over itself has its own speakers back", () => {
  const diarized = generateTranscript(5000);
  const { speaker_segments: _, ...rest } = diarized;
  const bare = {
    ...rest,
    words: diarized.words.map(({ speaker_id: _, ...word }) => word),
    speaker_segments: [],
  };
  const laid = overlaySpeakers(bare, diarized);
  expect(laid.words).toEqual(diarized.words);
});
