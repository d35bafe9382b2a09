import { ALIKE, foldWord } from "./align-words.ts";
import type { Overlap } from "./choose-cut.ts";

/** A word that short is in many others by chance, so only the words next to its place are looked at. */
const SURE_CHARACTERS = 4;
const WIDE_REACH_WORDS = 3;

/** Words that the part kept at their place has missed, each with the index of its own word they go before. */
type MissedWords<W> = {
  byFirst: { before: number; word: W }[];
  bySecond: { before: number; word: W }[];
};

/**
 * Words that only the part has heard that is not kept where they are said. One is taken over when the two parts agree
 * on what stands before and behind it: then it is no other spelling of what the kept part has there, but missing.
 */
export function findMissedWords<W extends { word: string; start: number; end: number }>(
  overlap: Overlap<W>,
  cutColumn: number,
): MissedWords<W> {
  const { columns, a, b, edgeA, edgeB } = overlap;
  const missed: MissedWords<W> = { byFirst: [], bySecond: [] };
  let nextA = 0;
  let nextB = 0;
  for (const [at, column] of columns.entries()) {
    const wordA = a[column.a];
    const wordB = b[column.b];
    const isKeptFirst = at < cutColumn;
    if (wordB && !wordA && isKeptFirst && !edgeB[column.b] && isBetweenAgreed(overlap, at)) {
      if (!isHiddenIn(a, nextA, wordB)) missed.byFirst.push({ before: nextA, word: wordB });
    }
    if (wordA && !wordB && !isKeptFirst && !edgeA[column.a] && isBetweenAgreed(overlap, at)) {
      if (!isHiddenIn(b, nextB, wordA)) missed.bySecond.push({ before: nextB, word: wordA });
    }
    if (wordA) nextA++;
    if (wordB) nextB++;
  }
  return missed;
}

/** Whether only words of the one part stand here, up to a word on either side that both have heard as the same one. */
function isBetweenAgreed<W extends { word: string }>({ columns, a, b }: Overlap<W>, at: number): boolean {
  const isOfFirst = (columns[at]?.a ?? -1) >= 0;
  const letters = (word: W | undefined) => foldWord(word?.word ?? "").length;
  const missing = letters(a[columns[at]?.a ?? -1] ?? b[columns[at]?.b ?? -1]);
  return [-1, 1].every((step) => {
    let to = at;
    while (columns[to] && (isOfFirst ? columns[to]?.b : columns[to]?.a) === -1) to += step;
    const column = columns[to];
    if (!column || column.likeness < ALIKE) return false;
    const longerBy = (letters(b[column.b]) - letters(a[column.a])) * (isOfFirst ? 1 : -1);
    // Longer by as much as seems to be missing: it is in there.
    return longerBy <= 0 || longerBy < missing / 2;
  });
}

/** "air port" and "airport": the word is in a longer one of those around its place, or in two pieces there. */
function isHiddenIn(kept: readonly { word: string }[], before: number, missed: { word: string }): boolean {
  const word = foldWord(missed.word);
  const reach = word.length < SURE_CHARACTERS ? 1 : WIDE_REACH_WORDS;
  const around = kept.slice(Math.max(0, before - reach), before + reach).map((each) => foldWord(each.word));
  return around.some(
    (each, index) =>
      (each.length > word.length && (each.startsWith(word) || each.endsWith(word))) ||
      each + (around[index + 1] ?? "") === word,
  );
}
