import { expect, test } from "vitest";
import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import { parseTranscript } from "./parse-transcript.ts";
import { serializeTranscript } from "./serialize-transcript.ts";
import { summarizeTranscript, type Transcript } from "./transcript.ts";

/** The example of Together's documentation, put together into one answer. */
const DOCUMENTED =
  '{"language":"en","duration":7.2562358276643995,"text":"Hello. Oh, hey.",' +
  '"segments":[{"id":0,"start":0.11,"end":10.85,"text":"Hello. Oh, hey."}],' +
  '"words":[{"id":0,"word":"Hello.","start":6.268,"end":11.314,"speaker_id":"SPEAKER_01"}],' +
  '"speaker_segments":[{"id":1,"speaker_id":"SPEAKER_01","start":6.268,"end":30.776,"text":"Hello. Oh, hey.",' +
  '"words":[{"id":0,"word":"Hello.","start":6.268,"end":11.314,"speaker_id":"SPEAKER_01"}]}]}';

function parsed(raw: unknown): Transcript {
  const result = parseTranscript(raw);
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.detail}`);
  return result.value;
}

function refusal(raw: unknown): string {
  const result = parseTranscript(raw);
  return result.ok ? "taken" : `${result.error.reason}: ${result.error.detail}`;
}

test("the documented answer is kept to the byte", () => {
  expect(serializeTranscript(parsed(DOCUMENTED))).toBe(DOCUMENTED);
});

test("an answer of text alone has empty lists, no language and no length", () => {
  expect(parsed('{"text":"Hello, world!"}')).toEqual({
    language: "und",
    duration: 0,
    text: "Hello, world!",
    segments: [],
    words: [],
    speaker_segments: [],
  });
});

test("silence is a transcript", () => {
  const silent = parsed(
    '{"text":"","language":"en","duration":3,"segments":null,"words":null,"speaker_segments":null}',
  );
  expect(summarizeTranscript(silent)).toEqual({
    language: "en",
    duration: 3,
    segments: 0,
    words: 0,
    speakers: [],
  });
});

test("unknown keys are kept on every level, behind the known ones, by name", () => {
  const raw = {
    usage: { seconds: 3 },
    text: "a",
    id: "omJGQiH",
    segments: [{ tokens: [1], id: 0, start: 0, avg_logprob: -0.2, end: 1, text: "a" }],
    words: [{ id: 0, word: "a", start: 0, end: 1, speaker_id: "S", probability: 0.9, logprob: -0.1 }],
    speaker_segments: [{ confidence: 1, id: 1, speaker_id: "S", start: 0, end: 1, text: "a", words: [] }],
  };
  expect(serializeTranscript(parsed(raw))).toBe(
    '{"language":"und","duration":1,"text":"a",' +
      '"segments":[{"id":0,"start":0,"end":1,"text":"a","avg_logprob":-0.2,"tokens":[1]}],' +
      '"words":[{"id":0,"word":"a","start":0,"end":1,"speaker_id":"S","logprob":-0.1,"probability":0.9}],' +
      '"speaker_segments":[{"id":1,"speaker_id":"S","start":0,"end":1,"text":"a","words":[],"confidence":1}],' +
      '"id":"omJGQiH","usage":{"seconds":3}}',
  );
});

test("keys named like JavaScript's own are only keys", () => {
  const transcript = parsed(
    '{"text":"a","words":[{"word":"a","start":0,"end":1,"__proto__":{"start":9},"toJSON":1}]}',
  );
  expect(serializeTranscript(transcript)).toContain('"end":1,"__proto__":{"start":9},"toJSON":1}');
});

test("canonical JSON does not depend on the order in which keys were set", () => {
  const transcript = parsed(DOCUMENTED);
  const turned: Transcript = {
    speaker_segments: transcript.speaker_segments.map(({ words, ...rest }) => ({ words, ...rest })),
    words: transcript.words.map(({ id, start, ...rest }) => ({ start, ...rest, id })),
    segments: transcript.segments.map(({ id, ...rest }) => ({ ...rest, id })),
    text: transcript.text,
    duration: transcript.duration,
    language: transcript.language,
  };
  expect(serializeTranscript(turned)).toBe(DOCUMENTED);
});

test("an answer already parsed is read without being changed", () => {
  const raw: unknown = Object.freeze({
    text: "a",
    words: Object.freeze([Object.freeze({ word: "a", start: 2, end: 1 })]),
  });
  expect(parsed(raw).words).toEqual([{ id: 0, word: "a", start: 2, end: 2 }]);
});

test("language names become codes", () => {
  expect(parsed('{"text":"","language":"english"}').language).toBe("en");
});

test("missing ids are numbered, above those that are there", () => {
  const numbered = parsed({ text: "a b", segments: [{ text: "a" }, { text: "b" }] });
  expect(numbered.segments.map((segment) => segment.id)).toEqual([0, 1]);
  const mixed = parsed({ text: "a b c", segments: [{ text: "a" }, { text: "b", id: 4 }, { text: "c" }] });
  expect(mixed.segments.map((segment) => segment.id)).toEqual([5, 4, 6]);
});

test("a time that is none becomes the end of what came before", () => {
  const words = [
    { id: 0, word: "a", start: -1, end: 0.5 },
    { word: "b", start: null, end: 1 },
    { word: "c" },
    { word: "d", start: "1.5", end: "2" },
    { id: 4, word: "e", start: 3, end: 2.9 },
    { id: 5, word: "f", start: 1e300, end: Number.NaN },
    { id: 6, word: "g", start: 4, end: 1e300 },
  ];
  const times = parsed({ text: "a b c d e f g", words }).words.map(({ start, end }) => [start, end]);
  expect(times).toEqual([
    [0, 0.5],
    [0.5, 1],
    [1, 1],
    [1.5, 2],
    [3, 3],
    [3, 3],
    [4, 4],
  ]);
});

test("numbers JSON cannot write are repaired, and the same letters in a text stay", () => {
  const raw =
    '{"text":"NaN, \\"Infinity\\"","duration":NaN,"words":[{"word":"NaN","start":NaN,"end":-Infinity}]}';
  const transcript = parsed(raw);
  expect(transcript.text).toBe('NaN, "Infinity"');
  expect(transcript.words).toEqual([{ id: 0, word: "NaN", start: 0, end: 0 }]);
});

test("a missing duration is the end of the last item", () => {
  expect(parsed({ text: "a", segments: [{ text: "a", start: 1, end: 4.5 }] }).duration).toBe(4.5);
  expect(parsed({ text: "a", duration: "12.5" }).duration).toBe(12.5);
});

test("a word without a speaker gets its turn's", () => {
  const turn = {
    speaker_id: "SPEAKER_01",
    start: 0,
    end: 2,
    text: "a b",
    words: [{ word: "a", start: 0, end: 1 }],
  };
  const words = [
    { word: "b", start: 1, end: 2 },
    { word: "b", start: 1.5, end: 1.5 },
    { word: "b", start: 5, end: 6 },
  ];
  const transcript = parsed({ text: "a b", words, speaker_segments: [turn] });
  expect(transcript.speaker_segments[0]?.words[0]?.speaker_id).toBe("SPEAKER_01");
  expect(transcript.words.map((word) => word.speaker_id)).toEqual(["SPEAKER_01", "SPEAKER_01", undefined]);
});

test("a word while two talk gets the speaker of the turn that holds it, else none", () => {
  const turns = [
    { speaker_id: "A", start: 0, end: 4, words: [{ word: "one", start: 1, end: 2 }] },
    { speaker_id: "B", start: 0, end: 4, words: [] },
  ];
  const words = [
    { word: "one", start: 1, end: 2 },
    { word: "two", start: 2, end: 3 },
  ];
  const transcript = parsed({ text: "one two", words, speaker_segments: turns });
  expect(transcript.words.map((word) => word.speaker_id)).toEqual(["A", undefined]);
});

test("turns without text get that of their words, and words that only turns have are the transcript's", () => {
  const turns = [
    {
      speaker_id: 1,
      start: 0,
      end: 3,
      words: [
        { id: 0, word: "Hi", start: 0, end: 1 },
        { id: 1, word: "you.", start: 1, end: 2 },
      ],
    },
    { speaker_id: 0, start: 3, end: 4, words: [{ id: 0, word: "Yes.", start: 3, end: 4 }] },
  ];
  const transcript = parsed({ text: "Hi you. Yes.", speaker_segments: turns });
  expect(transcript.speaker_segments[0]?.text).toBe("Hi you.");
  expect(transcript.words.map(({ id, word, speaker_id }) => [id, word, speaker_id])).toEqual([
    [0, "Hi", "SPEAKER_01"],
    [1, "you.", "SPEAKER_01"],
    [2, "Yes.", "SPEAKER_00"],
  ]);
});

test("the words of a turn that lack times start with the turn", () => {
  const turns = [{ speaker_id: "A", start: 500, end: 510, words: [{ word: "late" }] }];
  expect(parsed({ text: "late", speaker_segments: turns }).words[0]?.start).toBe(500);
});

test("a turn without times has those of its words", () => {
  const words = [
    { word: "a", start: 3, end: 4 },
    { word: "b", start: 4, end: 6 },
  ];
  const turn = parsed({ text: "a b", speaker_segments: [{ speaker_id: "A", words }] }).speaker_segments[0];
  expect([turn?.start, turn?.end]).toEqual([3, 6]);
});

test("answers that are no JSON are named without being quoted", () => {
  expect(refusal("")).toBe("not_json: the answer is empty");
  expect(refusal(" \n")).toBe("not_json: the answer is empty");
  expect(refusal("<!DOCTYPE html><h1>413</h1>")).toBe("not_json: the answer is an HTML or XML page");
  expect(refusal(DOCUMENTED.slice(0, -1))).toMatch(
    /^not_json: the answer is broken or cut-off JSON \(\d+ characters\)$/,
  );
  expect(refusal("upstream connect error")).toMatch(/^not_json: /);
});

test("JSON that is no transcript is refused", () => {
  expect(refusal("[]")).toBe("not_a_transcript: the answer is a list, not an object");
  expect(refusal('"Hello"')).toBe("not_a_transcript: the answer is a string, not an object");
  expect(refusal("null")).toBe("not_a_transcript: the answer is null, not an object");
  expect(refusal(undefined)).toBe("not_a_transcript: the answer is nothing, not an object");
  expect(refusal("{}")).toBe("not_a_transcript: the answer has no text");
  expect(refusal('{"text":null}')).toBe("not_a_transcript: the answer has no text");
  expect(refusal('{"error":{"message":"busy"}}')).toBe(
    "not_a_transcript: the answer is an error, it has no text",
  );
});

test("a list that would lose words is refused, and says where", () => {
  expect(refusal({ text: "a", words: { a: 1 } })).toBe("not_a_transcript: words is not a list");
  expect(refusal({ text: "a", words: [{ word: "a" }, null] })).toBe("not_a_transcript: words[1] has no text");
  expect(refusal({ text: "a", segments: [{ start: 0, end: 1 }] })).toBe(
    "not_a_transcript: segments[0] has no text",
  );
  expect(refusal({ text: "a", speaker_segments: [{ words: [{ word: 1 }] }] })).toBe(
    "not_a_transcript: speaker_segments[0].words[0] has no text",
  );
});

test("an answer cut off anywhere is a failure, never an exception", () => {
  for (let length = 0; length < DOCUMENTED.length; length++) {
    expect(parseTranscript(DOCUMENTED.slice(0, length)).ok).toBe(false);
  }
  const escaped = `{"text":"${'\\"NaN'.repeat(300_000)}`;
  expect(parseTranscript(escaped).ok).toBe(false);
});

test("a summary counts and names speakers in order, from words and turns alike", () => {
  const transcript = parsed(DOCUMENTED);
  transcript.words.push({ id: 1, word: "Oh,", start: 12, end: 13, speaker_id: "SPEAKER_00" });
  expect(summarizeTranscript(transcript)).toEqual({
    language: "en",
    duration: 7.2562358276643995,
    segments: 1,
    words: 2,
    speakers: ["SPEAKER_00", "SPEAKER_01"],
  });
});

test("40,000 words survive parsing and writing to the byte", () => {
  const json = JSON.stringify(generateTranscript(40_000));
  expect(serializeTranscript(parsed(json)) === json).toBe(true);
});
