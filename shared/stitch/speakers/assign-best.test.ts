import { expect, test } from "vitest";
import { seededRandom } from "../../../tests/support/audio/generated-transcript.ts";
import { assignBest } from "./assign-best.ts";

/** The greatest sum that any assignment of the rows has. */
function bestSum(scores: number[][], row = 0, taken = new Set<number>()): number {
  const own = scores[row];
  if (!own) return 0;
  const sums = own.map((score, column) =>
    taken.has(column)
      ? Number.NEGATIVE_INFINITY
      : score + bestSum(scores, row + 1, new Set([...taken, column])),
  );
  return Math.max(...sums);
}

test("no other assignment has a greater sum", () => {
  const random = seededRandom(5);
  for (let round = 0; round < 60; round++) {
    const rows = 1 + Math.floor(random() * 5);
    const columns = rows + Math.floor(random() * 3);
    const scores = Array.from({ length: rows }, () =>
      Array.from({ length: columns }, () => Math.round(random() * 20 - 10)),
    );
    const assigned = assignBest(scores);
    expect(new Set(assigned).size).toBe(rows);
    const sum = assigned.reduce((total, column, row) => total + (scores[row]?.[column] ?? 0), 0);
    expect(sum).toBe(bestSum(scores));
  }
});

test("without rows nothing is assigned, and too few columns are a mistake", () => {
  expect(assignBest([])).toEqual([]);
  expect(() => assignBest([[1], [2]])).toThrow(RangeError);
});
