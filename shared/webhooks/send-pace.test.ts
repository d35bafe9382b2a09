import { expect, test } from "vitest";
import { nextSendAt, recentSends } from "./send-pace.ts";

test("the next send may begin at once until a second holds as many as it may", () => {
  expect(nextSendAt([], 2, 500)).toBe(500);
  expect(nextSendAt([100], 2, 500)).toBe(500);
  expect(nextSendAt([100, 400], 2, 500)).toBe(1_100);
  expect(nextSendAt([100, 400], 2, 1_099)).toBe(1_100);
  expect(nextSendAt([100, 400], 2, 1_101)).toBe(1_101);
});

test("what is a second old does not matter any more", () => {
  expect(recentSends([0, 1, 1_000], 1_000)).toEqual([1, 1_000]);
});
