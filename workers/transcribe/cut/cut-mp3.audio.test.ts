import { describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { join } from "../../../tests/support/audio/bytes.ts";
import { cutAndCompare, expectRightParts, makeSound } from "../../../tests/support/audio/cut-and-compare.ts";
import { createMemoryBucket } from "../../../tests/support/audio/memory-bucket.ts";
import { id3, noise } from "../../../tests/support/audio/synthetic-frames.ts";
import { planCuts } from "./plan-cuts.ts";
import { writePart } from "./write-part.ts";

/** The bit reservoir and the decoder's filters are filled before a part starts, so that all is exact. */
const FRAME = { frameMs: 24 };
const BARE = "-write_xing 0 -id3v2_version 0";

const bare = (rate = "128k") => makeSound("mp3", `-c:a libmp3lame -b:a ${rate} ${BARE}`);

/** Junk in which no decoder finds a frame. */
const junk = (length: number) => noise(length).map((byte) => Math.min(byte, 0xfe));

describe.skipIf(!hasFfmpeg)("every part of an MP3 decodes to the same stretch of it", () => {
  test("of constant bit rate", async () => {
    expectRightParts(await cutAndCompare(makeSound("mp3", "-c:a libmp3lame -b:a 128k"), "mp3"), FRAME);
  });

  test("of variable bit rate", async () => {
    const cut = await cutAndCompare(makeSound("mp3", "-c:a libmp3lame -q:a 3"), "mp3");
    expect(cut.plan.duration).toBeCloseTo(36, 6); // without what the encoder put in front and behind
    expectRightParts(cut, FRAME);
  });

  test("of variable bit rate without an Info frame", async () => {
    const cut = await cutAndCompare(makeSound("mp3", `-c:a libmp3lame -q:a 3 ${BARE}`), "mp3");
    expect(cut.plan.duration).toBeCloseTo(36.024, 6);
    expectRightParts(cut, FRAME);
  });

  test("of constant bit rate without an Info frame", async () => {
    expectRightParts(await cutAndCompare(bare(), "mp3"), FRAME);
  });

  test("of the smallest frames, whose reservoir reaches back furthest", async () => {
    const low = makeSound("mp3", "-c:a libmp3lame -b:a 24k -ar 16000 -ac 1");
    expectRightParts(await cutAndCompare(low, "mp3"), { frameMs: 36 });
  });

  test("of the largest frames", async () => {
    expectRightParts(await cutAndCompare(bare("320k"), "mp3"), FRAME);
  });

  test("with tags in the middle", async () => {
    const [first, second] = [bare(), bare("160k")];
    const tagged = join(first, id3(junk(50_000)), second);
    const cut = await cutAndCompare(tagged, "mp3", { without: join(first, second) });
    expect(cut.plan.duration).toBeCloseTo(2 * 36.024, 6);
    expectRightParts(cut, FRAME);
  });

  test("with junk in front and in the middle", async () => {
    const [first, second] = [bare(), bare("160k")];
    const damaged = join(junk(3000), first, junk(70_001), second);
    expectRightParts(await cutAndCompare(damaged, "mp3", { without: join(first, second) }), FRAME);
  });

  test("joined of files of different sample rates", async () => {
    const low = makeSound("mp3", `-c:a libmp3lame -b:a 64k -ar 24000 -ac 1 ${BARE}`);
    const cut = await cutAndCompare(join(bare(), low), "mp3");
    expect(cut.plan.duration).toBeCloseTo(36.024 + 36.048, 6);
    expect(cut.parts).toHaveLength(7);
    // What ffmpeg makes of the second half hangs on where it started to resample: its length tells.
    for (const { longer } of cut.parts) expect(Math.abs(longer)).toBeLessThan(13);
    for (const { likeness } of cut.parts.slice(0, 3)) expect(likeness).toBeGreaterThan(0.9999);
  });

  test("of layer II", async () => {
    const cut = await cutAndCompare(makeSound("mp2", "-c:a mp2 -b:a 192k"), "mp2");
    expectRightParts(cut, { frameMs: 24, likeness: 0.998, likenessAtStart: 0.9 }); // no Info frame tells of a run-up
  });
});

test.skipIf(!hasFfmpeg)(
  "an MP3 in free format, which ffmpeg does not know, is cut between frames",
  async () => {
    const bytes = bare().slice();
    const frameBytes = 384; // 128 kbit/s at 48 kHz, always
    for (let at = 0; at < bytes.length; at += frameBytes) bytes[at + 2] = (bytes[at + 2] ?? 0) & 0x0f;
    const { bucket, objects } = createMemoryBucket();
    objects.set("recording", bytes);
    const facts = { container: "mp3" as const, codec: "mp3", duration: 36.024, bytes: bytes.length };
    const plan = await planCuts(bucket, "recording", facts, { partSeconds: 10, overlapSeconds: 2 });
    expect(plan.duration).toBeCloseTo(36.024, 6);
    expect(plan.parts).toHaveLength(4);
    for (const { n, start, end } of plan.parts) {
      await writePart(bucket, "recording", plan, n, "part");
      const [from, to] = [start, end].map((seconds) => Math.round(seconds / 0.024) * frameBytes);
      expect(objects.get("part")).toEqual(bytes.subarray(from, to));
    }
  },
);
