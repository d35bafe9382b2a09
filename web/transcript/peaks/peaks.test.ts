import { expect, test } from "vitest";
import { fillSlots, Peaks, slotsCoarseFirst } from "./peaks.ts";
import { MAX_BYTES, RangeReader, TooManyBytesError } from "./range-reader.ts";

const GB = 1024 ** 3;
const never = new AbortController().signal;

/** A server that has a file of this size and records the requests. */
function serverOf(size: number) {
  const asked: string[] = [];
  const get: typeof fetch = async (_url, init) => {
    const range = new Headers(init?.headers).get("range") ?? "";
    asked.push(range);
    const [, from = 0, to = 0] = (/(\d+)-(\d+)/.exec(range) ?? []).map(Number);
    return new Response(new Uint8Array(Math.min(to + 1, size) - from), { status: 206 });
  };
  return { asked, get };
}

test("of a recording of a gigabyte no more than the limit is ever asked for", async () => {
  const { asked, get } = serverOf(GB);
  const reader = new RangeReader("/media/x", GB, never, get);
  const piece = 64 * 1024;
  const read = async () => {
    for (let at = 0; ; at += 1024 * piece) await reader.read(at % GB, (at % GB) + piece);
  };
  await expect(read()).rejects.toThrow(TooManyBytesError);
  expect(asked.length * piece).toBe(MAX_BYTES);
  expect(reader.fetched).toBe(MAX_BYTES);
});

test("a small recording is asked for once, whatever pieces are read", async () => {
  const { asked, get } = serverOf(1000);
  const reader = new RangeReader("/media/x", 1000, never, get);
  await Promise.all([reader.read(0, 10), reader.read(500, 600)]);
  expect((await reader.read(990, 1100)).length).toBe(10);
  expect(asked).toEqual(["bytes=0-999"]);
});

test("a server that sends everything in place of a piece is not listened to", async () => {
  const get: typeof fetch = async () => new Response(new Uint8Array(10), { status: 200 });
  const reader = new RangeReader("/media/x", GB, never, get);
  await expect(reader.read(0, 10)).rejects.toThrow(TooManyBytesError);
});

test("every slot is looked at once, the ends and the middle before what is between", () => {
  const order = slotsCoarseFirst(320);
  expect(new Set(order).size).toBe(320);
  const early = order.slice(0, 16).sort((a, b) => a - b);
  const gaps = early.slice(1).map((slot, n) => slot - (early[n] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(48);
});

test("a sound fills the slots that it reaches into, each as loud as it is there", () => {
  const slots = new Float32Array(10).fill(Number.NaN);
  const samples = new Float32Array([0.1, -0.2, 0.5, -0.9]);
  fillSlots(slots, { start: 2, samples, sampleRate: 2 }, 10);
  expect([...slots.slice(1, 5)]).toEqual([Number.NaN, Math.fround(0.2), Math.fround(0.9), Number.NaN]);
});

test("what is not known yet looks like what is nearest, and what is far from everything is not shown", () => {
  const slots = new Float32Array(64).fill(Number.NaN);
  slots[8] = 0.5;
  slots[9] = 0.25;
  const peaks = new Peaks(slots);
  expect(peaks.between(8 / 64, 10 / 64)).toBe(1);
  expect(peaks.between(9 / 64, 10 / 64)).toBe(0.5);
  expect(peaks.between(12 / 64, 13 / 64)).toBe(0.5);
  expect(peaks.between(40 / 64, 41 / 64)).toBeNull();
});

test("silence from end to end is silence", () => {
  expect(new Peaks(new Float32Array(4)).between(0, 1)).toBe(0);
});
