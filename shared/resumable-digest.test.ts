import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openDigest } from "./resumable-digest.ts";

const BYTES = randomBytes(200_000);
const SHA256 = createHash("sha256").update(BYTES).digest("hex");

describe("a digest", () => {
  test("is SHA-256", () => {
    const digest = openDigest();
    digest.update(BYTES);
    expect(digest.hex()).toBe(SHA256);
    expect(openDigest().hex()).toBe(createHash("sha256").digest("hex"));
  });

  test.each([0, 1, 55, 56, 63, 64, 65, 127, 128, 100_000, 131_072, 200_000])(
    "that was saved after %i bytes and opened again is the same",
    (length) => {
      const first = openDigest();
      first.update(BYTES.subarray(0, length));
      const second = openDigest(first.save());
      second.update(BYTES.subarray(length));
      expect(second.hex()).toBe(SHA256);
    },
  );

  test("goes on beyond 4 GiB, where a count of 32 bits ends", () => {
    // The state behind 4 GiB of zeros; `head -c 4294967297 /dev/zero | sha256sum` is what follows from it.
    const state = "100000000.8ffe48e8fe68159506d4999ee2b1ac4c3e5b953cd5f8bb95e8082d4e8df5e99a.";
    const digest = openDigest(state);
    digest.update(new Uint8Array(1));
    expect(digest.hex()).toBe("fbb82f7b353676bb562eb82157fcf0ea42c36492ca13ee56dbf82c08b6802c5c");
  });

  test("whose state is no state is refused", () => {
    expect(() => openDigest("")).toThrow(/no state/);
    expect(() => openDigest("40.abcd.")).toThrow(/no state/);
  });
});
