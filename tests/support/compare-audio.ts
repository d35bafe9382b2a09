/** ffmpeg as the judge of what was cut. */
import { execFileSync, spawnSync } from "node:child_process";

export const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
if (!hasFfmpeg) console.log("ffmpeg is missing: the tests that compare with its decoders are skipped");

/** Runs ffmpeg; `input` goes to its standard input, what it writes to `-` comes back. */
export function ffmpeg(args: string[], input?: Uint8Array): Buffer {
  return execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], {
    maxBuffer: 2 ** 31,
    stdio: ["pipe", "pipe", "inherit"],
    ...(input ? { input } : {}),
  });
}

export type Decoded = {
  /** Mono, full scale 1. */
  samples: Float32Array;
  sampleRate: number;
  /** What ffmpeg complained about. */
  errors: string;
};

/** Decodes a file the way most transcription servers do. */
export function decode(path: string, sampleRate: number): Decoded {
  const args = ["-nostdin", "-v", "error", "-i", path, "-map", "0:a:0", "-ac", "1", "-f", "f32le", "-"];
  const { stdout, stderr } = spawnSync("ffmpeg", args, { maxBuffer: 2 ** 31 });
  const bytes = new Uint8Array(stdout).slice();
  return { samples: new Float32Array(bytes.buffer), sampleRate, errors: stderr.toString() };
}

/**
 * How many samples later than `expected` a piece lies in the original, by the best correlation of two seconds at
 * `from` samples into the piece; and how good the match is, 1 being the same.
 */
export function offsetOf(
  original: Float32Array,
  piece: Float32Array,
  expected: number,
  from: number,
  { length, reach }: { length: number; reach: number },
): { offset: number; match: number } {
  const part = piece.subarray(from, from + length);
  let best = { offset: 0, match: -1 };
  for (let shift = -reach; shift <= reach; shift++) {
    const start = expected + from + shift;
    if (start < 0) continue;
    const match = correlate(original.subarray(start, start + part.length), part);
    if (match > best.match) best = { offset: shift, match };
  }
  return best;
}

function correlate(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb || 1);
}
