import { describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { createRandom, type Random } from "../../../dev/marker-speech/random.ts";
import { join } from "../../../tests/support/audio/bytes.ts";
import { makeSound } from "../../../tests/support/audio/cut-and-compare.ts";
import { createMemoryBucket } from "../../../tests/support/audio/memory-bucket.ts";
import {
  adtsFrames,
  flacFile,
  id3,
  mpegFrames,
  noise,
} from "../../../tests/support/audio/synthetic-frames.ts";
import { makeWav } from "../../../tests/support/audio/wav.ts";
import { isThorough } from "../../../tests/support/run/thorough.ts";
import { readMediaFacts } from "../probe/media-facts.ts";
import { CannotCut } from "./cannot-cut.ts";
import { planCuts } from "./plan-cuts.ts";
import { writePart } from "./write-part.ts";

const CODES = ["upload_corrupt", "unsupported_format", "no_audio_track"];
/** Of one file: a parser that loops, or reads every byte by itself, is far beyond. */
const MOST_READS = 300;
/** Times the file: candidates are looked for by several parsers, and each part is read. */
const MOST_READ = 60;

type Bytes = Uint8Array<ArrayBuffer>;

function pick(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** Damage as it happens to files: bits, holes, ends, pieces lost, doubled or from elsewhere. */
function damage(bytes: Bytes, random: Random): Bytes {
  const at = pick(random, bytes.length);
  const length = pick(random, Math.min(20_000, bytes.length - at)) + 1;
  switch (pick(random, 7)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return join(bytes.subarray(0, at), bytes.subarray(at + length));
    case 2:
      return join(bytes.subarray(0, at), noise(length, at + 1), bytes.subarray(at));
    case 3:
      return join(bytes.subarray(0, at + length), bytes.subarray(at));
    case 4:
      return bytes.slice().fill(pick(random, 2) * 255, at, at + length);
    case 5: {
      const front = bytes.slice(); // where headers are
      for (let i = 0; i < 8; i++) front[pick(random, Math.min(400, front.length))] = pick(random, 256);
      return front;
    }
    default: {
      const flipped = bytes.slice();
      for (let i = 0; i < 50; i++) flipped[pick(random, flipped.length)] = pick(random, 256);
      return flipped;
    }
  }
}

/** Probes, cuts and writes all parts; the outcome is one that is documented, and found with bounded work. */
async function survive(bytes: Bytes, what: string): Promise<"refused" | "uncut" | "cut"> {
  const { bucket, objects, asked } = createMemoryBucket();
  objects.set("recording", bytes);
  let outcome: "refused" | "uncut" | "cut" = "refused";
  const facts = await readMediaFacts(bucket, "recording", bytes.length);
  if (facts.ok) {
    expect(facts.value.duration, what).toBeGreaterThan(0);
    const limits = { partSeconds: Math.max(2, facts.value.duration / 4), overlapSeconds: 0.5 };
    outcome = await cut(bucket, { ...facts.value, bytes: bytes.length }, limits);
  } else {
    expect(CODES, what).toContain(facts.error.code);
  }
  expect(asked.reads, what).toBeLessThan(MOST_READS);
  expect(asked.bytes, what).toBeLessThan(MOST_READ * Math.max(bytes.length, 100_000));
  return outcome;
}

async function cut(
  bucket: R2Bucket,
  facts: Parameters<typeof planCuts>[2],
  limits: Parameters<typeof planCuts>[3],
): Promise<"uncut" | "cut"> {
  try {
    const plan = await planCuts(bucket, "recording", facts, limits);
    for (const { n } of plan.parts) await writePart(bucket, "recording", plan, n, "part");
    return "cut";
  } catch (error) {
    if (!(error instanceof CannotCut)) throw error;
    expect(CODES).toContain(error.failure.code);
    return "uncut";
  }
}

/** Damages a recording again and again; some of them must still be cut, and the whole one always. */
async function fuzz(whole: Bytes, thoroughRounds: number): Promise<void> {
  const rounds = isThorough ? thoroughRounds : thoroughRounds / 5;
  const random = createRandom(whole.length);
  expect(await survive(whole, "whole")).toBe("cut");
  let cuts = 0;
  for (let round = 0; round < rounds; round++) {
    let bytes = damage(whole, random);
    if (round % 3 === 0 && bytes.length > 0) bytes = damage(bytes, random);
    if (bytes.length > 0 && (await survive(bytes, `round ${round}`)) === "cut") cuts++;
  }
  expect(cuts).toBeGreaterThan(0);
}

describe("damaged files end as documented, with bounded work", () => {
  test("WAV", () => fuzz(new Uint8Array(makeWav(20)), 60));

  test("MP3", () => fuzz(join(id3(noise(500)), mpegFrames(700)), 60));

  test("MP3 in free format", () =>
    fuzz(mpegFrames(700, { header: [0xff, 0xfb, 0x00, 0x04], length: 333 }), 60));

  test("ADTS", () => fuzz(adtsFrames(800), 60));

  test("FLAC", () => fuzz(flacFile({ blocks: Array<number>(250).fill(4096) }), 60));

  test("FLAC of variable blocks", () =>
    fuzz(
      flacFile({ blocks: Array.from({ length: 250 }, (_, i) => 2000 + (i % 7) * 300), isVariable: true }),
      40,
    ));
});

describe.skipIf(!hasFfmpeg)("damaged files of the demuxer end as documented, with bounded work", () => {
  const AAC = "-c:a aac -b:a 48k -ac 1 -t 20";
  const OPUS = "-c:a libopus -b:a 24k -ac 1 -t 20";

  test("M4A", () => fuzz(makeSound("m4a", AAC), 40));

  test("M4A in fragments", () => fuzz(makeSound("m4a", `${AAC} -movflags +frag_keyframe+empty_moov`), 30));

  test("Ogg", () => fuzz(makeSound("ogg", OPUS), 40));

  test("WebM", () => fuzz(makeSound("webm", `${OPUS} -live 1`), 40));

  test("Matroska", () => fuzz(makeSound("mkv", AAC), 40));
});
