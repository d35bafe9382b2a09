import { expect, test } from "vitest";
import { join } from "../../../tests/support/audio/bytes.ts";
import { adtsFrames, id3, noise } from "../../../tests/support/audio/synthetic-frames.ts";
import { walkAdts } from "./adts-stream.ts";

const FRAME_SECONDS = 1024 / 44_100;

async function walk(bytes: Uint8Array) {
  const offsets: number[] = [];
  const { first, duration } = await walkAdts(
    async (at, length) => bytes.subarray(at, at + length),
    bytes.length,
    ({ offset }) => {
      offsets.push(offset);
    },
  );
  return { offsets, first, duration };
}

test("every frame is found, and how long all play", async () => {
  const { offsets, first, duration } = await walk(adtsFrames(50));
  expect(offsets).toEqual(Array.from({ length: 50 }, (_, i) => i * 300));
  expect(first?.header).toEqual({ sampleRate: 44_100, channels: 2 });
  expect(duration).toBeCloseTo(50 * FRAME_SECONDS, 9);
});

test("tags, junk and a frame cut short do not count", async () => {
  const audio = adtsFrames(20);
  const bytes = join(id3(noise(80)), audio, id3(audio), noise(5000), audio, audio.subarray(0, 100));
  expect((await walk(bytes)).offsets).toHaveLength(40);
});

test("frames of several blocks play longer", async () => {
  const audio = adtsFrames(10);
  for (let i = 0; i < 10; i++) audio[i * 300 + 6] = 0xff; // four raw data blocks
  expect((await walk(audio)).duration).toBeCloseTo(40 * FRAME_SECONDS, 9);
});
