import { describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { cutAndCompare, expectRightParts, makeSound } from "../../../tests/support/audio/cut-and-compare.ts";
import { type Content, createMemoryBucket } from "../../../tests/support/audio/memory-bucket.ts";
import { rf64Header, wavHeader } from "../../../tests/support/audio/wav.ts";
import { readWavHeader } from "../media/wav-header.ts";
import { readMediaFacts } from "../probe/media-facts.ts";
import { planCuts } from "./plan-cuts.ts";
import { wavHead } from "./wav-file.ts";
import { writePart } from "./write-part.ts";

/** Samples are cut between, so all is exact. */
const EXACT = { frameMs: 0 };

/** The recording with another size of its samples in the header. */
function withDataBytes(wav: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const bytes = wav.slice();
  const at = Buffer.from(bytes.buffer).indexOf("data");
  new DataView(bytes.buffer).setUint32(at + 4, size, true);
  return bytes;
}

/** A file of `bytes` that starts with `header`, and whose other bytes tell where they are. */
function sparse(header: Uint8Array, bytes: number): Content {
  return {
    length: bytes,
    subarray(from, to) {
      const part = new Uint8Array(Math.min(to, bytes) - from);
      for (let i = 0; i < part.length; i++) part[i] = header[from + i] ?? ((from + i) * 2654435761) >>> 24;
      return part;
    },
  };
}

describe.skipIf(!hasFfmpeg)("every part of a WAV is the same stretch of it, sample by sample", () => {
  test("of 16 bits", async () => {
    expectRightParts(await cutAndCompare(makeSound("wav", "-c:a pcm_s16le"), "wav"), EXACT);
  });

  test("of 24 bits", async () => {
    expectRightParts(await cutAndCompare(makeSound("wav", "-c:a pcm_s24le"), "wav"), EXACT);
  });

  test("of floating point numbers", async () => {
    expectRightParts(await cutAndCompare(makeSound("wav", "-c:a pcm_f32le"), "wav"), EXACT);
  });

  test("of telephone audio", async () => {
    expectRightParts(await cutAndCompare(makeSound("wav", "-c:a pcm_alaw -ar 8000 -ac 1"), "wav"), EXACT);
  });

  test("as RF64", async () => {
    expectRightParts(await cutAndCompare(makeSound("wav", "-c:a pcm_s16le -rf64 always"), "wav"), EXACT);
  });

  test("that was streamed, with a size of 0 or of all bits", async () => {
    const wav = makeSound("wav", "-c:a pcm_s16le -ar 16000");
    const streamed = withDataBytes(wav, 0xffffffff);
    expectRightParts(await cutAndCompare(streamed, "wav", { without: wav }), EXACT);
    expectRightParts(await cutAndCompare(withDataBytes(wav, 0), "wav", { without: wav }), EXACT);
  });
});

test("behind 4 GB an RF64 is cut at the right bytes", async () => {
  const dataBytes = 5_000_000_000;
  const header = rf64Header(dataBytes, 96_000);
  const { bucket, objects, asked } = createMemoryBucket();
  const recording = sparse(header, header.length + dataBytes);
  objects.set("recording", recording);
  const facts = await readMediaFacts(bucket, "recording", recording.length);
  if (!facts.ok) throw new Error(facts.error.message);
  const limits = { partSeconds: 12_000, overlapSeconds: 20 };
  const plan = await planCuts(bucket, "recording", { ...facts.value, bytes: recording.length }, limits);
  expect(plan.duration).toBeCloseTo(dataBytes / 96_000, 6);
  expect(plan.parts).toHaveLength(4);
  expect(asked.bytes).toBeLessThan(10_000_000);

  // The last part itself would be 1.4 GB: one that ends there as well stands for it.
  if (plan.kind !== "wav") throw new Error("not cut as a WAV");
  expect(plan.parts[3]?.ranges[0]?.[1]).toBe(recording.length);
  const from = recording.length - 1_000_000;
  const tail = {
    ...plan,
    parts: [{ n: 0, start: 0, end: 0, ranges: [[from, recording.length]] as [number, number][] }],
  };
  await writePart(bucket, "recording", tail, 0, "part");
  const part = objects.get("part") as Uint8Array;
  expect(part.subarray(part.length - 1_000_000)).toEqual(recording.subarray(from, recording.length));
});

test("a part with an odd number of bytes ends on an even one, as chunks do", async () => {
  const recording = sparse(wavHeader(160_001), 44 + 160_001);
  const { bucket, objects } = createMemoryBucket();
  objects.set("recording", recording);
  const facts = {
    container: "wav" as const,
    codec: "pcm-u8",
    duration: 160_001 / 8000,
    bytes: recording.length,
  };
  const plan = await planCuts(bucket, "recording", facts, { partSeconds: 30, overlapSeconds: 2 });
  await writePart(bucket, "recording", plan, 0, "part");
  const part = objects.get("part") as Uint8Array;
  expect(part.length).toBe(44 + 160_002);
  expect(part.subarray(44, -1)).toEqual(recording.subarray(44, recording.length));
  const read = async (at: number, length: number) => part.subarray(at, at + length);
  expect(await readWavHeader(read, part.length)).toMatchObject({
    value: { data: { offset: 44, bytes: 160_001 } },
  });
});

test("a part of more than 4 GB is an RF64, a byte less a WAV", async () => {
  const format = "0100010044ac000088580100020010 00".replace(" ", "");
  const headBytes = 44;
  const longest = 0xffffffff - headBytes - 1;
  for (const [dataBytes, text] of [
    [longest - (longest % 2), "RIFF"],
    [0xffffffff + 1, "RF64"],
  ] as const) {
    const head = wavHead({ format, blockBytes: 2 }, dataBytes);
    expect(String.fromCharCode(...head.subarray(0, 4))).toBe(text);
    const read = async (at: number, length: number) => head.subarray(at, at + length);
    expect(await readWavHeader(read, head.length + dataBytes)).toMatchObject({
      ok: true,
      value: { data: { offset: head.length, bytes: dataBytes } },
    });
  }
});
