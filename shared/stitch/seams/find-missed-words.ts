import { ALIKE, foldWord } from "./align-words.ts";
import type { Overlap } from "./choose-cut.ts";

/** Words that the part kept at their place has missed, each with the index of its own word they go before. */
export type MissedWords<W> = {
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
    if (at < cutColumn && !wordA && wordB && !edgeB[column.b] && isBetweenAgreed(overlap, at, wordB)) {
      missed.byFirst.push({ before: nextA, word: wordB });
    }
    if (at >= cutColumn && !wordB && wordA && !edgeA[column.a] && isBetweenAgreed(overlap, at, wordA)) {
      missed.bySecond.push({ before: nextB, word: wordA });
    }
    if (wordA) nextA++;
    if (wordB) nextB++;
  }
  return missed;
}

/** Whether only words of the one part stand here, up to a word on either side that both have heard as the same one. */
function isBetweenAgreed<W extends { word: string }>(
  { columns, a, b }: Overlap<W>,
  at: number,
  missed: W,
): boolean {
  const isOfFirst = (columns[at]?.a ?? -1) >= 0;
  for (const step of [-1, 1]) {
    let to = at;
    while (columns[to] && (isOfFirst ? columns[to]?.b : columns[to]?.a) === -1) to += step;
    const column = columns[to];
    if (!column || column.likeness < ALIKE) return false;
    const lengthA = foldWord(a[column.a]?.word ?? "").length;
    const lengthB = foldWord(b[column.b]?.word ?? "").length;
    // "air port" and "airport": what looks missing is in its neighbour, which is longer by it.
    const longerBy = isOfFirst ? lengthB - lengthA : lengthA - lengthB;
    if (longerBy > 0 && longerBy >= foldWord(missed.word).length / 2) return false;
  }
  return true;
}
