import { expect, test } from "vitest";
import { nextSlot, withinWindow } from "./send-pace.ts";

test("the next send may begin at once until a second holds as many as it may", () => {
  expect(nextSlot([], 2, 500)).toBe(500);
  expect(nextSlot([100], 2, 500)).toBe(500);
  expect(nextSlot([100, 400], 2, 500)).toBe(1_100);
  expect(nextSlot([100, 400], 2, 1_099)).toBe(1_100);
  expect(nextSlot([100, 400], 2, 1_101)).toBe(1_101);
});

test("what is a second old does not matter any more", () => {
  expect(withinWindow([0, 1, 1_000], 1_000)).toEqual([1, 1_000]);
});
