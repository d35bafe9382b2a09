const WINDOW_MS = 1_000;

/**
 * When the next send may start, so that no second has more than `rate` of them.
 * @param recent when the last ones started, in order
 */
export function nextSendAt(recent: readonly number[], rate: number, now: number): number {
  const before = recent.at(-rate);
  return before === undefined ? now : Math.max(now, before + WINDOW_MS);
}

/** The part of `recent` that still counts. */
export function recentSends(recent: readonly number[], now: number): number[] {
  return recent.filter((at) => at > now - WINDOW_MS);
}
