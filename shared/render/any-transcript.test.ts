import { expect, test } from "vitest";
import { generateTranscript, pickOne, seededRandom } from "../../tests/support/audio/generated-transcript.ts";
import { render } from "../../tests/support/audio/render.ts";
import { readStrictSrt, readStrictVtt } from "../../tests/support/audio/strict-subtitles.ts";
import { parseTranscript } from "../transcript/parse-transcript.ts";
import type { Transcript } from "../transcript/transcript.ts";

/** Random transcripts of every script and every fault of time, read back by strict readers. */

const WORDS = [
  ["Hello.", "Oh,", "hey", "it's", "J-O-H-N", "1,000.50", "ok?!", "…"],
  ["今天", "我们", "，", "好", "。", "テスト", "です", "한국어"],
  ["שלום", "עולם.", "مرحبا", "بالعالم؟", "हिन्दी", "में", "สวัสดีครับ", "ภาษา"],
  ["👩‍👩‍👧‍👦", "😀", "🇩🇪", "e\u0301", "-->", "<v X>", "&amp;", "--", ">", "\ud83d"],
  [
    "",
    " ",
    "a\nb",
    "x".repeat(100),
    "中".repeat(60),
    "http://example.com/a/very/long/path/that/goes/on?and=on",
    "\u0000\u0085",
  ],
] as const;

function randomTranscript(random: () => number): Transcript {
  const scripts = [pickOne(random, WORDS), pickOne(random, WORDS)] as const;
  const spaced = random() < 0.6;
  let at = random() * 10;
  const words = Array.from({ length: Math.floor(random() * 80) }, (_, id) => {
    if (random() < 0.1) at += random() * 3;
    if (random() < 0.03) at -= random();
    const start = Math.max(0, at);
    // Zero-length words and one of 30 s among words of a usual length.
    const length = random() < 0.1 ? 0 : random() < 0.02 ? 30 : random() * 0.8;
    at += random() < 0.9 ? length : 0;
    const word = pickOne(random, pickOne(random, scripts));
    return {
      id,
      word,
      start,
      end: start + length,
      ...(random() < 0.8 ? { speaker_id: `S${Math.floor(random() * 1.2)}` } : {}),
    };
  });
  const text = words.map((word) => word.word).join(spaced ? " " : "");
  const segments = [{ id: 0, start: 0, end: at, text }];
  return {
    language: "en",
    duration: at,
    text,
    segments,
    words: random() < 0.8 ? words : [],
    speaker_segments: [],
  };
}

function letters(text: string): string {
  return text.replace(/[\s\p{Cc}]/gu, "");
}

function wordsIn(transcript: Transcript): string {
  const spoken =
    transcript.words.length > 0 ? transcript.words.map((word) => word.word).join("") : transcript.text;
  return [...letters(spoken)].sort().join("");
}

test("any transcript is a strict WebVTT file with every letter in it", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 600; round++) {
    const transcript = randomTranscript(random);
    const cues = readStrictVtt(render(transcript, "vtt").body);
    const shown = cues.flatMap((cue) => cue.lines).join("");
    expect([...letters(shown)].sort().join("")).toBe(wordsIn(transcript));
  }
});

test("any transcript is a strict SubRip file", () => {
  const random = seededRandom(12);
  for (let round = 0; round < 600; round++) {
    readStrictSrt(render(randomTranscript(random), "srt").body);
  }
});

test("a cue never holds two speakers", () => {
  const transcript = generateTranscript(3000, 5);
  const speakers = new Map(transcript.words.map((word) => [word.start, word.speaker_id]));
  for (const cue of readStrictVtt(render(transcript, "vtt").body)) {
    const within = transcript.words.filter(
      (word) => word.start * 1000 >= cue.startMs - 1 && word.end * 1000 <= cue.endMs + 1,
    );
    expect(within.length).toBeGreaterThan(0);
    for (const word of within) expect(speakers.get(word.start)).toBe(cue.voice);
  }
});

test("any transcript has as many CSV rows as turns, and no cell begins like a formula", () => {
  const random = seededRandom(13);
  for (let round = 0; round < 500; round++) {
    const transcript = randomTranscript(random);
    const rows = render(transcript, "csv").body.split("\r\n");
    expect(rows.at(-1)).toBe("");
    for (const row of rows.slice(1, -1)) expect(row).toMatch(/^\d+\.\d{3},\d+\.\d{3},S?\d?,"?[^=+\-@\s,]/u);
  }
});

test("any random transcript survives being written and read", () => {
  const random = seededRandom(14);
  for (let round = 0; round < 500; round++) {
    const transcript = randomTranscript(random);
    const parsed = parseTranscript(JSON.stringify(transcript));
    expect(parsed.ok && parsed.value).toEqual(transcript);
  }
});

test("the subtitles of 40,000 words are strict", () => {
  const transcript = generateTranscript(40_000, 2);
  expect(readStrictSrt(render(transcript, "srt").body).length).toBeGreaterThan(4000);
  expect(readStrictVtt(render(transcript, "vtt").body).length).toBeGreaterThan(4000);
});
