import { expect, test } from "vitest";
import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import type { Transcript, TranscriptWord } from "../transcript/transcript.ts";
import { isBoilerplate } from "./boilerplate.ts";
import { countFlags, FlagFinder, findFlags } from "./flag-finder.ts";
import { leastTimes, MAX_PHRASE_WORDS } from "./loop-finder.ts";

/** Words as `word start end speaker?`. */
function wordsOf(...lines: string[]): TranscriptWord[] {
  return lines.map((line, id) => {
    const [word = "", start, end, speaker] = line.split(" ");
    return { id, word, start: Number(start), end: Number(end), ...(speaker ? { speaker_id: speaker } : {}) };
  });
}

function transcriptOf(change: Partial<Transcript>): Transcript {
  return { language: "en", duration: 60, text: "", segments: [], words: [], speaker_segments: [], ...change };
}

function kindsIn(change: Partial<Transcript>): string[] {
  return findFlags(transcriptOf(change)).map((flag) => flag.kind);
}

function segmentOf(text: string, start: number, end: number) {
  return { segments: [{ id: 0, start, end, text }] };
}

/** The phrase this number of times, a word every 0.3 s, between other words. */
function loopOf(phrase: string, times: number): Partial<Transcript> {
  const said = ["Before", ...Array(times).fill(phrase).join(" ").split(" "), "after", "it."];
  return { words: wordsOf(...said.map((word, n) => `${word} ${n * 0.3} ${n * 0.3 + 0.2}`)) };
}

function turnOf(speaker: string, start: number, end: number) {
  return { id: 0, speaker_id: speaker, start, end, text: "", words: [] };
}

test("a word of 3 s is no long one, a longer one is", () => {
  expect(kindsIn({ words: wordsOf("So 0 3", "yes 3 4") })).toEqual([]);
  expect(findFlags(transcriptOf({ words: wordsOf("So 0 3.001", "yes 3.1 4") }))).toEqual([
    { kind: "long_word", segment_id: null, start: 0, end: 3.001, words: { from: 0, to: 0 }, text: "So" },
  ]);
});

test("a word with more than 2 s of silence on both sides is a lone one", () => {
  expect(kindsIn({ words: wordsOf("One 0 1", "two 1 2", "you 4.001 5") })).toEqual(["lone_word"]);
  expect(kindsIn({ words: wordsOf("One 0 1", "two 1 2", "you 4 5") })).toEqual([]);
  expect(kindsIn({ words: wordsOf("One 0 1", "two 1 2", "you 5 6", "too 8.001 9", "now 9 10") })).toEqual([
    "lone_word",
  ]);
  expect(kindsIn({ words: wordsOf("One 0 1", "two 1 2", "you 5 6", "too 8 9", "now 9 10") })).toEqual([]);
});

test("the sample of the upstream's own documentation ends with a lone word", () => {
  const words = wordsOf("very 40 40.3", "welcome. 40.3 40.6", "Goodbye. 40.6 41.03", "you 43.5 44.2");
  expect(findFlags(transcriptOf({ words, ...segmentOf("you", 43.5, 44.2) }))).toMatchObject([
    { kind: "lone_word", text: "you", segment_id: 0 },
  ]);
});

test("a word said five times in a row is a loop, said four times it is not", () => {
  expect(kindsIn(loopOf("no,", 4))).toEqual([]);
  expect(findFlags(transcriptOf(loopOf("no,", 5)))).toMatchObject([
    { kind: "loop", words: { from: 1, to: 5 }, text: "no, no, no, no, no," },
  ]);
});

test("a phrase of any length up to eight words is a loop at its number of times, and not below", () => {
  for (let length = 1; length <= MAX_PHRASE_WORDS; length++) {
    const phrase = Array.from({ length }, (_, n) => `word${n}`).join(" ");
    const times = leastTimes(length);
    expect([length, kindsIn(loopOf(phrase, times - 1))]).toEqual([length, []]);
    const flags = findFlags(transcriptOf(loopOf(phrase, times)));
    expect([length, flags.map((flag) => flag.words)]).toEqual([length, [{ from: 1, to: length * times }]]);
  }
});

test("case and punctuation do not hide a loop, and a long one is one flag", () => {
  const flags = findFlags(transcriptOf(loopOf("Okay. okay! OKAY", 200)));
  expect(flags).toMatchObject([{ kind: "loop", words: { from: 1, to: 600 } }]);
  expect(flags[0]?.text.split(" ").length).toBeLessThanOrEqual(12);
});

test("what Whisper says in silence is known in many languages", () => {
  const made = [
    "Subtitles by the Amara.org community",
    "Untertitel der Amara.org-Community",
    "Sous-titres réalisés par la communauté d'Amara.org",
    "Untertitel im Auftrag des ZDF für funk, 2017",
    "Thanks for watching!",
    "Субтитры сделал DimaTorzok",
    "Продолжение следует...",
    "ご視聴ありがとうございました。",
    "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
    "MBC 뉴스 이덕영입니다.",
    "Altyazı M.K.",
    "اشتركوا في القناة",
  ];
  expect(made.filter((text) => !isBoilerplate(text))).toEqual([]);
});

test("people may thank, and talk about subtitles", () => {
  const said = [
    "Thank you.",
    "you",
    "Okay, thanks for watching the demo earlier today.",
    "We will add subtitles by the end of the week.",
    "Das ZDF sendet um 19 Uhr die Nachrichten.",
    "Amara is a nice name.",
    "",
  ];
  expect(said.filter(isBoilerplate)).toEqual([]);
});

test("a segment of boilerplate is a flag of the whole segment", () => {
  expect(findFlags(transcriptOf(segmentOf(" Thank you for watching. ", 10, 12)))).toEqual([
    { kind: "boilerplate", segment_id: 0, start: 10, end: 12, words: null, text: "Thank you for watching." },
  ]);
});

test("seven words a second can be said, more cannot", () => {
  const text = "one two three four five six seven";
  expect(kindsIn(segmentOf(text, 0, 1))).toEqual([]);
  expect(kindsIn(segmentOf(text, 0, 0.999))).toEqual(["too_fast"]);
});

test("three words are too few to tell a pace, four are enough", () => {
  expect(kindsIn(segmentOf("one two three", 0, 0.1))).toEqual([]);
  expect(kindsIn(segmentOf("one two three four", 0, 0.1))).toEqual(["too_fast"]);
});

test("in scripts without spaces letters are counted: fourteen a second can be said", () => {
  const text = "今天的会议我们要讨论三个问题";
  expect([...text].length).toBe(14);
  expect(kindsIn(segmentOf(text, 0, 1))).toEqual([]);
  expect(kindsIn(segmentOf(text, 0, 0.99))).toEqual(["too_fast"]);
});

test("a long segment of hardly a word is too slow, a short one is not", () => {
  expect(kindsIn(segmentOf("one two three", 0, 10))).toEqual([]);
  expect(kindsIn(segmentOf("one two", 0, 10))).toEqual(["too_slow"]);
  expect(kindsIn(segmentOf("one two", 0, 9.999))).toEqual([]);
  expect(kindsIn(segmentOf("", 0, 100))).toEqual([]);
});

test("words in a turn of their speaker are no conflict, nor are those a quarter of a second beside it", () => {
  const turns = [turnOf("A", 0, 2), turnOf("B", 2, 4)];
  const words = wordsOf("a 0 1 A", "b 1 2.2 A", "c 2.25 3 A", "d 2 4 B");
  expect(kindsIn({ words, speaker_segments: turns })).toEqual([]);
});

test("words of a speaker who has no turn then are a conflict, neighbours one together", () => {
  const turns = [turnOf("A", 0, 2), turnOf("B", 2, 6)];
  const words = wordsOf("a 0 1 A", "b 2.251 3 A", "c 3 4 A", "d 4 5 B", "e 5 6 C");
  expect(findFlags(transcriptOf({ words, speaker_segments: turns }))).toMatchObject([
    { kind: "speaker_conflict", words: { from: 1, to: 2 }, text: "b c" },
    { kind: "speaker_conflict", words: { from: 4, to: 4 } },
  ]);
});

test("without turns, and for words without a speaker, there is nothing to disagree about", () => {
  expect(kindsIn({ words: wordsOf("a 0 1 A", "b 1 2 B") })).toEqual([]);
  expect(
    kindsIn({ words: wordsOf("a 0 1", "b 9 9.5 A"), speaker_segments: [turnOf("A", 9, 10)] }),
  ).not.toContain("speaker_conflict");
});

test("a flag tells the segment it begins in", () => {
  const segments = [0, 10, 20].map((start, id) => ({
    id,
    start,
    end: start + 10,
    text: "some words here now",
  }));
  const words = wordsOf("a 1 2", "b 12 16", "c 16 17");
  expect(findFlags(transcriptOf({ segments, words })).map((flag) => [flag.kind, flag.segment_id])).toEqual([
    ["lone_word", 0],
    ["long_word", 1],
  ]);
});

test("a clean conversation has hardly a flag", () => {
  const flags = findFlags(generateTranscript(5000, 3));
  expect(flags.length).toBeLessThan(5);
});

test("flags are the same whether a transcript comes whole or in pieces, its segments and turns late", () => {
  const whole = generateTranscript(4000, 6);
  for (const [n, word] of whole.words.entries()) {
    if (n % 301 === 0) word.end = word.start + 5;
    if (n % 401 > 390) word.word = "again";
    if (n % 350 < 3 || (n > 690 && n < 710)) word.speaker_id = "SPEAKER_77";
  }
  const expected = findFlags(whole);
  expect(Object.values(countFlags(expected)).filter((count) => count > 0).length).toBeGreaterThan(2);
  const finder = new FlagFinder();
  const { words, segments, speaker_segments: turns } = whole;
  let [segmentsTaken, turnsTaken] = [0, 0];
  for (let from = 0; from < words.length; from += 700) {
    const until = words[from + 650]?.start ?? 0;
    const segmentsTo = segments.findIndex((segment) => segment.end > until);
    const turnsTo = turns.findIndex((turn) => turn.end > until);
    finder.add({
      words: words.slice(from, from + 700),
      segments: segments.slice(segmentsTaken, Math.max(segmentsTaken, segmentsTo)),
      speaker_segments: turns.slice(turnsTaken, Math.max(turnsTaken, turnsTo)),
    });
    segmentsTaken = Math.max(segmentsTaken, segmentsTo);
    turnsTaken = Math.max(turnsTaken, turnsTo);
  }
  finder.add({
    words: [],
    segments: segments.slice(segmentsTaken),
    speaker_segments: turns.slice(turnsTaken),
  });
  expect(finder.finish()).toEqual(expected);
});
