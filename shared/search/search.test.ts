import { expect, test } from "vitest";
import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import { serializeTranscript } from "../transcript/serialize-transcript.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { BLOCK_SECONDS, BlockBuilder, blocksOf, MAX_BLOCK_CHARACTERS, OVERLAP_WORDS } from "./block.ts";
import { findHits, MARK_END, MARK_START } from "./find-hits.ts";
import { MAX_TERMS, parseQuery } from "./query.ts";
import { INVISIBLE_SPACE, separateWords } from "./separate-words.ts";

function transcriptOf(words: [word: string, start: number, speaker?: string][]): Transcript {
  return {
    language: "en",
    duration: 1000,
    text: "",
    segments: [],
    words: words.map(([word, start, speaker], id) => {
      return { id, word, start, end: start + 0.5, ...(speaker ? { speaker_id: speaker } : {}) };
    }),
    speaker_segments: [],
  };
}

const shown = (text: string) => text.replaceAll(INVISIBLE_SPACE, "");

test("a block takes the words that begin within its minutes", () => {
  const at = [0, BLOCK_SECONDS - 0.001, BLOCK_SECONDS, 3 * BLOCK_SECONDS];
  const blocks = blocksOf(transcriptOf(at.map((start, n) => [`word${n}`, start])));
  expect(blocks.map(({ n, words }) => [n, words.own])).toEqual([
    [0, 2],
    [1, 1],
    [2, 1],
  ]);
});

test("a block repeats the first words of the next, so that a phrase across them is found", () => {
  const words = Array.from({ length: 400 }, (_, n): [string, number] => [`word${n}`, n]);
  const [first, second] = blocksOf(transcriptOf(words));
  expect(first?.words.own).toBe(BLOCK_SECONDS);
  expect(first?.text.endsWith(`word${BLOCK_SECONDS + OVERLAP_WORDS - 1}`)).toBe(true);
  expect(second?.text.startsWith(`word${BLOCK_SECONDS} `)).toBe(true);
});

test("words that all came without times make blocks that are not too large", () => {
  const blocks = blocksOf(transcriptOf(Array(20_000).fill(["words", 0])));
  expect(blocks.length).toBe(Math.ceil((20_000 * 5) / MAX_BLOCK_CHARACTERS));
  for (const { text } of blocks) expect(text.length).toBeLessThan(MAX_BLOCK_CHARACTERS * 1.3);
});

test("one word of a megabyte makes a small block", () => {
  const [block] = blocksOf(transcriptOf([["x".repeat(1_000_000), 0]]));
  expect(block?.text.length).toBe(200);
});

test("blocks are the same whether a transcript comes whole or in pieces", () => {
  const whole = generateTranscript(2000, 8);
  const builder = new BlockBuilder();
  for (let from = 0; from < 2000; from += 333) {
    builder.add({ words: whole.words.slice(from, from + 333), segments: [] });
  }
  builder.add({ words: [], segments: whole.segments });
  expect(builder.finish()).toEqual(blocksOf(whole));
});

test("segments without words are searched, their time shared out", () => {
  const segments = [{ id: 0, start: 10, end: 20, text: "aaaa bbbb cc" }];
  const [block] = blocksOf({ ...transcriptOf([]), segments });
  expect(block).toEqual({
    n: 0,
    text: "aaaa bbbb cc",
    words: {
      own: 3,
      speakers: [],
      at: [
        [0, 10_000, 14_000, -1],
        [5, 14_000, 18_000, -1],
        [10, 18_000, 20_000, -1],
      ],
    },
  });
});

test("ten hours are two hundred blocks and a sixth of the transcript's bytes", () => {
  const transcript = generateTranscript(30_000);
  const blocks = blocksOf(transcript);
  expect(blocks.length).toBe(Math.ceil(transcript.duration / BLOCK_SECONDS));
  expect(JSON.stringify(blocks).length).toBeLessThan(serializeTranscript(transcript).length / 4);
});

test("in scripts without spaces every letter is a word, with its marks", () => {
  expect(separateWords("今天的 iPhone手机").split(INVISIBLE_SPACE)).toEqual([
    "今",
    "天",
    "的",
    " iPhone",
    "手",
    "机",
  ]);
  expect(shown(separateWords("สวัสดีครับ"))).toBe("สวัสดีครับ");
});

test("a query is words, phrases and beginnings", () => {
  expect(parseQuery("budget meeting")).toBe('"budget" AND "meeting"');
  expect(parseQuery('"next week" bud*')).toBe('"next week" AND "bud" *');
  expect(parseQuery('"not closed')).toBe('"not closed"');
  expect(parseQuery("会议")).toBe(`"会${INVISIBLE_SPACE}议"`);
});

test("what would be an operator is a word", () => {
  expect(parseQuery("a OR b NOT NEAR(c, 2) col:d ^e -f + (g")).toBe(
    '"a" AND "OR" AND "b" AND "NOT" AND "NEAR(c," AND "2)" AND "col:d" AND "^e" AND "-f" AND "(g"',
  );
});

test("a query without a letter or digit is none", () => {
  expect(["", " ", '"', '""', "*", "!!! --- ***", "\u0000", "\u200b", "😀"].map(parseQuery)).toEqual(
    Array(9).fill(null),
  );
});

test("sixteen terms are looked for, what is behind them is left out", () => {
  const words = Array.from({ length: MAX_TERMS + 1 }, (_, n) => `w${n}`);
  expect(parseQuery(words.join(" "))?.split(" AND ").length).toBe(MAX_TERMS);
});

test("a hit tells when its own word is said, by whom, and what stands around it", () => {
  const words = Array.from({ length: 40 }, (_, n): [string, number, string] => [
    `word${n}`,
    n,
    n < 20 ? "A" : "B",
  ]);
  const [block] = blocksOf(transcriptOf(words));
  const marked = block?.text.replace("word25 word26", `${MARK_START}word25 word26${MARK_END}`) ?? "";
  expect(block && findHits(marked, block.words)).toEqual([
    {
      word: 25,
      start: 25,
      end: 26.5,
      speaker: "B",
      snippet: words
        .slice(17, 35)
        .map(([word]) => word)
        .join(" "),
      matches: [[56, 69]],
    },
  ]);
});

test("matches near each other are one hit, others are another", () => {
  const words = Array.from({ length: 40 }, (_, n): [string, number] => [`w${n}.`, n]);
  const [block] = blocksOf(transcriptOf(words));
  const mark = (...wanted: number[]) =>
    wanted.reduce((text, n) => text.replace(`w${n}.`, `${MARK_START}w${n}${MARK_END}.`), block?.text ?? "");
  const hitsOf = (...wanted: number[]) =>
    block && findHits(mark(...wanted), block.words).map((hit) => [hit.start, hit.matches.length]);
  expect(hitsOf(10, 18)).toEqual([[10, 2]]);
  expect(hitsOf(10, 19)).toEqual([
    [10, 1],
    [19, 1],
  ]);
});

test("a match in the words that a block repeats is the next block's", () => {
  const words = Array.from({ length: 400 }, (_, n): [string, number] => [`word${n}`, n]);
  const [first, second] = blocksOf(transcriptOf(words));
  const hitsIn = (block: typeof first) =>
    block && findHits(block.text.replace("word180", `${MARK_START}word180${MARK_END}`), block.words);
  expect(hitsIn(first)).toEqual([]);
  expect(hitsIn(second)).toMatchObject([{ start: 180 }]);
});
