import { expect, test } from "vitest";
import { RateMeter } from "./rate-meter.ts";

test("a steady connection has its speed, and there is none before half a second", () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  meter.add(499, 499_000);
  expect(meter.bytesPerSecond).toBeNull();
  meter.add(500, 500_000);
  expect(meter.bytesPerSecond).toBe(1_000_000);
});

test("only the last eight seconds count", () => {
  const meter = new RateMeter();
  for (let second = 0; second <= 10; second++) meter.add(second * 1000, second * 1_000_000);
  for (let second = 11; second <= 20; second++) meter.add(second * 1000, 10_000_000 + (second - 10) * 10_000);
  expect(meter.bytesPerSecond).toBe(10_000);
});

test("a chunk that is sent again restarts the measurement", () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  meter.add(1000, 8_000_000);
  meter.add(2000, 4_000_000);
  expect(meter.bytesPerSecond).toBeNull();
  meter.add(3000, 5_000_000);
  expect(meter.bytesPerSecond).toBe(1_000_000);
});
