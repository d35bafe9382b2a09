import { expect, test } from "vitest";
import { serializeTranscript } from "../../../shared/transcript/serialize-transcript.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { generateTranscript } from "../../../tests/support/audio/generated-transcript.ts";
import { speakerName } from "../../app/speaker-name.ts";
import { fold, MAX_MATCHES, TextFinder } from "./find-text.ts";
import { machineOf } from "./machine.ts";
import { paragraphOf, paragraphsOf } from "./paragraphs.ts";
import { MachineReader, type MachineRun } from "./read-machine.ts";
import { speakersOf } from "./speakers.ts";
import { textOf, wordAt } from "./words.ts";

type Said = [word: string, start: number, end: number, speaker?: string];

function open(said: readonly Said[]) {
  const words = said.map(([word, start, end, speaker = "SPEAKER_00"], id) => {
    return { id, word, start, end, speaker_id: speaker };
  });
  const text = words.map(({ word }) => word).join(" ");
  return openTranscript({ language: "en", duration: 9, text, segments: [], words, speaker_segments: [] });
}

function openTranscript(transcript: Transcript) {
  const runs: MachineRun[] = [];
  const reader = new MachineReader((run) => runs.push(run));
  reader.take(serializeTranscript(transcript));
  reader.finish();
  return machineOf(runs).words;
}

function lengths(words: ReturnType<typeof open>, names = {}) {
  return paragraphsOf(words, speakersOf(words.speakerIds, names)).map(({ first, end }) => end - first);
}

test("the word at a time is the one being said, and a while after it nobody's", () => {
  const words = open([
    ["one", 1, 1.5],
    ["two", 1.6, 2],
    ["three", 9, 9.4],
  ]);
  expect([0.99, 1, 1.55, 1.6, 2.3, 2.5, 9].map((at) => wordAt(words, at))).toEqual([-1, 0, 0, 1, 1, -1, 2]);
});

test("another speaker begins a paragraph, and two of one name are one speaker", () => {
  const words = open([
    ["one", 0, 1],
    ["two", 1, 2, "SPEAKER_01"],
    ["three", 2, 3, "SPEAKER_02"],
  ]);
  expect(lengths(words)).toEqual([1, 1, 1]);
  expect(lengths(words, { SPEAKER_01: "Ada", SPEAKER_02: "Ada" })).toEqual([1, 2]);
});

test("a long speech is parted where a sentence ends", () => {
  const said = Array.from({ length: 200 }, (_, n): Said => [n % 25 === 24 ? "end." : "word", n, n + 0.9]);
  expect(lengths(open(said))).toEqual([75, 75, 50]);
});

test("a speech without a full stop is parted in any case", () => {
  const said = Array.from({ length: 200 }, (_, n): Said => ["word", n, n + 0.9]);
  expect(lengths(open(said))).toEqual([140, 60]);
});

test("a pause parts what is long enough to stand alone", () => {
  const said = Array.from({ length: 24 }, (_, n): Said => {
    const at = n + (n >= 3 ? 5 : 0) + (n >= 15 ? 5 : 0);
    return ["word", at, at + 0.9];
  });
  expect(lengths(open(said))).toEqual([15, 9]);
});

test("every word has one paragraph", () => {
  const words = openTranscript(generateTranscript(3000));
  const paragraphs = paragraphsOf(words, speakersOf(words.speakerIds, {}));
  const owners = Array.from({ length: words.count }, (_, word) => paragraphs[paragraphOf(paragraphs, word)]);
  expect(owners.every((owner, word) => owner && owner.first <= word && word < owner.end)).toBe(true);
});

test("what is typed is found across words and in any case, with or without accents", () => {
  const words = open([
    ["Über", 0, 1],
    ["Réné's", 1, 2],
    ["new", 2, 3],
    ["idea", 3, 4],
  ]);
  const found = (query: string) => new TextFinder(words).find(query).map(({ first, last }) => [first, last]);
  expect(found("uber rene")).toEqual([[0, 1]]);
  expect(found("ÜBER")).toEqual([[0, 0]]);
  expect(found("W   IDE")).toEqual([[2, 3]]);
  expect(found("é")).toHaveLength(5);
  expect(found("n.w")).toEqual([]);
  expect(found("  ")).toEqual([]);
});

test("folding moves no character, even where lower case is longer", () => {
  for (const text of ["İstanbul É", "plain", "ﬁn STRASSE ẞ", "é 😀 e"]) {
    expect(fold(text)).toHaveLength(text.length);
  }
  expect(fold("İstanbul É")).toBe("istanbul e");
});

test("the matches of a letter that is everywhere are limited", () => {
  const words = openTranscript(generateTranscript(20_000));
  expect(new TextFinder(words).find("a")).toHaveLength(MAX_MATCHES);
  expect(new TextFinder(words).find(`${textOf(words, 19_998)} ${textOf(words, 19_999)}`)).toContainEqual({
    first: 19_998,
    last: 19_999,
  });
});

test("speakers that have not spoken yet keep the colours of those who have", () => {
  const early = speakersOf(["", "SPEAKER_02"], {}, ["SPEAKER_00", "SPEAKER_01", "SPEAKER_02"]);
  expect(early.ofNumber(1)).toMatchObject({ id: "SPEAKER_02", number: 2, name: "Speaker 3" });
  expect(early.ofNumber(0)).toBeUndefined();
  expect(early.list).toHaveLength(3);
});

test("a name that is a property of every object is no name", () => {
  expect(speakersOf(["", "constructor"], {}).ofNumber(1)).toMatchObject({
    name: "constructor",
    isNamed: false,
  });
  expect(speakerName("SPEAKER_09", null)).toBe("Speaker 10");
});
