// Words of no language, made the same way every time: mostly lengths and letters as in English, some with
// accents, some in other scripts, so a transcript that loses its UTF-8 on the way is noticed.

import { createRandom, pick, type Random, randomInt } from "./random.ts";

const ONSETS = [
  "b",
  "c",
  "d",
  "f",
  "g",
  "h",
  "l",
  "m",
  "n",
  "p",
  "r",
  "s",
  "t",
  "w",
  "st",
  "tr",
  "ch",
  "sh",
  "",
] as const;
const VOWELS = ["a", "e", "i", "o", "u", "ea", "ou"] as const;
const CODAS = ["", "", "", "n", "r", "s", "t", "l", "m", "nd", "st"] as const;
const ACCENTS: Readonly<Record<string, string>> = { a: "á", e: "è", i: "î", o: "ö", u: "ü", c: "ç", n: "ñ" };
const SCRIPTS = [
  "абвгдежзиклмнопрст",
  "αβγδεζηθικλμνξοπρ",
  "東京大阪山川日本語学",
  "אבגדהוזחטיכל",
  "कखगघचजटडतद",
] as const;

/** 6,000 different words, the short ones first. The same list on every call. */
export function makeDictionary(): readonly [string, ...string[]] {
  const random = createRandom(20_261_120);
  const words = new Set<string>();
  while (words.size < 6000) words.add(makeWord(random, words.size));
  const [first = "a", ...rest] = words;
  return [first, ...rest];
}

function makeWord(random: Random, index: number): string {
  if (index % 50 === 49) return makeForeignWord(random);
  const word = makeLatinWord(random, index);
  if (index % 25 === 7) return word.replace(/[aeioucn]/, (letter) => ACCENTS[letter] ?? letter);
  if (index % 25 === 13) return word.charAt(0).toUpperCase() + word.slice(1);
  return word;
}

function makeLatinWord(random: Random, index: number): string {
  const syllables = index < 300 ? 1 : index < 3500 ? 2 : 3;
  return Array.from({ length: syllables }, (_, i) => {
    const coda = i === syllables - 1 ? pick(random, CODAS) : "";
    return pick(random, ONSETS) + pick(random, VOWELS) + coda;
  }).join("");
}

function makeForeignWord(random: Random): string {
  const letters = Array.from(pick(random, SCRIPTS));
  return Array.from(
    { length: randomInt(random, 2, 4) },
    () => letters[Math.floor(random() * letters.length)],
  ).join("");
}
