const WINDOW_MS = 1_000;

/**
 * When the next send may begin, so that no second holds more than `rate` of them.
 * @param recent when the last ones began, in order.
 */
export function nextSendAt(recent: readonly number[], rate: number, now: number): number {
  const before = recent.at(-rate);
  return before === undefined ? now : Math.max(now, before + WINDOW_MS);
}

/** What of `recent` still matters. */
export function recentSends(recent: readonly number[], now: number): number[] {
  return recent.filter((at) => at > now - WINDOW_MS);
}
