import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { decode, findShift, likeness } from "../../../../tests/support/audio/compare-audio.ts";
import { makeSound } from "../../../../tests/support/audio/cut-and-compare.ts";
import { createMemoryBucket } from "../../../../tests/support/audio/memory-bucket.ts";
import { readMediaFacts } from "../../probe/media-facts.ts";
import { planCuts } from "../plan-cuts.ts";
import { writeReference } from "./write-reference.ts";

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

/** Every range is in the reference audio where it is said to be, to 30 ms. */
async function expectRightReference(bytes: Uint8Array, extension: string): Promise<void> {
  const { bucket, objects } = createMemoryBucket();
  objects.set("recording", bytes);
  const facts = await readMediaFacts(bucket, "recording", bytes.length);
  if (!facts.ok) throw new Error(facts.error.message);
  const plan = await planCuts(bucket, "recording", { ...facts.value, bytes: bytes.length }, LIMITS);
  const reference = await writeReference(bucket, "recording", plan, RANGES, "reference");
  expect(reference).toMatchObject({ container: plan.target, bytes: objects.get("reference")?.length });

  const folder = mkdtempSync(join(tmpdir(), "diarist-reference-"));
  try {
    const rate = facts.value.sampleRate;
    const decodeIn = (name: string, content: Uint8Array) => {
      writeFileSync(join(folder, name), content);
      return decode(join(folder, name), rate);
    };
    const original = decodeIn(`whole.${extension}`, bytes);
    const { samples, errors } = decodeIn(
      `reference.${reference.container}`,
      objects.get("reference") as Uint8Array,
    );
    expect(errors).toBe("");
    expect(Math.abs(samples.length / rate - reference.duration)).toBeLessThan(0.1);
    for (const [i, { start, end }] of RANGES.entries()) {
      const place = reference.places[i] ?? { start: 0, end: 0 };
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

describe.skipIf(!hasFfmpeg)("reference audio holds the ranges where it says", () => {
  test("WAV", () => expectRightReference(makeSound("wav", "-c:a pcm_s16le"), "wav"));

  test("MP3", () => expectRightReference(makeSound("mp3", "-c:a libmp3lame -q:a 3"), "mp3"));

  test("ADTS", () => expectRightReference(makeSound("aac", "-c:a aac -b:a 128k"), "aac"));

  test("FLAC", () => expectRightReference(makeSound("flac", "-c:a flac"), "flac"));

  test("AAC in M4A", () => expectRightReference(makeSound("m4a", "-c:a aac -b:a 96k"), "m4a"));

  test("Opus in Ogg", () => expectRightReference(makeSound("ogg", "-c:a libopus -b:a 48k"), "ogg"));

  test("Vorbis in Ogg", () => expectRightReference(makeSound("ogg", "-c:a libvorbis -q:a 3"), "ogg"));

  test("Opus in WebM", () => expectRightReference(makeSound("webm", "-c:a libopus -b:a 48k"), "webm"));

  test("FLAC in Matroska", () =>
    expectRightReference(makeSound("mkv", "-c:a flac", { hasVideo: true }), "mkv"));
});
