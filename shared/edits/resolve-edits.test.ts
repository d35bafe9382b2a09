import { expect, test } from "vitest";
import type { Edit } from "./layer.ts";
import { resolveEdits } from "./resolve-edits.ts";

const words = [0, 1, 2, "a", 2, 3].map((id, at) => ({ id, word: `w${at}`, start: at, end: at + 1 }));

function problemsOf(...edits: Edit[]) {
  const resolved = resolveEdits(words, edits);
  return resolved.ok ? [] : resolved.error.map(({ index, message }) => `${index} ${message}`);
}

test("edits are found by the ids of their words, in the order of the words", () => {
  const late: Edit = { from: 3, to: 3, text: "x" };
  const early: Edit = { from: 0, to: "a", text: "y" };
  expect(resolveEdits(words, [late, early])).toEqual({
    ok: true,
    value: [
      { edit: early, first: 0, last: 3, index: 1 },
      { edit: late, first: 5, last: 5, index: 0 },
    ],
  });
});

test("of two words with one id the first is meant", () => {
  const resolved = resolveEdits(words, [{ from: 2, to: 2, text: "x" }]);
  expect(resolved.ok && resolved.value[0]?.first).toBe(2);
});

test("a number is not its text", () => {
  expect(problemsOf({ from: "1", to: "1", text: "x" })).toEqual(["0 has no word with the id 1"]);
});

test("each edit that cannot be is named with what is wrong", () => {
  expect(problemsOf({ from: 0, to: 77, text: "x" }, { from: 2, to: 1, text: "x" })).toEqual([
    "0 has no word with the id 77",
    "1 ends before it starts",
  ]);
});

test("neighbours are two edits, a shared word is one too many", () => {
  expect(problemsOf({ from: 0, to: 1, text: "x" }, { from: 2, to: 3, text: "x" })).toEqual([]);
  expect(problemsOf({ from: 0, to: 2, text: "x" }, { from: 2, to: 3, text: "x" })).toEqual([
    "1 shares words with edit 0",
  ]);
});
