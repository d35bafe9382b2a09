/** Cuts a recording by its plan, and has ffmpeg say whether the parts are the recording. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CutLimits, CutPlan } from "../../workers/transcribe/cut/plan.ts";
import { planCuts } from "../../workers/transcribe/cut/plan-cuts.ts";
import { writePart } from "../../workers/transcribe/cut/write-part.ts";
import { type MediaFacts, readMediaFacts } from "../../workers/transcribe/probe/media-facts.ts";
import { decode, ffmpeg, likeness } from "./compare-audio.ts";
import { createMemoryBucket, type MemoryBucket } from "./memory-bucket.ts";

const SHELF = join(import.meta.dirname, "..", "..", "build", "cut-audio");
/** Tones that wander, pauses, and a hiss that is nowhere the same: a shift by one sample shows. */
const SOUND =
  "aevalsrc='0.4*sin(2*PI*(180+60*sin(0.37*t))*t)*max(0,sin(2*PI*0.4*t))|0.3*sin(2*PI*(240+90*sin(0.23*t))*t)*max(0,sin(2*PI*0.4*t))'";
export const SECONDS = 70;
export const LIMITS: CutLimits = { partSeconds: 20, overlapSeconds: 4 };

/** 70 s of stereo sound at 48 kHz in a format: what ffmpeg makes of it with these arguments. Made once, and kept. */
export function makeSound(extension: string, encode: string, seconds = SECONDS): Uint8Array<ArrayBuffer> {
  mkdirSync(SHELF, { recursive: true });
  const name = createHash("sha256").update(`${SOUND}${encode}${seconds}`).digest("hex").slice(0, 16);
  const path = join(SHELF, `${name}.${extension}`);
  if (!existsSync(path)) {
    const tones = ["-f", "lavfi", "-i", `${SOUND}:s=48000:d=${seconds}`];
    const hiss = ["-f", "lavfi", "-i", `anoisesrc=d=${seconds}:c=white:a=0.05:r=48000:seed=7`];
    const mix = ["-filter_complex", "[0][1]amix=inputs=2:normalize=0[sound]", "-map", "[sound]"];
    const draft = join(SHELF, `${name}.${process.pid}.${extension}`);
    ffmpeg([...tones, ...hiss, ...mix, ...encode.split(" ").filter(Boolean), draft]);
    renameSync(draft, path);
  }
  return new Uint8Array(readFileSync(path));
}

export type CheckedPart = {
  start: number;
  end: number;
  /** How much longer ffmpeg plays it than the plan says, in ms. */
  longer: number;
  /** What ffmpeg complained about. */
  errors: string;
  /** With the same stretch of the decoded recording: of all, and of the first tenth of a second. 1: the same. */
  likeness: number;
  likenessAtStart: number;
};

export type Cut = { facts: MediaFacts; plan: CutPlan; parts: CheckedPart[]; memory: MemoryBucket };

/** @throws Error when the probe refuses the recording */
export async function cutAndCompare(
  bytes: Uint8Array,
  extension: string,
  { limits = LIMITS, timelineStart = 0 } = {},
): Promise<Cut> {
  const memory = createMemoryBucket();
  memory.objects.set("recording", bytes);
  const facts = await readMediaFacts(memory.bucket, "recording", bytes.length);
  if (!facts.ok) throw new Error(facts.error.message);
  const plan = await planCuts(memory.bucket, "recording", { ...facts.value, bytes: bytes.length }, limits);
  const folder = mkdtempSync(join(tmpdir(), "diarist-cut-"));
  try {
    const whole = join(folder, `whole.${extension}`);
    writeFileSync(whole, bytes);
    const rate = facts.value.sampleRate;
    const original = decode(whole, rate);
    const parts: CheckedPart[] = [];
    for (const { n, start, end } of plan.parts) {
      await writePart(memory.bucket, "recording", plan, n, `part-${n}`);
      const path = join(folder, `part-${n}.${plan.target}`);
      writeFileSync(path, memory.objects.get(`part-${n}`) ?? new Uint8Array());
      const { samples, errors } = decode(path, rate);
      const from = Math.round((start - timelineStart) * rate);
      parts.push({
        start,
        end,
        longer: (samples.length / rate - (end - start)) * 1000,
        errors,
        likeness: likeness(original.samples, samples, from),
        likenessAtStart: likeness(original.samples, samples.subarray(0, rate / 10), from),
      });
    }
    return { facts: facts.value, plan, parts, memory };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
