import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { decode, findShift, likeness } from "../../../../tests/support/audio/compare-audio.ts";
import { makeSound } from "../../../../tests/support/audio/cut-and-compare.ts";
import { createMemoryBucket } from "../../../../tests/support/workers/memory-bucket.ts";
import { readMediaFacts } from "../../probe/media-facts.ts";
import { planCuts } from "../plan-cuts.ts";
import { copyReel } from "./write-reference.ts";

const LIMITS = { partSeconds: 10, overlapSeconds: 2 };
/** Out of order, touching, one of them twice, and up to the last frames. */
const RANGES = [
  { start: 20, end: 23 },
  { start: 3.3, end: 5.1 },
  { start: 5.1, end: 7 },
  { start: 3.3, end: 5.1 },
  { start: 33.5, end: 35.8 },
];
const EXACT_SECONDS = 0.03;
/** Where frames of different places meet a decoder needs some time. */
const SETTLED_SECONDS = 0.2;

/** Every range is in the reel where it is said to be, to 30 ms. */
async function expectRightReel(bytes: Uint8Array, extension: string): Promise<void> {
  const { bucket, objects } = createMemoryBucket();
  objects.set("recording", bytes);
  const facts = await readMediaFacts(bucket, "recording", bytes.length);
  if (!facts.ok) throw new Error(facts.error.message);
  const plan = await planCuts(bucket, "recording", { ...facts.value, bytes: bytes.length }, LIMITS);
  const reel = await copyReel(bucket, "recording", plan, RANGES, "reel");
  expect(reel).toMatchObject({ container: plan.target, bytes: objects.get("reel")?.length });

  const folder = mkdtempSync(join(tmpdir(), "diarist-reel-"));
  try {
    const rate = facts.value.sampleRate;
    const decodeIn = (name: string, content: Uint8Array) => {
      writeFileSync(join(folder, name), content);
      return decode(join(folder, name), rate);
    };
    const original = decodeIn(`whole.${extension}`, bytes);
    const { samples, errors } = decodeIn(`reel.${reel.container}`, objects.get("reel") as Uint8Array);
    expect(errors).toBe("");
    expect(Math.abs(samples.length / rate - reel.duration)).toBeLessThan(0.1);
    for (const [i, { start, end }] of RANGES.entries()) {
      const place = reel.places[i] ?? { start: 0, end: 0 };
      expect(Math.abs(place.end - place.start - (end - start)), `length of ${i}`).toBeLessThan(EXACT_SECONDS);
      const piece = samples.subarray(
        Math.round((place.start + SETTLED_SECONDS) * rate),
        Math.round((place.end - SETTLED_SECONDS) * rate),
      );
      const expected = Math.round((start + SETTLED_SECONDS) * rate);
      const shift = findShift(original.samples, piece, expected, Math.ceil(EXACT_SECONDS * rate));
      expect(likeness(original.samples, piece, expected + shift), `range ${i}`).toBeGreaterThan(0.98);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(!hasFfmpeg)("a reel holds the ranges where it says", () => {
  test("WAV", () => expectRightReel(makeSound("wav", "-c:a pcm_s16le"), "wav"));

  test("MP3", () => expectRightReel(makeSound("mp3", "-c:a libmp3lame -q:a 3"), "mp3"));

  test("ADTS", () => expectRightReel(makeSound("aac", "-c:a aac -b:a 128k"), "aac"));

  test("FLAC", () => expectRightReel(makeSound("flac", "-c:a flac"), "flac"));

  test("AAC in M4A", () => expectRightReel(makeSound("m4a", "-c:a aac -b:a 96k"), "m4a"));

  test("Opus in Ogg", () => expectRightReel(makeSound("ogg", "-c:a libopus -b:a 48k"), "ogg"));

  test("Vorbis in Ogg", () => expectRightReel(makeSound("ogg", "-c:a libvorbis -q:a 3"), "ogg"));

  test("Opus in WebM", () => expectRightReel(makeSound("webm", "-c:a libopus -b:a 48k"), "webm"));

  test("FLAC in Matroska", () => expectRightReel(makeSound("mkv", "-c:a flac", { hasVideo: true }), "mkv"));
});
