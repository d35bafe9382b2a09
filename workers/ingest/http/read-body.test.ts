import { expect, test } from "vitest";
import { readUpTo } from "./read-body.ts";

/** `ä` in two chunks, then one more letter for each read. */
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

test("a body of exactly the allowed size is read, with letters that lie across chunks", async () => {
  const body = new Blob(["ä".repeat(50_000)]).stream();
  expect(await readUpTo(100_000, body)).toHaveLength(50_000);
});

test("a larger one is null, and is not read to its end", async () => {
  const { body, seen } = endless();
  expect(await readUpTo(5, body)).toBeNull();
  expect(seen.isCanceled).toBe(true);
  expect(seen.pulled).toBeLessThan(10);
});

test("no body is the empty text", async () => {
  expect(await readUpTo(5, null)).toBe("");
});
