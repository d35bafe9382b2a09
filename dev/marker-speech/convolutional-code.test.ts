import { expect, test } from "vitest";
import { decodeConvolutional, encodeConvolutional, TAIL_BITS } from "./convolutional-code.ts";
import { createRandom } from "./random.ts";

function randomBits(seed: number, count: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: count }, (_, i) => (i < count - TAIL_BITS && random() < 0.5 ? 1 : 0));
}

function toSoft(coded: Uint8Array): Float32Array {
  return Float32Array.from(coded, (bit) => 2 * bit - 1);
}

test("bits come back as they went in", () => {
  const bits = randomBits(1, 100);
  expect(decodeConvolutional(toSoft(encodeConvolutional(bits)))).toEqual(bits);
});

test("one coded bit in fifteen may be wrong", () => {
  const bits = randomBits(2, 300);
  const soft = toSoft(encodeConvolutional(bits)).map((value, i) => (i % 15 === 7 ? -value : value));
  expect(decodeConvolutional(soft)).toEqual(bits);
});

test("a third of the coded bits may be missing", () => {
  const bits = randomBits(3, 300);
  const soft = toSoft(encodeConvolutional(bits)).map((value, i) => (i % 3 === 0 ? 0 : value));
  expect(decodeConvolutional(soft)).toEqual(bits);
});
