/** How long to wait before a retry: as long as the other side says, else exponentially with jitter. */

/** An `x-ratelimit-reset` this large is a time (seconds since 1970), not a duration. */
const LOWEST_UNIX_SECONDS = 1_000_000_000;

/**
 * The wait in milliseconds that a response asks for, or null when it has none that we understand. Read in this order:
 * `retry-after-ms`, `retry-after` (seconds or HTTP date), `x-ratelimit-reset` (seconds, or seconds since 1970 as other
 * OpenAI-compatible servers send). Not capped: that is up to the caller. Only for a response that is not a success:
 * Together sends these headers with 2xx too (reference: DOC-RL).
 */
export function parseRetryAfter(headers: { get(name: string): string | null }, nowMs: number): number | null {
  return (
    parseNumber(headers.get("retry-after-ms")) ??
    parseRetryAfterValue(headers.get("retry-after"), nowMs) ??
    parseReset(headers.get("x-ratelimit-reset"), nowMs)
  );
}

/**
 * One `Retry-After` value, seconds (also fractions) or HTTP date, as milliseconds from now; null when it is neither.
 */
export function parseRetryAfterValue(value: string | null, nowMs: number): number | null {
  const seconds = parseNumber(value);
  if (seconds !== null) return seconds * 1000;
  const date = parseHttpDate(value);
  return date === null ? null : Math.max(0, date - nowMs);
}

/**
 * Milliseconds to wait after failed attempt number `attempt` (1-based): base, 2 × base, 4 × base … up to the maximum.
 * Jitter takes off up to half, so that callers who failed together do not retry together.
 */
export function backoffMs(
  attempt: number,
  random: number,
  { baseMs, maxMs }: { baseMs: number; maxMs: number },
): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(full * (0.5 + random / 2));
}

function parseReset(value: string | null, nowMs: number): number | null {
  const seconds = parseNumber(value);
  if (seconds === null) return null;
  return seconds < LOWEST_UNIX_SECONDS ? seconds * 1000 : Math.max(0, seconds * 1000 - nowMs);
}

/** Digits with an optional fraction, nothing else: `Number` alone accepts "", "0x10" and "1e99". */
function parseNumber(value: string | null): number | null {
  const text = value?.trim() ?? "";
  return /^(\d{1,15}(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : null;
}

/** The three forms of RFC 9110 5.6.7, in milliseconds since 1970. `Date.parse` alone reads "-5" as a year. */
function parseHttpDate(value: string | null): number | null {
  const text = value?.trim() ?? "";
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  // asctime has no zone and means GMT; Date.parse would use the machine's own zone.
  const ms = Date.parse(/\d{4}$/.test(text) && !/[+-]\d{4}$/.test(text) ? `${text} GMT` : text);
  return Number.isNaN(ms) ? null : ms;
}
