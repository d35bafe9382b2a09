import { describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { join } from "../../../tests/support/audio/bytes.ts";
import { cutAndCompare, expectRightParts, makeSound } from "../../../tests/support/audio/cut-and-compare.ts";
import { id3, noise } from "../../../tests/support/audio/synthetic-frames.ts";

/** ADTS has no word for a run-up: the first frame fades in, and the decoder draws new noise. */
const FADED = { frameMs: 22, likeness: 0.997, likenessAtStart: 0.8 };

const sound = () => makeSound("aac", "-c:a aac -b:a 128k");
const junk = (length: number) => noise(length).map((byte) => Math.min(byte, 0xfe));

describe.skipIf(!hasFfmpeg)("every part of an ADTS stream decodes to the same stretch of it", () => {
  test("as encoders write it", async () => {
    const cut = await cutAndCompare(sound(), "aac");
    expect(cut.plan.target).toBe("aac");
    expectRightParts(cut, FADED);
  });

  test("of a low rate in mono", async () => {
    const low = makeSound("aac", "-c:a aac -b:a 32k -ar 16000 -ac 1");
    expectRightParts(await cutAndCompare(low, "aac"), { ...FADED, frameMs: 64, likenessAtStart: 0.5 });
  });

  test("with a tag and junk in the middle", async () => {
    const damaged = join(id3(junk(900)), sound(), id3(junk(40_000)), sound(), junk(9_001), sound());
    const without = join(sound(), sound(), sound());
    expectRightParts(await cutAndCompare(damaged, "aac", { without }), FADED);
  });
});
