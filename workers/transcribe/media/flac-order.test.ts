import { expect, test } from "vitest";
import { join } from "../../../tests/support/audio/bytes.ts";
import { createMemoryBucket } from "../../../tests/support/audio/memory-bucket.ts";
import { flacFile, id3, noise } from "../../../tests/support/audio/synthetic-frames.ts";
import { seekFlac } from "../cut/flac-seek.ts";
import { walkFlac } from "./flac-frames.ts";
import { measureFlac } from "./flac-order.ts";
import { openFlac } from "./flac-stream.ts";
import { readRangesOf } from "./range-reader.ts";

const BLOCK = 4096;
const fixed = (count: number, last = BLOCK) => [...Array<number>(count - 1).fill(BLOCK), last];
const START_BYTES = 42;

async function open(bytes: Uint8Array) {
  const { bucket, objects, asked } = createMemoryBucket();
  objects.set("a", bytes);
  const stream = await openFlac(readRangesOf(bucket, "a"), bytes.length);
  if (!stream) throw new Error("not a FLAC stream");
  return { stream, asked };
}

test("the length is that of the last frame's number", async () => {
  const blocks = fixed(5000, 1000);
  const { stream, asked } = await open(flacFile({ blocks, total: 0 }));
  const samples = 4999 * BLOCK + 1000;
  expect(await measureFlac(stream)).toEqual({ samples, first: 0, isOrdered: true });
  expect(asked.bytes).toBeLessThan(2_500_000); // however long it is
});

test("of variable blocks, of a piece of another file, and with tags the length is right too", async () => {
  const blocks = [4096, 1152, 4608, 192, 4096, 576, 2304];
  const samples = blocks.reduce((sum, block) => sum + block, 0);
  const variable = await open(flacFile({ blocks, isVariable: true }));
  expect(await measureFlac(variable.stream)).toEqual({ samples, first: 0, isOrdered: true });
  const piece = await open(flacFile({ blocks: fixed(2500), firstNumber: 1_000_000 }));
  const first = 1_000_000 * BLOCK;
  expect(await measureFlac(piece.stream)).toEqual({ samples: 2500 * BLOCK, first, isOrdered: true });
  const tail = join(new TextEncoder().encode("TAG"), new Uint8Array(125));
  const tagged = await open(join(id3(noise(3000)), flacFile({ blocks: fixed(20) }), tail));
  expect(await measureFlac(tagged.stream)).toEqual({ samples: 20 * BLOCK, first: 0, isOrdered: true });
  expect(tagged.stream.frames[0]).toBe(3010 + START_BYTES);
});

test("in joined files all frames count", async () => {
  const short = await open(
    join(flacFile({ blocks: fixed(30, 77) }), flacFile({ blocks: fixed(30, 77), seed: 9 })),
  );
  expect(await measureFlac(short.stream)).toMatchObject({ samples: 2 * (29 * BLOCK + 77), isOrdered: false });
  const long = await open(
    join(flacFile({ blocks: fixed(3000) }), flacFile({ blocks: fixed(3000), seed: 9 })),
  );
  expect(await measureFlac(long.stream)).toMatchObject({ samples: 6000 * BLOCK, isOrdered: false });
});

test("what only looks like a frame is none", async () => {
  const frames = flacFile({ blocks: fixed(40) });
  const decoy = flacFile({ blocks: [BLOCK], firstNumber: 70 }).subarray(START_BYTES);
  // A header with a right checksum, in the middle of a frame.
  const bytes = join(frames.subarray(0, 242), decoy.subarray(0, 12), frames.subarray(254));
  const { stream } = await open(bytes);
  const samples: number[] = [];
  await walkFlac(stream, ...stream.frames, ({ sample }) => {
    samples.push(sample);
  });
  expect(samples).toEqual(Array.from({ length: 40 }, (_, i) => i * BLOCK));
});

test("behind damage the walk goes on", async () => {
  const bytes = flacFile({ blocks: fixed(100) });
  bytes.fill(0x55, 10_000, 14_000);
  const { stream } = await open(bytes);
  const offsets: number[] = [];
  await walkFlac(stream, ...stream.frames, ({ offset }) => {
    offsets.push(offset);
  });
  expect(offsets.length).toBeGreaterThanOrEqual(90);
  expect(offsets.length).toBeLessThan(93);
});

test("a place is found by its sample in a few reads", async () => {
  const count = 20_000;
  const { stream, asked } = await open(flacFile({ blocks: fixed(count) }));
  const low = { offset: stream.frames[0], sample: 0 };
  const high = { offset: stream.frames[1], sample: count * BLOCK };
  asked.reads = 0;
  for (const frame of [0, 1, 777, 9_999, 19_998, 19_999]) {
    const found = await seekFlac(stream, frame * BLOCK + 17, low, high);
    expect(found).toMatchObject({ sample: frame * BLOCK, blockSize: BLOCK });
  }
  expect(asked.reads).toBeLessThan(6 * 4);
});
