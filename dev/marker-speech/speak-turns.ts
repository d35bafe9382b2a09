// A voice for people to hear under the markers: espeak-ng reads each turn, low-passed below the marker band.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TimedTurn } from "./lay-out-script.ts";
import { createLowPass } from "./low-pass.ts";
import type { Underlay } from "./render.ts";

const run = promisify(execFile);

const NORMAL_WORDS_PER_MINUTE = 165;
const FASTEST_WORDS_PER_MINUTE = 450;
/** Well under the 3.1 kHz below which the decoder is deaf. */
const CUTOFF_HZ = 2900;
const ROOT_MEAN_SQUARE = 0.09;
const PEAK = 0.6;
const VOICES = ["en-gb+m3", "en-us+f2", "en-gb+f4", "en-us+m7", "en-gb-scotland+m1", "en-029+f5"] as const;

/**
 * One sound a turn, at its place in the recording; none, and a warning, without espeak-ng.
 * @param sampleRate in Hz
 */
export async function* speakTurns(
  turns: readonly TimedTurn[],
  sampleRate: number,
  warn: (message: string) => void,
): AsyncGenerator<Underlay> {
  if (!(await hasVoice())) {
    warn("espeak-ng is not installed: the markers go without a voice (Debian: apt install espeak-ng)");
    return;
  }
  let lowPass: ReturnType<typeof createLowPass> | undefined;
  const speakers = [...new Set(turns.map((turn) => turn.speaker))];
  for (const turn of turns) {
    const first = turn.words[0];
    const last = turn.words.at(-1);
    if (first === undefined || last === undefined) continue;
    const voice = VOICES[speakers.indexOf(turn.speaker) % VOICES.length] ?? VOICES[0];
    const text = turn.words.map(({ word }) => word).join(" ");
    const speech = await speakWithin(text, voice, last.end - first.start);
    lowPass ??= createLowPass(speech.sampleRate, sampleRate, CUTOFF_HZ);
    const samples = normalise(lowPass(speech.samples));
    yield { at: Math.round(first.start * sampleRate), samples };
  }
}

async function hasVoice(): Promise<boolean> {
  return run("espeak-ng", ["--version"]).then(
    () => true,
    () => false,
  );
}

type Speech = { samples: Float32Array; sampleRate: number };

/** Speaks faster when the markers are done sooner, so a voice does not run into the next turn. */
async function speakWithin(text: string, voice: string, seconds: number): Promise<Speech> {
  let wordsPerMinute = NORMAL_WORDS_PER_MINUTE;
  let speech = await speak(text, voice, wordsPerMinute);
  for (let tries = 0; tries < 3 && wordsPerMinute < FASTEST_WORDS_PER_MINUTE; tries++) {
    const excess = speech.samples.length / speech.sampleRate / seconds;
    if (excess <= 1.05) break;
    wordsPerMinute = Math.min(FASTEST_WORDS_PER_MINUTE, Math.ceil(wordsPerMinute * excess * 1.02));
    speech = await speak(text, voice, wordsPerMinute);
  }
  return speech;
}

async function speak(text: string, voice: string, wordsPerMinute: number): Promise<Speech> {
  const child = run("espeak-ng", ["-v", voice, "-s", String(wordsPerMinute), "-z", "--stdin", "--stdout"], {
    encoding: "buffer",
    maxBuffer: 1 << 28,
  });
  child.child.stdin?.end(text);
  const { stdout } = await child;
  const wav = new DataView(stdout.buffer, stdout.byteOffset, stdout.byteLength);
  // espeak-ng writes a plain 44-byte header with a made-up length, then 16-bit mono.
  const count = Math.max(0, (stdout.byteLength - 44) >> 1);
  const samples = Float32Array.from({ length: count }, (_, i) => wav.getInt16(44 + 2 * i, true) / 32768);
  return { samples: trimSilence(samples), sampleRate: wav.getUint32(24, true) };
}

function trimSilence(samples: Float32Array): Float32Array {
  const isSound = (sample: number) => Math.abs(sample) > 0.003;
  const from = samples.findIndex(isSound);
  return from < 0 ? new Float32Array() : samples.subarray(from, samples.findLastIndex(isSound) + 1);
}

function normalise(samples: Float32Array): Float32Array {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const gain = power === 0 ? 0 : Math.min(ROOT_MEAN_SQUARE / Math.sqrt(power), PEAK / peak);
  return samples.map((sample) => sample * gain);
}
