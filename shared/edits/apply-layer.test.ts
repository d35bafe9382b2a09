import { expect, test } from "vitest";
import { generateTranscript, pickOne, seededRandom } from "../../tests/support/audio/generated-transcript.ts";
import type { Transcript, TranscriptWord } from "../transcript/transcript.ts";
import { applyLayer } from "./apply-layer.ts";
import type { Edit } from "./layer.ts";

const said: [string, string, number, number][] = [
  ["Hello", "SPEAKER_00", 0, 0.5],
  ["Bob,", "SPEAKER_00", 0.5, 1],
  ["how", "SPEAKER_00", 1, 1.2],
  ["are", "SPEAKER_00", 1.2, 1.4],
  ["you?", "SPEAKER_00", 1.4, 1.8],
  ["Fine.", "SPEAKER_01", 2, 2.5],
  ["And", "SPEAKER_01", 3, 3.2],
  ["you?", "SPEAKER_01", 3.2, 3.6],
];

const words = said.map(([word, speaker_id, start, end], id) => ({ id, word, start, end, speaker_id }));
const turn = (id: number, speaker: string, from: number, to: number) => ({
  id,
  speaker_id: speaker,
  start: words[from]?.start ?? 0,
  end: words[to]?.end ?? 0,
  text: words
    .slice(from, to + 1)
    .map(({ word }) => word)
    .join(" "),
  words: words.slice(from, to + 1),
});

const TALK: Transcript = {
  language: "en",
  duration: 4,
  text: "Hello Bob, how are you? Fine. And you?",
  segments: [
    { id: 0, start: 0, end: 1.8, text: " Hello Bob, how are you?" },
    { id: 1, start: 2, end: 2.5, text: " Fine." },
    { id: 2, start: 3, end: 3.6, text: " And you?" },
  ],
  words,
  speaker_segments: [turn(1, "SPEAKER_00", 0, 4), turn(2, "SPEAKER_01", 5, 7)],
};

function edited(...edits: Edit[]): Transcript {
  return applyLayer(TALK, { speakers: {}, edits });
}

const textsOf = ({ text, segments, speaker_segments: turns }: Transcript) => ({
  text,
  segments: segments.map((segment) => segment.text),
  turns: turns.map((each) => `${each.speaker_id}: ${each.text}`),
});
const timesOf = (list: TranscriptWord[]) => list.map(({ word, start, end }) => `${word} ${start}-${end}`);

test("a corrected word is corrected everywhere, and keeps its id and its time", () => {
  const corrected = edited({ from: 1, to: 1, text: "Rob," });
  expect(textsOf(corrected)).toEqual({
    text: "Hello Rob, how are you? Fine. And you?",
    segments: [" Hello Rob, how are you?", " Fine.", " And you?"],
    turns: ["SPEAKER_00: Hello Rob, how are you?", "SPEAKER_01: Fine. And you?"],
  });
  expect(corrected.words[1]).toEqual({ ...words[1], word: "Rob," });
  expect(corrected.speaker_segments[0]?.words[1]).toEqual({ ...words[1], word: "Rob," });
});

test("the machine's transcript is not changed by it", () => {
  const before = structuredClone(TALK);
  applyLayer(TALK, {
    speakers: { SPEAKER_00: "Ada", SPEAKER_01: "Ada" },
    edits: [{ from: 0, to: 7, text: "All new", speaker: "SPEAKER_07" }],
  });
  expect(TALK).toEqual(before);
});

test("of a turn that is rewritten, the words that are as they were keep their times", () => {
  const corrected = edited({ from: 0, to: 4, text: "Hello dear Robert, how are you?" });
  expect(timesOf(corrected.words.slice(0, 6))).toEqual([
    "Hello 0-0.5",
    "dear 0.5-0.682",
    "Robert, 0.682-1",
    "how 1-1.2",
    "are 1.2-1.4",
    "you? 1.4-1.8",
  ]);
  expect(corrected.words.slice(0, 4).map((word) => word.id)).toEqual([0, 1, "1.1", 2]);
  expect(corrected.text).toBe("Hello dear Robert, how are you? Fine. And you?");
});

test("fewer words share the time of those they stand for", () => {
  const corrected = edited({ from: 2, to: 4, text: "hi?" });
  expect(timesOf(corrected.words.slice(1, 4))).toEqual(["Bob, 0.5-1", "hi? 1-1.8", "Fine. 2-2.5"]);
  expect(textsOf(corrected).segments[0]).toBe(" Hello Bob, hi?");
});

test("a word that is only added takes some of its neighbour's time", () => {
  const corrected = edited({ from: 5, to: 5, text: "Fine. Thanks." });
  expect(timesOf(corrected.words.slice(5, 7))).toEqual(["Fine. 2-2.208", "Thanks. 2.208-2.5"]);
});

test("empty text takes words out, and a segment that has lost all of them", () => {
  const corrected = edited({ from: 5, to: 5, text: "" });
  expect(textsOf(corrected)).toEqual({
    text: "Hello Bob, how are you? And you?",
    segments: [" Hello Bob, how are you?", " And you?"],
    turns: ["SPEAKER_00: Hello Bob, how are you?", "SPEAKER_01: And you?"],
  });
  expect(textsOf(edited({ from: 0, to: 0, text: "" })).text).toBe("Bob, how are you? Fine. And you?");
});

test("words given to another speaker make a turn of their own", () => {
  const corrected = edited({ from: 5, to: 5, speaker: "SPEAKER_00" });
  expect(textsOf(corrected).turns).toEqual([
    "SPEAKER_00: Hello Bob, how are you?",
    "SPEAKER_00: Fine.",
    "SPEAKER_01: And you?",
  ]);
  expect(corrected.speaker_segments.map(({ id, start, end }) => ({ id, start, end }))).toEqual([
    { id: 1, start: 0, end: 1.8 },
    { id: 2, start: 2, end: 2.5 },
    { id: "2.1", start: 3, end: 3.6 },
  ]);
});

test("an edit across two segments and two turns leaves each its own words", () => {
  const corrected = edited({ from: 4, to: 5, text: "you, sir? Great." });
  expect(textsOf(corrected)).toEqual({
    text: "Hello Bob, how are you, sir? Great. And you?",
    segments: [" Hello Bob, how are you, sir? Great.", " And you?"],
    turns: ["SPEAKER_00: Hello Bob, how are you, sir? Great.", "SPEAKER_01: And you?"],
  });
  const oneForOne = edited({ from: 4, to: 5, text: "thou? Great." });
  expect(textsOf(oneForOne).segments).toEqual([" Hello Bob, how are thou?", " Great.", " And you?"]);
});

test("two speakers of one name become one id, the first of them, in every list", () => {
  const merged = applyLayer(TALK, { speakers: { SPEAKER_01: "Ada", SPEAKER_00: "Ada" }, edits: [] });
  expect(new Set(merged.words.map((word) => word.speaker_id))).toEqual(new Set(["SPEAKER_00"]));
  expect(merged.speaker_segments.map((each) => each.speaker_id)).toEqual(["SPEAKER_00", "SPEAKER_00"]);
  expect(merged.speaker_segments[1]?.words[0]?.speaker_id).toBe("SPEAKER_00");
});

test("names alone change no list", () => {
  const named = applyLayer(TALK, { speakers: { SPEAKER_00: "Ada", SPEAKER_01: "Bob" }, edits: [] });
  expect(named).toBe(TALK);
});

test("punctuation that the words do not have stays in the text, and is not doubled", () => {
  const bare = words.map((word) => ({ ...word, word: word.word.replace(/[.,?]/g, "") }));
  const machine = { ...TALK, words: bare, speaker_segments: [] };
  const change = (text: string) =>
    applyLayer(machine, { speakers: {}, edits: [{ from: 1, to: 1, text }] }).text;
  expect(change("Rob")).toBe("Hello Rob, how are you? Fine. And you?");
  expect(change("Rob!")).toBe("Hello Rob! how are you? Fine. And you?");
});

test("Chinese is corrected without spaces", () => {
  const letters = [..."今天会议"].map((word, id) => ({ id, word, start: id, end: id + 1 }));
  const machine: Transcript = {
    ...TALK,
    text: "今天会议",
    words: letters,
    segments: [{ id: 0, start: 0, end: 4, text: "今天会议" }],
    speaker_segments: [],
  };
  const corrected = applyLayer(machine, { speakers: {}, edits: [{ from: 0, to: 1, text: "明日" }] });
  expect([corrected.text, corrected.segments[0]?.text]).toEqual(["明日会议", "明日会议"]);
});

test("a word that is not in the text, as when a server leaves text out, is corrected all the same", () => {
  const machine = { ...TALK, text: "Something else altogether.", segments: [] };
  const corrected = applyLayer(machine, { speakers: {}, edits: [{ from: 1, to: 1, text: "Rob," }] });
  expect(corrected.text).toBe("Hello Rob, how are you? Fine. And you?");
});

test("every tenth of 3,000 words corrected, all others are as they were in every list", () => {
  const machine = generateTranscript(3000, 4);
  const edits = machine.words
    .filter((_, index) => index % 10 === 0)
    .map(({ id }): Edit => ({ from: id, to: id, text: `corrected${id}` }));
  const corrected = applyLayer(machine, { speakers: {}, edits });
  expect(corrected.words.length).toBe(3000);
  expect(corrected.words.filter((word, index) => word === machine.words[index]).length).toBe(2700);
  const inTurns = corrected.speaker_segments.flatMap((each) => each.words.map((word) => word.word));
  const inWords = corrected.words.map((word) => word.word);
  expect(inTurns.join(" ")).toBe(inWords.join(" "));
  const flat = (text: string) =>
    text
      .split(/\s+/)
      .filter((word) => word !== "")
      .join(" ");
  expect(flat(corrected.segments.map((segment) => segment.text).join(" "))).toBe(flat(corrected.text));
  expect(corrected.text.match(/corrected\d+/g)?.length).toBe(300);
});

test("whatever is corrected, text, segments, words and turns say the same", () => {
  const random = seededRandom(31);
  const texts = ["", "one", "one two", "a, longer: correction of several words!", "会议 is on", "…", "\n"];
  for (let round = 0; round < 100; round++) {
    const machine = generateTranscript(120, round + 1);
    const edits: Edit[] = [];
    for (let at = Math.floor(random() * 20); at < 110; at += 1 + Math.floor(random() * 30)) {
      const to = at + Math.floor(random() * 8);
      const speaker = random() < 0.3 ? { speaker: `SPEAKER_0${Math.floor(random() * 6)}` } : {};
      const text = random() < 0.8 || !speaker.speaker ? { text: pickOne(random, texts) } : {};
      edits.push({ from: at, to, ...text, ...speaker });
      at = to;
    }
    const corrected = applyLayer(machine, { speakers: {}, edits });
    const letters = (said: readonly string[]) => said.join("").replace(/\s+/g, "");
    const words = letters(corrected.words.map((word) => word.word));
    const turnWords = corrected.speaker_segments.flatMap((turnOf) => turnOf.words);
    expect(letters([corrected.text])).toBe(words);
    expect(letters(corrected.segments.map((segment) => segment.text))).toBe(words);
    expect(letters(corrected.speaker_segments.map((turnOf) => turnOf.text))).toBe(words);
    expect(turnWords.map(({ id, word, speaker_id }) => [id, word, speaker_id])).toEqual(
      corrected.words.map(({ id, word, speaker_id }) => [id, word, speaker_id]),
    );
    for (const each of corrected.speaker_segments) {
      for (const word of each.words) expect(word.speaker_id).toBe(each.speaker_id);
    }
    for (const word of corrected.words) expect(word.end).toBeGreaterThanOrEqual(word.start);
    expect(new Set(corrected.words.map((word) => word.id)).size).toBe(corrected.words.length);
  }
});

test("an edit that does not fit is a mistake of the caller", () => {
  expect(() => edited({ from: 99, to: 99, text: "x" })).toThrow("has no word with the id 99");
});
