/** Cuts a recording by its plan, and has ffmpeg say whether the parts are the recording. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { ROOT } from "../../../dev/root.ts";
import type { CutLimits, CutPlan } from "../../../workers/transcribe/cut/plan.ts";
import { planCuts } from "../../../workers/transcribe/cut/plan-cuts.ts";
import { writePart } from "../../../workers/transcribe/cut/write-part.ts";
import type { MediaFacts } from "../../../workers/transcribe/media/container.ts";
import { readMediaFacts } from "../../../workers/transcribe/probe/media-facts.ts";
import { decode, ffmpeg, findShift, likeness } from "./compare-audio.ts";
import { createMemoryBucket } from "./memory-bucket.ts";

const SHELF = join(ROOT, "build", "cut-audio");
/** Tones that wander, pauses, and a hiss that is nowhere the same: a shift by one sample shows. */
const SOUND =
  "aevalsrc='0.4*sin(2*PI*(180+60*sin(0.37*t))*t)*max(0,sin(2*PI*0.4*t))|0.3*sin(2*PI*(240+90*sin(0.23*t))*t)*max(0,sin(2*PI*0.4*t))'";
const SECONDS = 36;
const LIMITS: CutLimits = { partSeconds: 10, overlapSeconds: 2 };

type Bytes = Uint8Array<ArrayBuffer>;

/** 36 s of stereo sound at 48 kHz in a format: what ffmpeg makes of it with these arguments. Made once, and kept. */
export function makeSound(
  extension: string,
  encode: string,
  { hasVideo = false, soundStart = 0 } = {},
): Bytes {
  const video = hasVideo ? ["-f", "lavfi", "-i", `color=size=64x64:rate=5:duration=${SECONDS + 4}`] : [];
  const sound = ["-filter_complex", `[0]asetpts=PTS+${soundStart}/TB[sound]`, "-map", "[sound]"];
  const picture = hasVideo ? ["-map", "1:v", "-c:v", "libx264", "-preset", "ultrafast"] : [];
  const args = [...video, ...sound, ...picture, ...encode.split(" ")];
  return new Uint8Array(readFileSync(onShelf(extension, ["-i", makeSamples(), ...args])));
}

/** The sound itself, whose formula takes longer to compute than most formats to encode. */
function makeSamples(): string {
  const tones = ["-f", "lavfi", "-i", `${SOUND}:s=48000:d=${SECONDS}`];
  const hiss = ["-f", "lavfi", "-i", `anoisesrc=d=${SECONDS}:c=white:a=0.05:r=48000:seed=7`];
  const mix = ["-filter_complex", "[0][1]amix=inputs=2:normalize=0[sound]", "-map", "[sound]"];
  return onShelf("wav", [...tones, ...hiss, ...mix, "-c:a", "pcm_f32le"]);
}

/** The path of what ffmpeg makes with these arguments. */
function onShelf(extension: string, args: string[]): string {
  mkdirSync(SHELF, { recursive: true });
  const name = createHash("sha256").update(args.join(" ")).digest("hex").slice(0, 16);
  const path = join(SHELF, `${name}.${extension}`);
  if (existsSync(path)) return path;
  const draft = join(SHELF, `${name}.${process.pid}.${extension}`);
  ffmpeg([...args, draft]);
  renameSync(draft, path);
  return path;
}

type CheckedPart = {
  start: number;
  end: number;
  /** How much longer ffmpeg plays it than the plan says, in ms. */
  longer: number;
  /** How much later than the plan says it lies in the recording, in ms; looked for as far as is allowed. */
  later: number;
  /** What ffmpeg complained about. */
  errors: string;
  /** With the same stretch of the decoded recording: of all, and of the first tenth of a second. 1: the same. */
  likeness: number;
  likenessAtStart: number;
};

type Cut = { facts: MediaFacts; plan: CutPlan; parts: CheckedPart[]; isRepeatable: boolean };

type CutOptions = {
  /** What the recording is without what is to be left out of the parts. */
  without?: Uint8Array;
  /** Where a decoder's first sample lies in the recording, in seconds. */
  soundStart?: number;
  /** How far off a start may be where the container rounds times, in ms. */
  roundedMs?: number;
};

/** @throws Error when the probe refuses the recording */
export async function cutAndCompare(
  bytes: Uint8Array,
  extension: string,
  { without = bytes, soundStart = 0, roundedMs = 0 }: CutOptions = {},
): Promise<Cut> {
  const { bucket, objects } = createMemoryBucket();
  objects.set("recording", bytes);
  const facts = await readMediaFacts(bucket, "recording", bytes.length);
  if (!facts.ok) throw new Error(facts.error.message);
  const planIt = () => planCuts(bucket, "recording", { ...facts.value, bytes: bytes.length }, LIMITS);
  const plan = await planIt();
  const isRepeatable = JSON.stringify(await planIt()) === JSON.stringify(plan);
  const folder = mkdtempSync(join(tmpdir(), "diarist-cut-"));
  try {
    const rate = facts.value.sampleRate;
    const original = decode(store(folder, `whole.${extension}`, without), rate);
    const parts: CheckedPart[] = [];
    for (const { n, start, end } of plan.parts) {
      await writePart(bucket, "recording", plan, n, "part");
      const path = store(folder, `part-${n}.${plan.target}`, objects.get("part") as Uint8Array);
      const { samples, errors } = decode(path, rate);
      const expected = Math.round((start - soundStart) * rate);
      const later = findShift(original.samples, samples, expected, Math.ceil((roundedMs / 1000) * rate));
      const from = expected + later;
      parts.push({
        start,
        end,
        longer: (samples.length / rate - (end - start)) * 1000,
        later: (later / rate) * 1000,
        errors,
        likeness: likeness(original.samples, samples, from),
        likenessAtStart: likeness(original.samples, samples.subarray(0, rate / 10), from),
      });
    }
    return { facts: facts.value, plan, parts, isRepeatable };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function store(folder: string, name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

type Tolerance = {
  /** A frame of the format, in ms: parts are whole frames, and what an encoder put behind the end is played. */
  frameMs: number;
  likeness?: number;
  /** Where decoders are told of no run-up the first frame or two fade in. */
  likenessAtStart?: number;
  likenessAtFirst?: number;
};

/** The parts decode without complaint, are the recording where they say, and leave nothing out. */
export function expectRightParts(
  { plan, parts, isRepeatable }: Cut,
  { frameMs, likeness: least = 0.9999, likenessAtStart = 0.999, likenessAtFirst = 0.999 }: Tolerance,
): void {
  expect(isRepeatable).toBe(true);
  expect(parts.length).toBeGreaterThanOrEqual(3);
  for (const [n, part] of parts.entries()) {
    expect({ n, errors: part.errors }).toEqual({ n, errors: "" });
    expect(part.likeness, `part ${n}`).toBeGreaterThan(least);
    expect(part.likenessAtStart, `start of part ${n}`).toBeGreaterThan(
      n === 0 ? likenessAtFirst : likenessAtStart,
    );
    const isLast = n === parts.length - 1;
    expect(Math.abs(part.longer), `length of part ${n}`).toBeLessThan(isLast ? frameMs + 1 : 1.1);
    const next = parts[n + 1];
    if (!next) continue;
    const overlap = part.end - next.start;
    expect(overlap, `overlap behind part ${n}`).toBeGreaterThan(LIMITS.overlapSeconds - 1e-5);
    expect(overlap).toBeLessThan(LIMITS.overlapSeconds + (2 * frameMs) / 1000 + 1e-3);
  }
  expect(parts.at(-1)?.end).toBeCloseTo(plan.duration, 5);
}
