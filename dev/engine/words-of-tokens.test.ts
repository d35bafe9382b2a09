import { expect, test } from "vitest";
import { wordsOfTokens } from "./words-of-tokens.ts";

test("a token that begins with a space begins a word, others go on with it", () => {
  const tokens = ["▁Good", "▁mor", "ning", ",", " all", "."];
  const timestamps = [0, 0.5, 0.7, 0.9, 1.2, 1.5];
  expect(wordsOfTokens({ tokens, timestamps }, 10)).toEqual([
    { word: "Good", start: 0, end: 0.3 },
    { word: "morning,", start: 0.5, end: 1.2 },
    { word: "all.", start: 1.2, end: 1.8 },
  ]);
});

test("a token lasts as long as its recogniser says", () => {
  const heard = { tokens: ["▁a", "▁b"], timestamps: [1, 2], durations: [0.16, 0.08] };
  expect(wordsOfTokens(heard, 10)).toEqual([
    { word: "a", start: 1, end: 1.16 },
    { word: "b", start: 2, end: 2.08 },
  ]);
});

test("no word reaches into the next, or behind the end", () => {
  const { words } = { words: wordsOfTokens({ tokens: ["▁a", "▁b"], timestamps: [1, 1.1] }, 1.2) };
  expect(words.map(({ start, end }) => [start, end])).toEqual([
    [1, 1.1],
    [1.1, 1.2],
  ]);
});

test("nothing, and spaces alone, are no words", () => {
  expect(wordsOfTokens({ tokens: [], timestamps: [] }, 1)).toEqual([]);
  expect(wordsOfTokens({ tokens: ["▁"], timestamps: [0] }, 1)).toEqual([]);
});
