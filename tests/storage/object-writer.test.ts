import { describe, expect, test } from "vitest";
import { createObjectWriter, type Write } from "../../shared/storage/object-writer.ts";
import { useStorage } from "../support/stack/storage.ts";

const { bucket, keys } = await useStorage();

const PART_BYTES = 5 * 1024 * 1024;
const KEY = "audio/ten/job/part-0.m4a";

/** Bytes that tell their place; the period fits no part. */
function pattern(length: number): Buffer<ArrayBuffer> {
  return Buffer.alloc(
    length,
    Uint8Array.from({ length: 251 }, (_, at) => at),
  );
}

async function writeAll(writes: Write[]): Promise<number> {
  const { writable, finished } = createObjectWriter(bucket, KEY, "audio/mp4");
  const writer = writable.getWriter();
  for (const write of writes) await writer.write(write);
  await writer.close();
  return (await finished).bytes;
}

async function stored(): Promise<Buffer> {
  const object = await bucket.get(KEY);
  expect(object?.httpMetadata?.contentType).toBe("audio/mp4");
  return Buffer.from((await object?.arrayBuffer()) ?? new ArrayBuffer());
}

// Megabytes take a while on their way from here into the local R2, so each length stands for a border.
describe("an object written piece by piece", () => {
  test("of exactly one part is put whole", async () => {
    const whole = pattern(PART_BYTES);
    const middle = 999_983;
    const writes = [
      { position: 0, data: whole.subarray(0, middle) },
      { position: middle, data: whole.subarray(middle) },
    ];
    expect(await writeAll(writes)).toBe(PART_BYTES);
    expect((await stored()).equals(whole)).toBe(true);
  });

  test("of exactly two parts comes back the same, in pieces that fit neither", async () => {
    const whole = pattern(2 * PART_BYTES);
    const writes: Write[] = [];
    for (let position = 0; position < whole.byteLength; position += 999_983) {
      writes.push({ position, data: whole.subarray(position, position + 999_983) });
    }
    expect(await writeAll(writes)).toBe(2 * PART_BYTES);
    expect((await stored()).equals(whole)).toBe(true);
  });

  test("without any write is empty", async () => {
    expect(await writeAll([])).toBe(0);
    expect(await stored()).toHaveLength(0);
  });
});

describe("going back", () => {
  test("patches the first part, though a later part is stored already", async () => {
    const whole = pattern(2 * PART_BYTES + 5);
    await writeAll([
      { position: 0, data: whole },
      { position: 4, data: Uint8Array.of(1, 2, 3) },
      { position: PART_BYTES - 2, data: Uint8Array.of(8, 9) },
    ]);
    const expected = Buffer.from(whole);
    expected.set([1, 2, 3], 4);
    expected.set([8, 9], PART_BYTES - 2);
    expect((await stored()).equals(expected)).toBe(true);
  });

  test("goes on at the end afterwards", async () => {
    await writeAll([
      { position: 0, data: Uint8Array.of(0, 0, 0, 0) },
      { position: 0, data: Uint8Array.of(7) },
      { position: 4, data: Uint8Array.of(5) },
    ]);
    expect([...(await stored())]).toEqual([7, 0, 0, 0, 5]);
  });

  test("behind the first part is refused, a byte into it too", async () => {
    const whole = { position: 0, data: pattern(PART_BYTES + 2) };
    await expect(writeAll([whole, { position: PART_BYTES, data: Uint8Array.of(1) }])).rejects.toThrow(
      /behind/,
    );
    await expect(writeAll([whole, { position: PART_BYTES - 1, data: Uint8Array.of(1, 2) }])).rejects.toThrow(
      /behind/,
    );
    expect(await keys()).toEqual([]);
  });

  test("over the end, or beyond it, is refused", async () => {
    const start = { position: 0, data: Uint8Array.of(1, 2, 3) };
    await expect(writeAll([start, { position: 2, data: Uint8Array.of(1, 2) }])).rejects.toThrow(/gap/);
    await expect(writeAll([start, { position: 4, data: Uint8Array.of(1) }])).rejects.toThrow(/gap/);
  });
});

describe("an object given up", () => {
  test("leaves nothing, and says why to who waits for it", async () => {
    const { writable, finished } = createObjectWriter(bucket, KEY, "audio/mp4");
    const writer = writable.getWriter();
    await writer.write({ position: 0, data: pattern(2 * PART_BYTES) });
    await writer.abort(new Error("no more packets"));
    await expect(finished).rejects.toThrow("no more packets");
    expect(await keys()).toEqual([]);
  });
});
