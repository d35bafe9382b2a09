import { expect } from "vitest";

/** What is looked at becomes what is expected, soon; far sooner than this on a machine that has time. */
export function eventually<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: 30_000, interval: 20 });
}
