import type { Overlap } from "./choose-cut.ts";

/** The words that the part kept at their place has missed, each with the index of its own word they go before. */
export type AdoptedWords<W> = {
  toFirst: { before: number; word: W }[];
  toSecond: { before: number; word: W }[];
};

/**
 * Words that only the part has heard that is not kept where they are said. One is taken over when the two parts agree
 * on what stands before and behind it: then it is no other spelling of what the kept part has there, but missing.
 */
export function findAdoptedWords<W extends { word: string; start: number; end: number }>(
  overlap: Overlap<W>,
  cutColumn: number,
): AdoptedWords<W> {
  const { columns, a, b, edgeA, edgeB } = overlap;
  const adopted: AdoptedWords<W> = { toFirst: [], toSecond: [] };
  let nextA = 0;
  let nextB = 0;
  for (const [at, column] of columns.entries()) {
    const wordA = a[column.a];
    const wordB = b[column.b];
    if (at < cutColumn && !wordA && wordB && !edgeB[column.b] && isBetweenAgreed(overlap, at)) {
      adopted.toFirst.push({ before: nextA, word: wordB });
    }
    if (at >= cutColumn && !wordB && wordA && !edgeA[column.a] && isBetweenAgreed(overlap, at)) {
      adopted.toSecond.push({ before: nextB, word: wordA });
    }
    if (wordA) nextA++;
    if (wordB) nextB++;
  }
  return adopted;
}

/** Whether only words of the one part stand here, up to a word on either side that both have heard alike. */
function isBetweenAgreed<W>({ columns }: Overlap<W>, at: number): boolean {
  const isOfFirst = (columns[at]?.a ?? -1) >= 0;
  for (const step of [-1, 1]) {
    let to = at;
    while (columns[to] && (isOfFirst ? columns[to]?.b : columns[to]?.a) === -1) to += step;
    if (!columns[to]?.same) return false;
  }
  return true;
}
