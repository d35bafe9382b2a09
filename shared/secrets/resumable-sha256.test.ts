import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { resumeSha256, stateOf } from "./resumable-sha256.ts";

const BYTES = randomBytes(200_000);

function hex(hash: ReturnType<typeof resumeSha256>): string {
  return Buffer.from(hash.digest()).toString("hex");
}

describe("a digest", () => {
  test.each([0, 64, 128, 131_072, 199_936])(
    "whose state was kept after %i bytes continues to the same hash",
    (length) => {
      const before = resumeSha256(null, 0).update(BYTES.subarray(0, length));
      const after = resumeSha256(stateOf(before), length).update(BYTES.subarray(length));
      expect(hex(after)).toBe(createHash("sha256").update(BYTES).digest("hex"));
    },
  );

  test("continues beyond 4 GiB, where a count of 32 bits ends", () => {
    // The state behind 4 GiB of zeros; `head -c 4294967297 /dev/zero | sha256sum` is what follows from it.
    const state = "8ffe48e8fe68159506d4999ee2b1ac4c3e5b953cd5f8bb95e8082d4e8df5e99a";
    const hash = resumeSha256(state, 2 ** 32).update(new Uint8Array(1));
    expect(hex(hash)).toBe("fbb82f7b353676bb562eb82157fcf0ea42c36492ca13ee56dbf82c08b6802c5c");
  });

  test("cannot be kept within a block", () => {
    expect(() => stateOf(resumeSha256(null, 0).update(BYTES.subarray(0, 65)))).toThrow(RangeError);
    expect(() => resumeSha256("00".repeat(32), 65)).toThrow(RangeError);
  });
});
