/** Compares what was cut with what ffmpeg decodes. */
import { execFileSync, spawnSync } from "node:child_process";

/** Runs ffmpeg; `input` goes to its standard input, what it writes to `-` comes back. */
export function ffmpeg(args: string[], input?: Uint8Array): Buffer {
  return execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], {
    maxBuffer: 2 ** 31,
    stdio: ["pipe", "pipe", "inherit"],
    ...(input ? { input } : {}),
  });
}

type Decoded = {
  /** Mono, full scale 1. */
  samples: Float32Array;
  sampleRate: number;
  /** What ffmpeg complained about. */
  errors: string;
};

/** Decodes a file the way most transcription servers do, at `sampleRate` Hz. */
export function decode(path: string, sampleRate: number): Decoded {
  const args = [
    "-nostdin",
    "-v",
    "error",
    "-i",
    path,
    "-map",
    "0:a:0",
    "-ac",
    "1",
    "-ar",
    String(sampleRate),
    "-f",
    "f32le",
    "-",
  ];
  const { stdout, stderr } = spawnSync("ffmpeg", args, { maxBuffer: 2 ** 31 });
  const bytes = new Uint8Array(stdout).slice();
  return { samples: new Float32Array(bytes.buffer), sampleRate, errors: stderr.toString() };
}

/** How like a piece is the original's samples from `from` on: 1 is the same. */
export function likeness(original: Float32Array, piece: Float32Array, from: number): number {
  return correlate(original.subarray(from, from + piece.length), piece);
}

const SEARCH_SAMPLES = 4096;

/** How many samples later than `expected` a piece lies in the original: the best match of its middle up to `reach`. */
export function findShift(
  original: Float32Array,
  piece: Float32Array,
  expected: number,
  reach: number,
): number {
  const middle = piece.length >> 1;
  const sample = piece.subarray(middle, middle + SEARCH_SAMPLES);
  let [best, shift] = [-1, 0];
  for (let by = -reach; by <= reach; by++) {
    const match = likeness(original, sample, expected + middle + by);
    if (match > best) [best, shift] = [match, by];
  }
  return shift;
}

/** Up to the end of the shorter one: how long a piece is, is another question. */
function correlate(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb || 1);
}
