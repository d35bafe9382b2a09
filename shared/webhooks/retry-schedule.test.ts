import { describe, expect, test } from "vitest";
import { ATTEMPT_DELAYS_SECONDS, type FailedAttempt, MAX_ATTEMPTS, nextAttemptAt } from "./retry-schedule.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const MIDDLE = 0.5;
const ALMOST_ONE = 0.999_999_999;
const ATTEMPTS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Seconds until the next attempt; null when there is none. */
function delay(failed: Partial<FailedAttempt>): number | null {
  const at = nextAttemptAt({ attempt: 1, nowMs: NOW, random: MIDDLE, ...failed });
  return at === null ? null : (at - NOW) / 1000;
}

describe("the schedule", () => {
  test("is 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h and then nothing", () => {
    const delays = ATTEMPTS.map((attempt) => delay({ attempt, status: 500 }));
    expect(delays).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 36_000, null]);
  });

  test("has 8 attempts over 27:35:05", () => {
    expect(MAX_ATTEMPTS).toBe(8);
    expect(ATTEMPT_DELAYS_SECONDS.reduce((sum, seconds) => sum + seconds)).toBe(27 * 3600 + 35 * 60 + 5);
  });

  test("is spread by 20 % either way", () => {
    expect(delay({ attempt: 2, random: 0 })).toBe(240);
    expect(delay({ attempt: 2, random: ALMOST_ONE })).toBe(360);
  });

  test("ends at the eighth attempt even when the receiver asks for another", () => {
    expect(delay({ attempt: 8, status: 503, retryAfter: "10" })).toBeNull();
    expect(delay({ attempt: 9 })).toBeNull();
  });
});

describe("an overloaded receiver", () => {
  test("gets at least 60 s after 429, 502, 503, 504 and a timeout", () => {
    const statuses = [429, 502, 503, 504];
    expect(statuses.map((status) => delay({ status, random: 0 }))).toEqual([60, 60, 60, 60]);
    expect(delay({ status: null, timedOut: true, random: 0 })).toBe(60);
  });

  test("is spread too, upwards", () => {
    expect(delay({ status: 503, random: ALMOST_ONE })).toBe(72);
  });

  test("waits as usual once the step is longer", () => {
    expect(delay({ attempt: 2, status: 503 })).toBe(300);
  });

  test("is not seen in 500, 501, 505 or a refused connection", () => {
    expect([500, 501, 505, null].map((status) => delay({ status }))).toEqual([5, 5, 5, 5]);
  });
});

describe("Retry-After", () => {
  test("is kept to when it is between the step and its bound", () => {
    expect(delay({ retryAfter: "120", random: 0 })).toBe(120);
    expect(delay({ retryAfter: "7.5", random: 0 })).toBe(7.5);
    expect(delay({ retryAfter: "Fri, 20 Nov 2026 12:02:00 GMT", random: 0 })).toBe(120);
  });

  test("is spread upwards only: never before the time asked", () => {
    expect(delay({ retryAfter: "120", random: ALMOST_ONE })).toBe(144);
  });

  test("is not followed below the step, nor below 60 s when overloaded", () => {
    expect(delay({ attempt: 2, retryAfter: "1", random: 0 })).toBe(300);
    expect(delay({ attempt: 1, retryAfter: "1", status: 429, random: 0 })).toBe(60);
  });

  test("is followed up to an hour on short steps", () => {
    expect(delay({ retryAfter: "3600" })).toBe(3_600);
    expect(delay({ retryAfter: "3601", random: ALMOST_ONE })).toBe(3_600);
  });

  test("is followed up to twice the step on long ones", () => {
    expect(delay({ attempt: 4, retryAfter: "14399", random: 0 })).toBe(14_399);
    expect(delay({ attempt: 4, retryAfter: "999999", random: ALMOST_ONE })).toBe(14_400);
  });

  test("that cannot be read changes nothing", () => {
    expect(delay({ retryAfter: "soon" })).toBe(5);
    expect(delay({ retryAfter: null })).toBe(5);
  });

  test("never leads past a day, the longest delay of a queue message", () => {
    const longest = ATTEMPTS.map((attempt) =>
      delay({ attempt, retryAfter: "9".repeat(15), random: ALMOST_ONE }),
    );
    expect(Math.max(...longest.map((seconds) => seconds ?? 0))).toBe(72_000);
  });
});
