import { expect, test } from "vitest";
import { limitParallel } from "./limit-parallel.ts";

/** Acts that end when they are told to, and how many ran at once. */
function controlled() {
  const ends: (() => void)[] = [];
  const began: string[] = [];
  const act = (path: string) => {
    began.push(path);
    return new Promise<string>((resolve) => ends.push(() => resolve(path)));
  };
  return { act, ends, began };
}

test("no more than the limit run at once, and the others follow in order", async () => {
  const { act, ends, began } = controlled();
  const limited = limitParallel(act, 2);
  const { signal } = new AbortController();
  const all = Promise.all(["a", "b", "c", "d"].map((path) => limited(path, signal)));
  expect(began).toEqual(["a", "b"]);
  for (let index = 0; index < 4; index++) {
    ends[index]?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(began).toEqual(["a", "b", "c", "d"]);
  expect(await all).toEqual(["a", "b", "c", "d"]);
});

test("a call that is aborted while it waits never runs and gives its place on", async () => {
  const { act, ends, began } = controlled();
  const limited = limitParallel(act, 1);
  const { signal } = new AbortController();
  const leaving = new AbortController();
  const first = limited("a", signal);
  const second = limited("b", leaving.signal);
  const third = limited("c", signal);
  leaving.abort();
  ends[0]?.();
  await first;
  await expect(second).rejects.toThrow();
  ends[1]?.();
  expect(await third).toBe("c");
  expect(began).toEqual(["a", "c"]);
});
