import { lastUpTo, type Words } from "./words.ts";

/** Where the text was found: words `first` to `last`, both included. */
export type Match = { first: number; last: number };

/** More matches than anybody looks at; a single letter has a million. */
export const MAX_MATCHES = 10_000;

/** Finds a text; case, accents and the amount of white space between words do not matter. */
export class TextFinder {
  readonly #words: Words;
  #folded: string | undefined;

  constructor(words: Words) {
    this.#words = words;
  }

  find(query: string): Match[] {
    const typed = fold(query.normalize("NFC").trim());
    if (typed === "") return [];
    this.#folded ??= fold(this.#words.text);
    const pattern = typed.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replace(/\s+/g, "\\s+");
    const matches: Match[] = [];
    for (const { index, 0: found } of this.#folded.matchAll(new RegExp(pattern, "g"))) {
      const first = lastUpTo(this.#words.from, index, this.#words.count);
      const last = lastUpTo(this.#words.from, index + found.length - 1, this.#words.count);
      if (first >= 0) matches.push({ first, last });
      if (matches.length === MAX_MATCHES) break;
    }
    return matches;
  }
}

/** In lower case without accents; each character keeps its index. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower.replace(BEYOND_ASCII, withoutAccent);
  return text.replace(/[\s\S]/g, (character) => withoutAccent(character.toLowerCase().slice(0, 1)));
}

const BEYOND_ASCII = /[^\0-\x7f]/g;
const plain = new Map<string, string>();

function withoutAccent(character: string): string {
  let letter = plain.get(character);
  if (letter === undefined) {
    letter = character.normalize("NFD").slice(0, 1);
    plain.set(character, letter);
  }
  return letter;
}
