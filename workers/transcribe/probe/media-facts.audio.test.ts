import { describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { join } from "../../../tests/support/audio/bytes.ts";
import { makeSound } from "../../../tests/support/audio/cut-and-compare.ts";
import { type Content, createMemoryBucket } from "../../../tests/support/audio/memory-bucket.ts";
import {
  adtsFrames,
  flacFile,
  id3,
  mpegFrames,
  noise,
} from "../../../tests/support/audio/synthetic-frames.ts";
import { rf64Header, wavHeader } from "../../../tests/support/audio/wav.ts";
import { readMediaFacts } from "./media-facts.ts";

/** What the probe says, and how often it read. */
async function probe(recording: Content) {
  const { bucket, objects, asked } = createMemoryBucket();
  objects.set("recording", recording);
  const facts = await readMediaFacts(bucket, "recording", recording.length);
  return { facts, ...asked };
}

/** The facts and the reads of a recording that can be sent. */
async function probeGood(recording: Content) {
  const { facts, reads, bytes } = await probe(recording);
  if (!facts.ok) throw new Error(facts.error.message);
  return { ...facts.value, reads, bytes };
}

/** A file of zeros behind a header. */
function zeros(header: Uint8Array, bytes: number): Content {
  return {
    length: bytes,
    subarray(from, to) {
      const part = new Uint8Array(Math.min(to, bytes) - from);
      part.set(header.subarray(Math.min(from, header.length), to));
      return part;
    },
  };
}

const junk = (length: number) => noise(length).map((byte) => Math.min(byte, 0xfe));
const withoutEnd = (bytes: Uint8Array, share: number) => bytes.subarray(0, Math.floor(bytes.length * share));

describe("WAV, in one read", () => {
  test("of unknown size, written as 0 or as all bits", async () => {
    const zero = await probeGood(zeros(wavHeader(0), 44 + 80_000));
    expect(zero).toMatchObject({ container: "wav", duration: 10, reads: 1 });
    const full = await probeGood(zeros(wavHeader(0xffffffff), 44 + 80_000));
    expect(full).toMatchObject({ duration: 10, reads: 1 });
  });

  test("of more than 4 GB, whose size has started again from 0", async () => {
    const dataBytes = 2 ** 32 + 80_000;
    const wrapped = await probeGood(zeros(wavHeader(80_000), 44 + dataBytes));
    expect(wrapped).toMatchObject({ duration: dataBytes / 8000, reads: 1 });
  });

  test("RF64 of more than 4 GB, and with a size that is not known", async () => {
    const dataBytes = 5_000_000_000;
    const header = rf64Header(dataBytes);
    const long = await probeGood(zeros(header, header.length + dataBytes));
    expect(long).toMatchObject({ duration: dataBytes / 8000, reads: 1 });
    const open = await probeGood(zeros(rf64Header(0), header.length + dataBytes));
    expect(open).toMatchObject({ duration: dataBytes / 8000, reads: 1 });
  });
});

describe("MP3", () => {
  test("without an Info frame is read once from front to end, so that the length is exact", async () => {
    const variable = Array.from({ length: 900 }, (_, i) =>
      i % 3 === 0
        ? mpegFrames(1, { header: [0xff, 0xfb, 0xe0, 0x04], length: 1044, seed: i })
        : mpegFrames(1, { seed: i }),
    );
    const mp3 = join(...variable);
    const facts = await probeGood(mp3);
    expect(facts).toMatchObject({ container: "mp3", channels: 2, sampleRate: 44_100, reads: 2 });
    expect(facts.duration).toBeCloseTo((900 * 1152) / 44_100, 6);
  });

  test.skipIf(!hasFfmpeg)("with an Info frame tells its length in one read", async () => {
    const facts = await probeGood(makeSound("mp3", "-c:a libmp3lame -q:a 3"));
    expect(facts.duration).toBeCloseTo(36, 6);
    expect(facts.reads).toBe(2); // the other one: whether it really ends where it says
  });

  test("behind a picture and junk is found", async () => {
    const facts = await probeGood(join(id3(junk(3_000_000)), mpegFrames(300)));
    expect(facts.duration).toBeCloseTo((300 * 1152) / 44_100, 6);
    expect(facts.reads).toBeLessThanOrEqual(12);
    const late = await probeGood(join(junk(400_000), mpegFrames(300)));
    expect(late.duration).toBeCloseTo((300 * 1152) / 44_100, 6);
    expect(late.reads).toBeLessThanOrEqual(12);
  });
});

test("ADTS is read once from front to end", async () => {
  const facts = await probeGood(adtsFrames(2000));
  expect(facts).toMatchObject({ container: "aac", channels: 2, sampleRate: 44_100, reads: 2 });
  expect(facts.duration).toBeCloseTo((2000 * 1024) / 44_100, 6);
});

describe("FLAC", () => {
  const blocks = Array<number>(5000).fill(4096);

  test("of unknown length tells it by its last frame", async () => {
    const facts = await probeGood(flacFile({ blocks, total: 0 }));
    expect(facts.duration).toBeCloseTo((5000 * 4096) / 44_100, 6);
    expect(facts.reads).toBeLessThanOrEqual(16);
  });

  test("that is cut off fails", async () => {
    const { facts } = await probe(withoutEnd(flacFile({ blocks }), 0.9));
    expect(facts).toMatchObject({ ok: false, error: { code: "upload_corrupt" } });
  });
});

describe.skipIf(!hasFfmpeg)("what the demuxer reads", () => {
  const AAC = "-c:a aac -b:a 96k";
  const OPUS = "-c:a libopus -b:a 48k";

  test("M4A with its index in front and at the end", async () => {
    const front = await probeGood(makeSound("m4a", `${AAC} -movflags +faststart`));
    expect(front).toMatchObject({ container: "m4a", codec: "aac" });
    expect(front.duration).toBeCloseTo(36, 3);
    expect(front.reads).toBeLessThanOrEqual(3);
    const end = await probeGood(makeSound("m4a", AAC));
    expect(end.duration).toBeCloseTo(36, 3);
    expect(end.reads).toBeLessThanOrEqual(4);
  });

  test("M4A in fragments", async () => {
    const facts = await probeGood(makeSound("m4a", `${AAC} -movflags +frag_keyframe+empty_moov`));
    expect(facts.duration).toBeCloseTo(36.02, 1);
    expect(facts.reads).toBeLessThanOrEqual(4);
  });

  test("Ogg, and a chain of two, of which all counts", async () => {
    const [opus, vorbis] = [makeSound("ogg", OPUS), makeSound("ogg", "-c:a libvorbis -q:a 3")];
    const single = await probeGood(opus);
    expect(single).toMatchObject({ container: "ogg", codec: "opus" });
    expect(single.duration).toBeCloseTo(36, 2);
    expect(single.reads).toBeLessThanOrEqual(6);
    const chain = await probeGood(join(opus, vorbis));
    expect(chain).toMatchObject({ container: "ogg", codec: "opus", channels: 2 });
    expect(chain.duration).toBeCloseTo(72, 2);
    expect(chain.reads).toBeLessThanOrEqual(3);
  });

  test("WebM of unknown length", async () => {
    const live = await probeGood(makeSound("webm", `${OPUS} -live 1`));
    expect(live.duration).toBeCloseTo(36, 1);
    expect(live.reads).toBeLessThanOrEqual(3);
  });

  test("a video's sound that ends before its picture, or starts behind it", async () => {
    const mkv = await probeGood(makeSound("mkv", OPUS, { hasVideo: true }));
    expect(mkv.duration).toBeCloseTo(36, 1);
    expect(mkv.reads).toBeLessThanOrEqual(4);
    const mp4 = await probeGood(makeSound("mp4", AAC, { hasVideo: true, soundStart: 3 }));
    expect(mp4.duration).toBeCloseTo(39, 1);
    expect(mp4.reads).toBeLessThanOrEqual(4);
  });

  test("an Ogg, WebM or Matroska file that is cut off fails", async () => {
    const corrupt = {
      ok: false,
      error: { code: "upload_corrupt", message: expect.stringContaining("cut off") },
    };
    expect((await probe(withoutEnd(makeSound("ogg", OPUS), 0.7))).facts).toMatchObject(corrupt);
    expect((await probe(withoutEnd(makeSound("webm", OPUS), 0.7))).facts).toMatchObject(corrupt);
    expect((await probe(makeSound("webm", OPUS).subarray(0, -1))).facts).toMatchObject(corrupt);
    const mkv = makeSound("mkv", AAC, { hasVideo: true });
    expect((await probe(withoutEnd(mkv, 0.95))).facts).toMatchObject(corrupt);
  });

  test("of a recording without its length a cut cannot be seen: what is there counts", async () => {
    const live = await probeGood(withoutEnd(makeSound("webm", `${OPUS} -live 1`), 0.5));
    expect(live.duration).toBeGreaterThan(15);
    expect(live.duration).toBeLessThan(21);
  });
});
