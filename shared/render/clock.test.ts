import { expect, test } from "vitest";
import { formatClock, formatSeconds } from "./clock.ts";

test("times are written with two digits each and three for thousandths", () => {
  expect(formatClock(0, ",")).toBe("00:00:00,000");
  expect(formatClock(3_723_004, ".")).toBe("01:02:03.004");
});

test("hours go on beyond a day and beyond two digits", () => {
  expect(formatClock(24 * 3_600_000, ",")).toBe("24:00:00,000");
  expect(formatClock(100 * 3_600_000 - 1, ",")).toBe("99:59:59,999");
  expect(formatClock(100 * 3_600_000, ",")).toBe("100:00:00,000");
  expect(formatSeconds(360_000)).toBe("100:00:00");
});
