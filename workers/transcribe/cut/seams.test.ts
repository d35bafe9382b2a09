import { expect, test } from "vitest";
import { fitLimits, seamsOf, spansOf } from "./seams.ts";

test("a last part shorter than half of one is joined to the one before", () => {
  expect(seamsOf(100, 40)).toEqual([40, 80]); // the last has 20 s
  expect(seamsOf(99.9, 40)).toEqual([40]);
  expect(seamsOf(59, 40)).toEqual([]);
});

test("parts overlap around their seams, from the start to the end", () => {
  expect(spansOf([40, 80], 110, 10)).toEqual([
    { start: 0, end: 45 },
    { start: 35, end: 85 },
    { start: 75, end: 110 },
  ]);
});

test("parts become shorter where they would be too large", () => {
  const limits = { partSeconds: 600, overlapSeconds: 10, maxPartBytes: 1000 };
  expect(fitLimits(limits, 1_000, 3600).partSeconds).toBe(600);
  expect(fitLimits(limits, 36_000, 3600).partSeconds).toBe(70);
  expect(() => fitLimits(limits, 3_600_000, 3600)).toThrow(RangeError);
});

test("limits that contradict one another are refused", () => {
  expect(() => fitLimits({ partSeconds: 10, overlapSeconds: 6 }, 1, 1)).toThrow(RangeError);
  expect(() => fitLimits({ partSeconds: 10, overlapSeconds: -1 }, 1, 1)).toThrow(RangeError);
  expect(() => fitLimits({ partSeconds: 0, overlapSeconds: 0 }, 1, 1)).toThrow(RangeError);
});
