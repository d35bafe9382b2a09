import { expect, test } from "vitest";
import { join } from "../../../tests/support/audio/bytes.ts";
import { id3, mpegFrames, noise } from "../../../tests/support/audio/synthetic-frames.ts";
import { makeInfoFrame } from "../cut/mpeg-lead.ts";
import { readMpegPromise, walkMpeg } from "./mpeg-stream.ts";

const FRAME_SECONDS = 1152 / 44_100;
const FREE = { header: [0xff, 0xfb, 0x00, 0x04], length: 333 };
const MPEG_2 = { header: [0xff, 0xf3, 0x40, 0xc4], length: 104 }; // 22.05 kHz, mono, 32 kbit/s

const readerOf = (bytes: Uint8Array) => async (offset: number, length: number) =>
  bytes.subarray(offset, offset + length);

async function walk(bytes: Uint8Array) {
  const offsets: number[] = [];
  const starts: number[] = [];
  const { duration } = await walkMpeg(readerOf(bytes), bytes.length, ({ offset, start }) => {
    offsets.push(offset);
    starts.push(start);
  });
  return { offsets, starts, duration };
}

function infoFrame(frames: number, audioBytes: number, gapless: { skipped: number; padding: number } | null) {
  const { skipped, padding } = gapless ?? { skipped: null, padding: 0 };
  return makeInfoFrame(mpegFrames(1), 0, { frames, audioBytes, skipped, padding });
}

test("every frame is found, and its time", async () => {
  const { offsets, starts, duration } = await walk(mpegFrames(100));
  expect(offsets).toEqual(Array.from({ length: 100 }, (_, i) => i * 417));
  expect(starts[99]).toBeCloseTo(99 * FRAME_SECONDS, 9);
  expect(duration).toBeCloseTo(100 * FRAME_SECONDS, 9);
});

test("tags in front, in the middle and at the end are passed over, whatever is in them", async () => {
  const picture = mpegFrames(40, { seed: 7 }); // looks like audio all through
  const apeHeader = Uint8Array.of(
    0xd0,
    7,
    0,
    0,
    64,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0xa0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  );
  const ape = join(new TextEncoder().encode("APETAGEX"), apeHeader, mpegFrames(1).subarray(0, 64));
  const old = join(new TextEncoder().encode("TAG"), new Uint8Array(125));
  const audio = mpegFrames(30);
  const { offsets } = await walk(join(id3(picture), id3(noise(50)), audio, id3(picture), audio, ape, old));
  expect(offsets).toHaveLength(60);
  expect(offsets[0]).toBe(10 + picture.length + 60);
  expect(offsets[30]).toBe((offsets[0] ?? 0) + 30 * 417 + 10 + picture.length);
});

test("junk of any length is passed over, and a header in it is not believed", async () => {
  const audio = mpegFrames(20);
  const alone = join(noise(700, 3), audio.subarray(0, 4), noise(900, 4)); // no frame behind it
  expect((await walk(join(noise(3000), audio))).offsets).toHaveLength(20);
  expect((await walk(join(audio, noise(3_000_000, 9), audio))).offsets).toHaveLength(40);
  expect((await walk(join(audio, alone, audio))).offsets).toHaveLength(40);
  expect((await walk(join(audio, audio.subarray(0, 200)))).offsets).toHaveLength(20);
  expect((await walk(noise(100_000))).offsets).toEqual([]);
});

test("a tag that claims more than there is, is junk", async () => {
  const liar = id3(noise(20)).fill(0x7f, 6, 10);
  expect((await walk(join(mpegFrames(10), liar, mpegFrames(10)))).offsets).toHaveLength(20);
});

test("in joined files of different rates time goes on", async () => {
  const { starts, duration } = await walk(join(mpegFrames(10), mpegFrames(10, MPEG_2), mpegFrames(10)));
  expect(starts).toHaveLength(30);
  expect(duration).toBeCloseTo(30 * FRAME_SECONDS, 9); // 576 samples at 22.05 kHz are as long
});

test("in free format the way to the next header is the length", async () => {
  const { offsets } = await walk(join(noise(1000), mpegFrames(20, FREE)));
  expect(offsets).toEqual(Array.from({ length: 20 }, (_, i) => 1000 + i * 333));
});

test("an Info frame in front is no audio, and what it says of delay and padding is left out", async () => {
  const audio = mpegFrames(100);
  const gapless = await walk(join(infoFrame(100, audio.length, { skipped: 1105, padding: 1000 }), audio));
  expect(gapless.offsets).toHaveLength(100);
  expect(gapless.duration).toBeCloseTo((100 * 1152 - 1105 - (1000 - 529)) / 44_100, 9);
  expect(gapless.starts[0]).toBeCloseTo(-1105 / 44_100, 9);
  const plain = await walk(join(infoFrame(100, audio.length, null), audio));
  expect(plain.duration).toBeCloseTo(100 * FRAME_SECONDS, 9);
});

test("an Info frame is no audio behind a tag or junk, and plays as silence right behind a frame", async () => {
  const audio = mpegFrames(10);
  const info = infoFrame(10, audio.length, { skipped: 1105, padding: 0 });
  expect((await walk(join(audio, id3(noise(9)), info, audio))).offsets).toHaveLength(20);
  expect((await walk(join(audio, info, audio))).offsets).toHaveLength(21);
  const late = await walk(join(noise(500), info, audio));
  expect(late.offsets).toHaveLength(10);
  expect(late.starts[0]).toBe(0);
});

test("an Info frame is believed when its bytes end with the file or with tags", async () => {
  const audio = mpegFrames(100);
  const info = infoFrame(100, audio.length, { skipped: 1105, padding: 529 });
  const promiseOf = (bytes: Uint8Array) => readMpegPromise(readerOf(bytes), bytes.length);
  const seconds = (100 * 1152 - 1105) / 44_100;
  expect(await promiseOf(join(info, audio))).toBeCloseTo(seconds, 9);
  expect(await promiseOf(join(id3(noise(99)), info, audio))).toBeCloseTo(seconds, 9);
  expect(await promiseOf(join(info, audio, id3(noise(99))))).toBeCloseTo(seconds, 9);
  expect(await promiseOf(join(info, audio, audio))).toBeNull();
  expect(await promiseOf(join(info, audio).subarray(0, 30_000))).toBeNull();
  expect(await promiseOf(audio)).toBeNull();
});
