import { describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { join } from "../../../tests/support/audio/bytes.ts";
import { cutAndCompare, expectRightParts, makeSound } from "../../../tests/support/audio/cut-and-compare.ts";
import { id3, noise } from "../../../tests/support/audio/synthetic-frames.ts";

const FRAME = { frameMs: 96 };
const STREAM_INFO_AT = 8;

/** Without the number of samples, as writers that cannot go back leave it. */
function withoutTotal(flac: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = flac.slice();
  bytes[STREAM_INFO_AT + 13] = (bytes[STREAM_INFO_AT + 13] ?? 0) & 0xf0;
  return bytes.fill(0, STREAM_INFO_AT + 14, STREAM_INFO_AT + 34);
}

describe.skipIf(!hasFfmpeg)("every part of a FLAC is the same stretch of it, sample by sample", () => {
  test("as encoders write it", async () => {
    expectRightParts(await cutAndCompare(makeSound("flac", "-c:a flac"), "flac"), FRAME);
  });

  test("of 24 bits with small frames", async () => {
    const flac = makeSound("flac", "-c:a flac -sample_fmt s32 -frame_size 1152");
    expectRightParts(await cutAndCompare(flac, "flac"), { frameMs: 24 });
  });

  test("of one channel at 16 kHz", async () => {
    const flac = makeSound("flac", "-c:a flac -ar 16000 -ac 1");
    expectRightParts(await cutAndCompare(flac, "flac"), { frameMs: 288 });
  });

  test("of unknown length, behind a tag", async () => {
    const flac = withoutTotal(makeSound("flac", "-c:a flac"));
    const cut = await cutAndCompare(join(id3(noise(5000)), flac), "flac", { without: flac });
    expect(cut.plan.duration).toBe(36);
    expectRightParts(cut, FRAME);
  });

  test("joined of two, which no index tells", async () => {
    const flac = makeSound("flac", "-c:a flac");
    const cut = await cutAndCompare(join(flac, flac), "flac", { without: flac });
    expect(cut.plan.duration).toBe(72);
    expect(cut.parts).toHaveLength(7);
    // In the part with the joint numbers start again: ffmpeg plays all of it, and says that time goes backwards.
    for (const { longer } of cut.parts) expect(Math.abs(longer)).toBeLessThan(1);
    for (const { likeness, errors } of cut.parts.slice(0, 3)) {
      expect(likeness).toBeGreaterThan(0.9999);
      expect(errors).toBe("");
    }
  });
});
