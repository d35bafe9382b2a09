import { expect, test, vi } from "vitest";
import { makeDictionary } from "./dictionary.ts";
import { layOutScript } from "./lay-out-script.ts";
import { parseScript } from "./parse-script.ts";
import { randomScript } from "./random-script.ts";

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

test("the dictionary holds thousands of words, some with accents, some in other scripts", () => {
  const words = makeDictionary();
  expect(new Set(words).size).toBeGreaterThan(5000);
  expect(words.filter((word) => /[áèîöüçñ]/.test(word)).length).toBeGreaterThan(100);
  expect(words.filter((word) => /^[^\p{Script=Latin}]+$/u.test(word)).length).toBeGreaterThan(100);
});

test("a random script has the words, speakers and length asked for", () => {
  const { turns, duration } = layOutScript(
    parseScript(randomScript({ words: 900, speakers: 5, seconds: 400 })),
  );
  expect(turns.flatMap((turn) => turn.words)).toHaveLength(900);
  expect(new Set(turns.map((turn) => turn.speaker)).size).toBe(5);
  expect(duration).toBeCloseTo(400, 2);
  expect(Math.max(...turns.map((turn) => turn.words.length))).toBeLessThanOrEqual(30);
});

test("the same seed gives the same script, another seed another", () => {
  expect(randomScript({ words: 50, seed: 7 })).toBe(randomScript({ words: 50, seed: 7 }));
  expect(randomScript({ words: 50, seed: 7 })).not.toBe(randomScript({ words: 50, seed: 8 }));
});

test("an hour holds ten thousand words", () => {
  const { duration } = layOutScript(parseScript(randomScript({ words: 10_000, seconds: 3600 })));
  expect(duration).toBeCloseTo(3600, 2);
});

test("more words than fit are refused", () => {
  expect(() => randomScript({ words: 1000, seconds: 60 })).toThrow(/1000 words take at least/);
});
