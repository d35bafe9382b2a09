// Performs a script as marker speech: writes a WAV and, beside it, the truth a test compares with.
// Run: npm run --silent make-audio -- script.txt out.wav [--rate 16000] [--voice]

import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { layOutScript, type TimedWord } from "./marker-speech/lay-out-script.ts";
import { parseScript, ScriptError } from "./marker-speech/parse-script.ts";
import { renderScript, sampleCountOf } from "./marker-speech/render.ts";
import { speakTurns } from "./marker-speech/speak-turns.ts";
import { createSynthesizer, DEFAULT_LEVEL } from "./marker-speech/synthesize.ts";
import { writeWav } from "./marker-speech/write-wav.ts";

/** What the recording holds, in seconds; written as `out.truth.json`. */
export type Truth = { duration: number; words: TimedWord[] };

type MakeAudioOptions = {
  /** Sample rate in Hz, at least 16000. */
  rate?: number;
  /** Lay espeak-ng's voice under the markers. */
  voice?: boolean;
  /** Hears what the maker should know, such as that there is no espeak-ng. */
  warn?: (message: string) => void;
};

/** With a voice the markers step back; the decoder needs far less than even this. */
const LEVEL_OVER_VOICE = 0.1;

/**
 * Writes `outPath` (16-bit mono WAV) and its truth, in flat memory.
 * @throws ScriptError for a script that cannot be performed, RangeError for a rate below 16 kHz
 */
export async function makeAudio(
  scriptText: string,
  outPath: string,
  { rate = 16_000, voice = false, warn = () => {} }: MakeAudioOptions = {},
): Promise<Truth> {
  const layout = layOutScript(parseScript(scriptText));
  const synthesizer = createSynthesizer(rate, voice ? LEVEL_OVER_VOICE : DEFAULT_LEVEL);
  const voices = voice ? speakTurns(layout.turns, rate, warn) : [];
  await writeWav(outPath, rate, sampleCountOf(layout, rate), renderScript(layout, rate, synthesizer, voices));
  const truth = {
    duration: layout.duration,
    words: layout.turns.flatMap((turn) => turn.words).map(roundTimes),
  };
  await writeFile(truthPathOf(outPath), `${JSON.stringify(truth)}\n`);
  return truth;
}

/** Where the truth of a recording lies: `talk.wav` has `talk.truth.json`. */
export function truthPathOf(outPath: string): string {
  return `${outPath.replace(/\.[^./\\]*$/, "")}.truth.json`;
}

function roundTimes(word: TimedWord): TimedWord {
  return { ...word, start: Math.round(word.start * 1000) / 1000, end: Math.round(word.end * 1000) / 1000 };
}

const USAGE = "usage: npm run --silent make-audio -- script.txt out.wav [--rate 16000] [--voice]";

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rate: { type: "string", default: "16000" }, voice: { type: "boolean", default: false } },
  });
  const [scriptPath, outPath, ...rest] = positionals;
  if (scriptPath === undefined || outPath === undefined || rest.length > 0) throw new Error(USAGE);
  const script = await readFile(scriptPath, "utf8");
  const truth = await makeAudio(script, outPath, {
    rate: Number(values.rate),
    voice: values.voice,
    warn: (message) => console.error(message),
  });
  console.log(
    `${outPath}: ${truth.words.length} words in ${truth.duration.toFixed(1)} s; truth in ${truthPathOf(outPath)}`,
  );
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    console.error(error instanceof ScriptError ? `${process.argv[2]}: ${message}` : message);
    process.exitCode = 1;
  });
}
