import { expect, test } from "vitest";
import { createRandom } from "./random.ts";
import { createVoiceActivity, type Interval } from "./voice-activity.ts";

const RATE = 16_000;

/** Noise whose loudness follows `level` at each second. */
function record(seconds: number, level: (second: number) => number): Float32Array {
  const random = createRandom(1);
  return Float32Array.from({ length: seconds * RATE }, (_, i) => level(i / RATE) * (random() * 2 - 1));
}

function detect(samples: Float32Array, chunkLength = 4096): Interval[] {
  const activity = createVoiceActivity(RATE);
  const found: Interval[] = [];
  for (let from = 0; from < samples.length; from += chunkLength) {
    found.push(...activity.push(samples.subarray(from, from + chunkLength)));
  }
  return [...found, ...activity.end()];
}

test("two stretches of sound in a quiet room are two intervals", () => {
  const isSpeech = (t: number) => (t > 1 && t < 2) || (t > 4 && t < 5.5);
  const intervals = detect(record(7, (t) => (isSpeech(t) ? 0.3 : 0.001)));
  expect(intervals).toHaveLength(2);
  expect(intervals[0]?.start).toBeCloseTo(1, 1);
  expect(intervals[0]?.end).toBeCloseTo(2, 1);
  expect(intervals[1]?.start).toBeCloseTo(4, 1);
  expect(intervals[1]?.end).toBeCloseTo(5.5, 1);
});

test("a pause between words does not end a stretch", () => {
  expect(detect(record(3, (t) => (t > 1.4 && t < 1.6 ? 0 : 0.3)))).toHaveLength(1);
});

test("speech stands out of a noisy room", () => {
  const intervals = detect(record(60, (t) => (t > 50 && t < 52 ? 0.5 : 0.03)));
  expect(intervals.at(-1)?.start).toBeCloseTo(50, 1);
});

test("silence, dither and a click are no speech", () => {
  expect(detect(new Float32Array(3 * RATE))).toEqual([]);
  expect(detect(record(3, () => 0.0001))).toEqual([]);
  expect(detect(record(3, (t) => (t > 1 && t < 1.02 ? 0.5 : 0)))).toEqual([]);
});

test("sound that lasts to the end is an interval to the end", () => {
  expect(detect(record(2, (t) => (t > 1 ? 0.3 : 0))).at(-1)?.end).toBeCloseTo(2, 2);
});

test("the size of the pieces changes nothing", () => {
  const samples = record(5, (t) => (Math.floor(t) % 2 === 1 ? 0.3 : 0.001));
  expect(detect(samples, 1)).toEqual(detect(samples, 65_536));
});
