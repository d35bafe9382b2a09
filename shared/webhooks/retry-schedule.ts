import { parseRetryAfterValue } from "../queue/backoff.ts";

/**
 * When a failed webhook is retried (webhooks: W3, W4). The first attempt is immediate, the eighth and last is about
 * 27.5 hours later.
 */

/** Seconds before attempt 1, 2, 3 …: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h. */
export const ATTEMPT_DELAYS_SECONDS: readonly number[] = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
export const MAX_ATTEMPTS = ATTEMPT_DELAYS_SECONDS.length;

const JITTER = 0.2;
/** An overloaded receiver gets at least this long a pause. */
const MIN_OVERLOADED_MS = 60_000;
/** However short the step, a receiver may ask for up to an hour. */
const MIN_RETRY_AFTER_BOUND_MS = 60 * 60_000;
/** The longest delay of a queue message. */
const MAX_DELAY_MS = 86_400_000;
const OVERLOADED_STATUSES = [429, 502, 503, 504];

export type FailedAttempt = {
  /** 1-based number of the attempt that just failed. */
  attempt: number;
  nowMs: number;
  /** In [0, 1). */
  random: number;
  /** The response's header as it came. */
  retryAfter?: string | null;
  /** The response's status; null when there was none. */
  status?: number | null;
  timedOut?: boolean;
};

/**
 * When to try again, in milliseconds since 1970; null when the attempts are used up.
 *
 * Without Retry-After, the step of the schedule is spread by 20 % either way. With it, the receiver's wish is clamped
 * between that step and the larger of twice the step and an hour, and spread upwards only: never before the time asked
 * for.
 */
export function nextAttemptAt(failed: FailedAttempt): number | null {
  const step = ATTEMPT_DELAYS_SECONDS[failed.attempt];
  if (step === undefined) return null;
  const overloaded = failed.timedOut === true || OVERLOADED_STATUSES.includes(failed.status ?? 0);
  const least = overloaded ? MIN_OVERLOADED_MS : 0;
  const base = Math.max(step * 1000, least);

  const asked = parseRetryAfterValue(failed.retryAfter ?? null, failed.nowMs);
  const delay =
    asked === null
      ? Math.max(least, base * (1 - JITTER + 2 * JITTER * failed.random))
      : spreadUp(asked, base, Math.max(2 * base, MIN_RETRY_AFTER_BOUND_MS), failed.random);
  return failed.nowMs + Math.round(Math.min(delay, MAX_DELAY_MS));
}

function spreadUp(askedMs: number, leastMs: number, mostMs: number, random: number): number {
  return Math.min(mostMs, Math.max(leastMs, askedMs) * (1 + JITTER * random));
}
