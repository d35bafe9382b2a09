// How well and how fast marker speech is read back from every codec we promise.
// Run: node bench/marker-speech.ts [words [seconds]]   (600 words at a natural pace unless told; needs ffmpeg)

import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { makeAudio } from "../dev/make-audio.ts";
import { compareWords } from "../dev/marker-speech/compare-words.ts";
import { convertWithFfmpeg, hasFfmpeg } from "../dev/marker-speech/convert-with-ffmpeg.ts";
import { createWordFinder } from "../dev/marker-speech/find-words.ts";
import { randomScript } from "../dev/marker-speech/random-script.ts";
import { listen } from "../dev/recognise/listen.ts";
import { recognise } from "../dev/recognise/recognise.ts";

const CODECS = [
  { name: "WAV 16 kHz", file: "a.wav", how: "" },
  { name: "FLAC", file: "a.flac", how: "" },
  { name: "MP3 64k", file: "a.mp3", how: "-b:a 64k" },
  { name: "MP3 64k 44.1 kHz", file: "b.mp3", how: "-ar 44100 -b:a 64k" },
  { name: "AAC 64k m4a", file: "a.m4a", how: "-c:a aac -b:a 64k" },
  { name: "AAC 64k ADTS", file: "a.aac", how: "-c:a aac -b:a 64k" },
  { name: "Opus 24k ogg", file: "a.ogg", how: "-c:a libopus -b:a 24k" },
  { name: "Opus 24k webm", file: "a.webm", how: "-c:a libopus -b:a 24k" },
  { name: "Vorbis q1", file: "a.oga", how: "-c:a libvorbis -q:a 1" },
] as const;

/** ADTS has nowhere to say how much of its start is priming, so its times are one frame late. */
const MAY_BE_LATE: ReadonlySet<string> = new Set(["AAC 64k ADTS"]);
const MOST_TIME_ERROR_SECONDS = 0.02;
/** Below this, a 4 h recording takes more than two minutes: too long for a test to wait. */
const LEAST_TIMES_REAL_TIME = 120;

async function main(): Promise<void> {
  const [words = 600, seconds] = process.argv.slice(2).map(Number);
  const folder = await mkdtemp(join(tmpdir(), "bench-marker-speech-"));
  try {
    const source = join(folder, "source.wav");
    const script = randomScript({
      words,
      speakers: 4,
      seed: 3,
      ...(seconds === undefined ? {} : { seconds }),
    });
    const truth = await makeAudio(script, source);
    console.log(
      `${words} words in ${truth.duration.toFixed(0)} s; ${cpus()[0]?.model}, node ${process.version}`,
    );
    console.log(
      `finder alone, 16 kHz samples in memory: ${await timeFinder(source)} x real time; x is audio seconds per second`,
    );
    console.log("codec              MB  word err  speaker err  false  max time err   x per CPU  whole   RSS");
    for (const { name, file, how } of hasFfmpeg ? CODECS : CODECS.slice(0, 1)) {
      const path =
        how === "" && file.endsWith(".wav")
          ? source
          : await convertWithFfmpeg(source, join(folder, file), how);
      await measure(name, path, truth);
    }
    if (!hasFfmpeg) console.log("ffmpeg is not installed: only WAV was measured");
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Truth = Awaited<ReturnType<typeof makeAudio>>;

async function measure(name: string, path: string, truth: Truth): Promise<void> {
  const { words, duration } = await listen(path);
  const perCpu = duration / (await cpuSecondsOf(() => listen(path)));
  const whole = duration / (await secondsOf(() => recognise(path)));
  const { wordErrors, speakerErrors, falseWords, maxTimeErrorSeconds } = compareWords(truth.words, words);
  const megabytes = (await stat(path)).size / 1e6;
  console.log(
    [
      name.padEnd(16),
      megabytes.toFixed(1).padStart(5),
      String(wordErrors).padStart(9),
      String(speakerErrors).padStart(12),
      String(falseWords).padStart(6),
      `${(1000 * maxTimeErrorSeconds).toFixed(1)} ms`.padStart(13),
      `${perCpu.toFixed(0)} x`.padStart(11),
      `${whole.toFixed(0)} x`.padStart(6),
      `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`.padStart(7),
    ].join(" "),
  );
  const isLate = maxTimeErrorSeconds > MOST_TIME_ERROR_SECONDS && !MAY_BE_LATE.has(name);
  if (wordErrors + speakerErrors + falseWords > 0 || isLate || perCpu < LEAST_TIMES_REAL_TIME) {
    console.error(`${name} falls short`);
    process.exitCode = 1;
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Processor time, which other work on the machine does not lengthen much. */
async function cpuSecondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

/** The best of five runs over at most ten minutes of the recording. */
async function timeFinder(wavPath: string): Promise<string> {
  const bytes = (await readFile(wavPath)).subarray(44, 44 + 600 * 32_000);
  const samples = Float32Array.from(
    { length: bytes.length >> 1 },
    (_, i) => bytes.readInt16LE(2 * i) / 32_768,
  );
  let best = 0;
  for (let run = 0; run < 5; run++) {
    const taken = await cpuSecondsOf(async () => {
      const finder = createWordFinder(16_000);
      for (let from = 0; from < samples.length; from += 65_536)
        finder.push(samples.subarray(from, from + 65_536));
      finder.end();
    });
    best = Math.max(best, samples.length / 16_000 / taken);
  }
  return best.toFixed(0);
}

await main();
