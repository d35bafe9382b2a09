import { expect, test } from "vitest";
import { createLoudness, quietestPlace, reachFor, spread } from "./quiet.ts";

function levels(start: number, end: number, quiet: [from: number, to: number][]) {
  const loudness = createLoudness(start, end);
  spread(loudness, 1000 * (end - start), start, end);
  for (const [from, to] of quiet) spread(loudness, -999 * (to - from), from, to);
  return loudness;
}

test("the middle of the quietest pause is taken", () => {
  const place = quietestPlace(
    levels(590, 610, [
      [592, 592.2],
      [604, 605],
    ]),
    600,
  );
  expect(place).toBeGreaterThan(604.1);
  expect(place).toBeLessThan(604.9);
});

test("of equal ones the nearest is taken", () => {
  expect(quietestPlace(levels(590, 610, []), 600)).toBeCloseTo(600, 1);
  expect(
    quietestPlace(
      levels(590, 610, [
        [591, 592],
        [597, 598],
        [607, 608],
      ]),
      600,
    ),
  ).toBeCloseTo(597.8, 1);
});

test("a seam moves at most ten seconds, and less between short parts", () => {
  expect(reachFor(600, 15)).toBe(10);
  expect(reachFor(30, 6)).toBe(6);
});
