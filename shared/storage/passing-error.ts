/**
 * Which errors of D1 and R2 pass by themselves. Cloudflare's lists of 2026-11:
 * https://developers.cloudflare.com/d1/observability/debug-d1/#error-list (and "Retry queries" beside it) and
 * https://developers.cloudflare.com/r2/api/error-codes/, where the code ends the message.
 */
const PASSING_TEXTS = [
  // D1, whose database is a Durable Object
  /network connection lost/i,
  /caused object to be reset/i, // a storage operation timed out, an internal error, an error while starting
  /reset because its code was updated/i,
  /D1 DB is overloaded/i, // too many requests queued, or queued for too long
  /D1 DB exceeded its (memory|CPU time) limit and was reset/i, // by all requests together
  /due to transient issue on remote node/i,
  /\binternal error\b/i, // with a reference; also R2's 10001
  // R2
  /please try again/i,
  /\b(service|temporarily) unavailable\b/i,
  /\b(connection|socket) (was )?(lost|closed|reset)\b/i,
  /\bunexpected HTTP status 5\d\d\b/i,
];

const R2_CODE = /\((1\d{4})\)\s*$/;
const PASSING_R2_CODES = new Set([
  "10001", // InternalError
  "10043", // ServiceUnavailable
  "10054", // ClientDisconnect: the connection between the Worker and R2
  "10058", // TooManyRequests, of which one object takes one a second
]);

/** Storage could not be reached, or asked for another try, and still did after some tries. */
export class StorageAwayError extends Error {
  override name = "StorageAwayError";

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Whether an error that storage threw passes by itself. Only for storage: others word theirs alike. */
export function isPassing(error: unknown): boolean {
  if (error instanceof StorageAwayError) return true;
  const message = error instanceof Error ? error.message : String(error);
  const code = R2_CODE.exec(message)?.[1];
  if (code !== undefined) return PASSING_R2_CODES.has(code);
  return PASSING_TEXTS.some((text) => text.test(message));
}
