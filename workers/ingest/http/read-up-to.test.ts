import { expect, test } from "vitest";
import { readUpTo } from "./read-up-to.ts";

/** `ä` in two chunks, then whatever else is asked for. */
function endless() {
  const chunks = [[0xc3], [0xa4]];
  const seen = { pulled: 0, isCanceled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(stream) {
      seen.pulled++;
      stream.enqueue(new Uint8Array(chunks.shift() ?? [0x61]));
    },
    cancel() {
      seen.isCanceled = true;
    },
  });
  return { body, seen };
}

test("a body of exactly so many bytes is read, whose letters may lie across chunks", async () => {
  const body = new Blob(["ä".repeat(50_000)]).stream();
  expect(await readUpTo(100_000, body)).toHaveLength(50_000);
});

test("a larger one is null, and left where that is known", async () => {
  const { body, seen } = endless();
  expect(await readUpTo(5, body)).toBeNull();
  expect(seen.isCanceled).toBe(true);
  expect(seen.pulled).toBeLessThan(10);
});

test("no body is the empty text", async () => {
  expect(await readUpTo(5, null)).toBe("");
});
