import { expect, test } from "vitest";
import { takeTurns } from "./take-turns.ts";

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

test("only so many run at once, and the others follow in order", async () => {
  const { act, ends, began } = controlled();
  const turn = takeTurns(act, 2);
  const { signal } = new AbortController();
  const all = Promise.all(["a", "b", "c", "d"].map((path) => turn(path, signal)));
  expect(began).toEqual(["a", "b"]);
  for (let index = 0; index < 4; index++) {
    ends[index]?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(began).toEqual(["a", "b", "c", "d"]);
  expect(await all).toEqual(["a", "b", "c", "d"]);
});

test("whoever leaves while waiting never runs and gives its place on", async () => {
  const { act, ends, began } = controlled();
  const turn = takeTurns(act, 1);
  const { signal } = new AbortController();
  const leaving = new AbortController();
  const first = turn("a", signal);
  const second = turn("b", leaving.signal);
  const third = turn("c", signal);
  leaving.abort();
  ends[0]?.();
  await first;
  await expect(second).rejects.toThrow();
  ends[1]?.();
  expect(await third).toBe("c");
  expect(began).toEqual(["a", "c"]);
});
