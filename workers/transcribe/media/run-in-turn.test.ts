import { expect, test, vi } from "vitest";
import { createTurns } from "./run-in-turn.ts";

test("what comes second begins when the first has ended, also when that failed", async () => {
  const turns = createTurns();
  const seen: string[] = [];
  const { promise, reject } = Promise.withResolvers<void>();
  const first = turns(async () => {
    seen.push("first begins");
    await promise;
  });
  const second = turns(async () => seen.push("second begins"));
  await vi.waitFor(() => expect(seen).toEqual(["first begins"]));
  reject(new Error("broken"));
  await expect(first).rejects.toThrow("broken");
  await second;
  expect(seen).toEqual(["first begins", "second begins"]);
});

test("a turn that never ends is waited for only so long", async () => {
  vi.useFakeTimers();
  try {
    const turns = createTurns(1_000);
    void turns(() => new Promise(() => {}));
    const second = turns(async () => "its turn");
    await vi.advanceTimersByTimeAsync(999);
    expect(await Promise.race([second, Promise.resolve("waiting")])).toBe("waiting");
    await vi.advanceTimersByTimeAsync(1);
    expect(await second).toBe("its turn");
  } finally {
    vi.useRealTimers();
  }
});
