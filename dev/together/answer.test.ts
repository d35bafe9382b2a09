import { expect, test } from "vitest";
import type { Recognition } from "../recognise/recognise.ts";
import { type AnswerContext, buildAnswer } from "./answer.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import type { Spoken } from "./speakers.ts";
import type { AudioOptions } from "./validate.ts";

/** One word a second from `start`, each half a second long. */
function say(speaker: string, start: number, text: string): Spoken[] {
  return text
    .split(" ")
    .map((word, index) => ({ word, speaker, start: start + index, end: start + index + 0.5 }));
}

function heard(words: Spoken[], duration = 7.2562358276643995): Recognition {
  return { container: "wav", codec: "pcm_s16", duration, heard: "markers", words, speech: [] };
}

const PLAIN: AudioOptions = {
  language: "en",
  responseFormat: "verbose_json",
  words: false,
  diarize: false,
  minSpeakers: undefined,
  maxSpeakers: undefined,
};

const CONTEXT: AnswerContext = { task: "transcribe", flags: DEFAULT_SETTINGS.flags, random: () => 0 };

function withFlags(flags: Partial<AnswerContext["flags"]>): AnswerContext {
  return { ...CONTEXT, flags: { ...CONTEXT.flags, ...flags } };
}

const TALK = [...say("A", 0, "hello there"), ...say("B", 2, "oh hey"), ...say("A", 4, "bye")];

test("json is the text and nothing else", () => {
  const options = { ...PLAIN, responseFormat: "json" } as const;
  expect(buildAnswer(heard(TALK), options, CONTEXT)).toEqual({ text: "hello there oh hey bye" });
});

test("verbose_json has language, unrounded duration, text and segments, and no more unless asked", () => {
  expect(buildAnswer(heard(TALK), PLAIN, CONTEXT)).toEqual({
    language: "en",
    duration: 7.2562358276643995,
    text: "hello there oh hey bye",
    segments: [{ id: 0, start: 0, end: 4.5, text: "hello there oh hey bye" }],
  });
});

test("words carry ids and times in milliseconds, and a speaker only when diarized", () => {
  const words = [{ word: "hé", speaker: "A", start: 0.12345, end: 0.5 }];
  expect(buildAnswer(heard(words), { ...PLAIN, words: true }, CONTEXT).words).toEqual([
    { id: 0, word: "hé", start: 0.123, end: 0.5 },
  ]);
  expect(buildAnswer(heard(words), { ...PLAIN, words: true, diarize: true }, CONTEXT).words).toEqual([
    { id: 0, word: "hé", start: 0.123, end: 0.5, speaker_id: "SPEAKER_00" },
  ]);
});

test("speaker segments are the turns, ids from 1, each with its own words", () => {
  const { speaker_segments, words } = buildAnswer(heard(TALK), { ...PLAIN, diarize: true }, CONTEXT);
  expect(words).toBeUndefined();
  expect(speaker_segments?.map(({ words: _, ...turn }) => turn)).toEqual([
    { id: 1, speaker_id: "SPEAKER_00", start: 0, end: 1.5, text: "hello there" },
    { id: 2, speaker_id: "SPEAKER_01", start: 2, end: 3.5, text: "oh hey" },
    { id: 3, speaker_id: "SPEAKER_00", start: 4, end: 4.5, text: "bye" },
  ]);
  expect(speaker_segments?.[1]?.words).toEqual([
    { id: 0, word: "oh", start: 2, end: 2.5, speaker_id: "SPEAKER_01" },
    { id: 1, word: "hey", start: 3, end: 3.5, speaker_id: "SPEAKER_01" },
  ]);
});

test("word ids inside speaker segments may count on, or be missing", () => {
  const options = { ...PLAIN, words: true, diarize: true };
  const global = buildAnswer(heard(TALK), options, withFlags({ word_ids: "global" }));
  expect(global.speaker_segments?.[1]?.words.map(({ id }) => id)).toEqual([2, 3]);
  const absent = buildAnswer(heard(TALK), options, withFlags({ word_ids: "absent" }));
  expect(absent.words?.[0]).not.toHaveProperty("id");
  expect(absent.speaker_segments?.[0]?.words[0]).not.toHaveProperty("id");
});

test("names are dealt out by chance: the same speakers, another order", () => {
  const named = (random: () => number) =>
    buildAnswer(heard(TALK), { ...PLAIN, diarize: true }, { ...CONTEXT, random }).speaker_segments?.map(
      ({ speaker_id }) => speaker_id,
    );
  expect(named(() => 0)).toEqual(["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"]);
  expect(named(() => 0.99)).toEqual(["SPEAKER_01", "SPEAKER_00", "SPEAKER_01"]);
});

test("max_speakers makes the rarest speaker the busiest one", () => {
  const words = [...say("A", 0, "a b c"), ...say("B", 3, "d"), ...say("C", 4, "e f")];
  const { speaker_segments } = buildAnswer(
    heard(words),
    { ...PLAIN, diarize: true, maxSpeakers: 2 },
    CONTEXT,
  );
  expect(speaker_segments?.map(({ speaker_id, text }) => [speaker_id, text])).toEqual([
    ["SPEAKER_00", "a b c d"],
    ["SPEAKER_01", "e f"],
  ]);
});

test("min_speakers parts the busiest speaker's words, as long as there are any to part", () => {
  const options = { ...PLAIN, diarize: true, minSpeakers: 3 };
  const parted = buildAnswer(heard(say("A", 0, "a b c d e")), options, CONTEXT);
  expect(new Set(parted.speaker_segments?.map(({ speaker_id }) => speaker_id)).size).toBe(3);
  const alone = buildAnswer(heard(say("A", 0, "a")), options, CONTEXT);
  expect(alone.speaker_segments).toHaveLength(1);
});

test("segments are blocks of about ten seconds, cut at the longest pause of their later half", () => {
  const words = [...say("A", 0, "a b c d e f g h"), ...say("A", 9, "i j k l m n")];
  const { segments } = buildAnswer(heard(words), PLAIN, CONTEXT);
  expect(segments).toEqual([
    { id: 0, start: 0, end: 7.5, text: "a b c d e f g h" },
    { id: 1, start: 9, end: 14.5, text: "i j k l m n" },
  ]);
});

test("two seconds without speech end a segment and a turn", () => {
  const words = [...say("A", 0, "a"), ...say("A", 2.5, "b"), ...say("A", 5.1, "c")];
  const { segments, speaker_segments } = buildAnswer(heard(words), { ...PLAIN, diarize: true }, CONTEXT);
  expect(segments?.map(({ text }) => text)).toEqual(["a b", "c"]);
  expect(speaker_segments?.map(({ text }) => text)).toEqual(["a b", "c"]);
});

test("no segment is longer than eleven seconds however even the speech", () => {
  const text = Array.from({ length: 200 }, (_, index) => `w${index}`).join(" ");
  const { segments } = buildAnswer(heard(say("A", 0, text)), PLAIN, CONTEXT);
  expect(Math.max(...(segments ?? []).map(({ start, end }) => end - start))).toBeLessThanOrEqual(11);
  expect(segments?.map((segment) => segment.text).join(" ")).toBe(text);
});

test("the language is the requested one, or the detected one for auto", () => {
  const language = (requested: string | undefined, context = CONTEXT) =>
    buildAnswer(heard(TALK), { ...PLAIN, language: requested }, context).language;
  const hindi = withFlags({ detected_language: "hi" });
  expect(language("de", hindi)).toBe("de");
  expect(language("auto", hindi)).toBe("hi");
  expect(language(undefined, hindi)).toBe("hi");
  expect(language(undefined, withFlags({ detected_language: "hi", language_when_omitted: "en" }))).toBe("en");
});

test("a translation is in English and has no speakers", () => {
  const options = { ...PLAIN, language: "de", words: true };
  const answer = buildAnswer(heard(TALK), options, { ...CONTEXT, task: "translate" });
  expect(answer.language).toBe("en");
  expect(answer).not.toHaveProperty("speaker_segments");
  expect(answer.words?.[0]).not.toHaveProperty("speaker_id");
});

test("diarize with json gives speaker segments only under its flag", () => {
  const options = { ...PLAIN, responseFormat: "json", diarize: true } as const;
  expect(Object.keys(buildAnswer(heard(TALK), options, CONTEXT))).toEqual(["text"]);
  const flagged = buildAnswer(heard(TALK), options, withFlags({ diarize_with_json: "speaker_segments" }));
  expect(Object.keys(flagged)).toEqual(["text", "speaker_segments"]);
});

test("audio without markers becomes [speech], in pieces of ten seconds at most", () => {
  const speech = [
    { start: 1, end: 3 },
    { start: 10, end: 31 },
  ];
  const recognition: Recognition = { ...heard([]), heard: "activity", speech };
  const answer = buildAnswer(recognition, { ...PLAIN, words: true, diarize: true }, CONTEXT);
  expect(answer.segments).toEqual([
    { id: 0, start: 1, end: 3, text: "[speech]" },
    { id: 1, start: 10, end: 17, text: "[speech]" },
    { id: 2, start: 17, end: 24, text: "[speech]" },
    { id: 3, start: 24, end: 31, text: "[speech]" },
  ]);
  expect(answer.words).toHaveLength(4);
  expect(new Set(answer.speaker_segments?.map(({ speaker_id }) => speaker_id))).toEqual(
    new Set(["SPEAKER_00"]),
  );
});

test("silence is an empty text with no segments", () => {
  const silence: Recognition = { ...heard([]), heard: "activity" };
  expect(buildAnswer(silence, { ...PLAIN, words: true, diarize: true }, CONTEXT)).toMatchObject({
    text: "",
    segments: [],
    words: [],
    speaker_segments: [],
  });
});
