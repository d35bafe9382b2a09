import { expect, test } from "vitest";
import { serializeTranscript } from "../../../shared/transcript/serialize-transcript.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { generateTranscript } from "../../../tests/support/audio/generated-transcript.ts";
import { spoken } from "../../../tests/support/audio/spoken.ts";
import { machineOf } from "./machine.ts";
import { MachineReader, type MachineRun } from "./read-machine.ts";
import { textOf } from "./words.ts";

function read(transcript: Transcript, sliceLength = 10_000) {
  const runs: MachineRun[] = [];
  const reader = new MachineReader((run) => runs.push(run));
  const json = serializeTranscript(transcript);
  let taken = 0;
  for (; taken < json.length && !reader.isEnough; taken += sliceLength) {
    reader.take(json.slice(taken, taken + sliceLength));
  }
  reader.finish();
  return { runs, machine: machineOf(runs), share: taken / json.length };
}

test("every word keeps its id, its times and its speaker", () => {
  const transcript = generateTranscript(5000);
  const { machine } = read(transcript);
  expect(Array.from({ length: machine.words.count }, (_, place) => machine.wordAt(place))).toEqual(
    transcript.words,
  );
});

test("the text is the transcript's own, whatever the lengths in which it comes", () => {
  const transcript = generateTranscript(3000);
  expect(read(transcript, 100_000).machine.words.text).toBe(transcript.text);
  expect(read(transcript, 777).machine.words.text).toBe(transcript.text);
});

test("the first run comes early, and the turns behind the words are not waited for", () => {
  const { runs, share } = read(generateTranscript(40_000));
  expect(runs[0]?.words.count).toBeLessThan(2000);
  expect(runs.length).toBeLessThan(12);
  expect(share).toBeLessThan(0.65);
});

test("punctuation that only the text has is shown with its word", () => {
  const { machine } = read(spoken("Hello, you. (Yes?)", ["Hello", "you", "Yes"]));
  expect([0, 1, 2].map((place) => textOf(machine.words, place))).toEqual(["Hello,", "you.", "(Yes?)"]);
  expect(machine.wordAt(2).word).toBe("Yes");
});

test("punctuation is not lost where one batch ends and the next begins", () => {
  const bare = Array.from({ length: 4000 }, (_, n) => `word${n}`);
  const text = bare.map((word) => `${word},`).join(" ");
  expect(read(spoken(text, bare)).machine.words.text).toBe(text);
});

test("Chinese has no spaces between its words", () => {
  const { machine } = read(spoken("你好世界", ["你好", "世界"]));
  expect(machine.words.text).toBe("你好世界");
});

test("a transcript without words is shown by its turns", () => {
  const turn = { id: 0, speaker_id: "SPEAKER_01", start: 1, end: 2, text: "two words", words: [] };
  const { machine } = read(spoken("two words", [], { speaker_segments: [turn] }));
  expect(machine.hasWords).toBe(false);
  expect(machine.words.count).toBe(1);
  expect(machine.wordAt(0)).toMatchObject({ word: "two words", start: 1, speaker_id: "SPEAKER_01" });
});

test("a transcript of segments only is shown by these", () => {
  const { machine } = read(spoken("only this", []));
  expect(machine.wordAt(0)).toMatchObject({ word: "only this", start: 0 });
  expect(machine.words.speakers[0]).toBe(0);
});

test("a transcript in which nothing is said has no words", () => {
  expect(read(spoken("", [], { segments: [] })).runs).toEqual([]);
});
