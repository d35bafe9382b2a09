import { expect, test, vi } from "vitest";
import { DATA_GROUPS } from "./band.ts";
import { makeDictionary } from "./dictionary.ts";
import { AMPLITUDES_PER_SYMBOL, amplitudesToWord, CHORDS_BEFORE, wordToChords } from "./frame.ts";
import { secondsOfWord } from "./lay-out-script.ts";
import { createRandom } from "./random.ts";
import { type SpokenWord, UnspeakableWordError } from "./word-bits.ts";

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** What a perfect ear hears of a word: 1 for every tone that sounds. */
function hear(spoken: SpokenWord): Float32Array {
  const chords = wordToChords(spoken).slice(CHORDS_BEFORE, -1);
  return Float32Array.from(
    chords.flatMap((chord) => DATA_GROUPS.flat().map((tone) => (chord.includes(tone) ? 1 : 0))),
  );
}

function expectToSurvive(spoken: SpokenWord): void {
  expect(amplitudesToWord(hear(spoken))).toEqual(spoken);
}

test("every word of the dictionary survives its frame", () => {
  makeDictionary().forEach((word, i) => {
    expectToSurvive({ word, speaker: String.fromCharCode(65 + (i % 26)) });
  });
});

test("words are any text: accents, other scripts, digits, marks, emoji", () => {
  for (const word of [
    "Zürich",
    "naïve",
    "привет",
    "東京",
    "שלום",
    "3.14",
    "don't",
    "what?!",
    "🎉🎉",
    "A",
    "e\u0301",
  ]) {
    expectToSurvive({ word, speaker: "B" });
  }
});

test("a speaker may have a longer name than a letter", () => {
  expectToSurvive({ word: "hello", speaker: "Chloé" });
  expectToSurvive({ word: "hello", speaker: "a" });
});

test("the longest word is 120 bytes", () => {
  expectToSurvive({ word: "x".repeat(120), speaker: "A" });
  expect(() => wordToChords({ word: "x".repeat(121), speaker: "A" })).toThrow(UnspeakableWordError);
});

test("text that no transcript could show as one word is refused", () => {
  expect(() => wordToChords({ word: "two words", speaker: "A" })).toThrow(/holds a space/);
  expect(() => wordToChords({ word: "nul\0", speaker: "A" })).toThrow(/control character/);
  expect(() => wordToChords({ word: "", speaker: "A" })).toThrow(/word is empty/);
  expect(() => wordToChords({ word: "half\ud800", speaker: "A" })).toThrow(/not valid Unicode/);
  expect(() => wordToChords({ word: "a", speaker: "B C" })).toThrow(/speaker "B C" holds a space/);
});

test("a word of five letters takes less than a third of a second", () => {
  expect(secondsOfWord({ word: "hello", speaker: "A" })).toBeLessThan(0.33);
});

test("a frame with one symbol of its eleven drowned is still read", () => {
  const spoken = { word: "conversation", speaker: "C" };
  const amplitudes = hear(spoken).fill(1, 3 * AMPLITUDES_PER_SYMBOL, 4 * AMPLITUDES_PER_SYMBOL);
  expect(amplitudesToWord(amplitudes)).toEqual(spoken);
});

test("random amplitudes are no word", () => {
  const random = createRandom(4);
  for (let i = 0; i < 3000; i++) {
    const symbols = 7 + (i % 12);
    const noise = Float32Array.from({ length: symbols * AMPLITUDES_PER_SYMBOL }, random);
    expect(amplitudesToWord(noise)).toBeNull();
  }
});
