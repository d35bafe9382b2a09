const real = Date.now;
let ahead = 0;

/** Moves `Date.now` of this process, or of this Worker, so far ahead of the real clock. */
export function setAhead(ms: number): void {
  ahead = ms;
  Date.now = () => real() + ahead;
}

/** A wait of as long is for others that are slow or dead; here none is slow. */
const LONG_WAIT_MS = 20_000;
const SHORTENED = 10;

/** Long waits of this Worker take a part of their time. */
export function shortenWaits(): void {
  const wait = globalThis.setTimeout;
  const shortened = (act: () => void, ms = 0) => wait(act, ms < LONG_WAIT_MS ? ms : ms / SHORTENED);
  globalThis.setTimeout = Object.assign(shortened, wait);
}
