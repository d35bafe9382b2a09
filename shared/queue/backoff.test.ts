import { describe, expect, test } from "vitest";
import { backoffMs, parseRetryAfter, parseRetryAfterValue } from "./backoff.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);

function wait(headers: Record<string, string>): number | null {
  return parseRetryAfter(new Headers(headers), NOW);
}

describe("parseRetryAfter", () => {
  test("reads retry-after-ms first, then retry-after, then x-ratelimit-reset", () => {
    const all = { "retry-after-ms": "1500", "retry-after": "20", "x-ratelimit-reset": "30" };
    expect(wait(all)).toBe(1_500);
    expect(wait({ "retry-after": "20", "x-ratelimit-reset": "30" })).toBe(20_000);
    expect(wait({ "x-ratelimit-reset": "0.35" })).toBe(350);
    expect(wait({})).toBeNull();
  });

  test("uses the next header when one cannot be understood", () => {
    expect(wait({ "retry-after-ms": "soon", "retry-after": "later", "x-ratelimit-reset": "2.5" })).toBe(
      2_500,
    );
    expect(wait({ "retry-after": "later" })).toBeNull();
  });

  test("takes zero as a wait of nothing, not as no answer", () => {
    expect(wait({ "retry-after-ms": "0", "retry-after": "20" })).toBe(0);
  });

  test("takes a large x-ratelimit-reset for a moment", () => {
    expect(wait({ "x-ratelimit-reset": String(NOW / 1000 + 90) })).toBe(90_000);
    expect(wait({ "x-ratelimit-reset": String(NOW / 1000 - 90) })).toBe(0);
    expect(wait({ "x-ratelimit-reset": "999999999" })).toBe(999_999_999_000);
  });
});

describe("parseRetryAfterValue", () => {
  test("reads whole seconds and fractions", () => {
    expect(parseRetryAfterValue("120", NOW)).toBe(120_000);
    expect(parseRetryAfterValue(" 0.5 ", NOW)).toBe(500);
    expect(parseRetryAfterValue(".5", NOW)).toBe(500);
  });

  test("reads the three forms of an HTTP date, all in GMT", () => {
    expect(parseRetryAfterValue("Fri, 20 Nov 2026 12:01:00 GMT", NOW)).toBe(60_000);
    expect(parseRetryAfterValue("Friday, 20-Nov-26 12:01:00 GMT", NOW)).toBe(60_000);
    expect(parseRetryAfterValue("Fri Nov 20 12:01:00 2026", NOW)).toBe(60_000);
  });

  test("reads a date with an offset", () => {
    expect(parseRetryAfterValue("Fri, 20 Nov 2026 13:01:00 +0100", NOW)).toBe(60_000);
  });

  test("takes a date in the past for now", () => {
    expect(parseRetryAfterValue("Sun, 06 Nov 1994 08:49:37 GMT", NOW)).toBe(0);
  });

  test("understands nothing else", () => {
    const values = [
      null,
      "",
      "-5",
      "+5",
      "1e3",
      "0x10",
      "5s",
      "1,5",
      "NaN",
      "Infinity",
      "2026-11-20",
      "soon",
    ];
    expect(values.map((value) => parseRetryAfterValue(value, NOW))).toEqual(values.map(() => null));
  });

  test("takes 15 digits and no more, so that the sum stays a time", () => {
    expect(parseRetryAfterValue("9".repeat(15), NOW)).toBe(999_999_999_999_999_000);
    expect(parseRetryAfterValue("9".repeat(16), NOW)).toBeNull();
  });
});

describe("backoffMs", () => {
  const limits = { baseMs: 1_000, maxMs: 10_000 };

  test("doubles from try to try up to the maximum", () => {
    const waits = [1, 2, 3, 4, 5, 50, 5_000].map((attempt) => backoffMs(attempt, 0.999_999, limits));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  });

  test("takes at most half away", () => {
    expect(backoffMs(1, 0, limits)).toBe(500);
    expect(backoffMs(5, 0, limits)).toBe(5_000);
  });
});
