/**
 * How well the speakers of a long recording's parts are made one set, by several ways, on simulated recordings with a
 * diarizer's mistakes: the table of docs/decisions/005-speaker-linking.md. Run: node bench/link-speakers.ts
 * [--rounds 3]. Fails when the way in use is not the best of all, or lets words be lost or doubled where none need be.
 */
import { parseArgs } from "node:util";
import { chooseClips } from "../shared/stitch/speakers/choose-clips.ts";
import { readRollCall } from "../shared/stitch/speakers/read-roll-call.ts";
import { type Measures, measureStitching } from "../tests/support/measure-stitching.ts";
import { CLEAN, hearPart, hearReel, type Noise } from "../tests/support/simulated-hearing.ts";
import {
  cutEvenly,
  overlapsOf,
  type RecordingPlan,
  simulateRecording,
} from "../tests/support/simulated-recording.ts";
import { joinAll, stitchParts } from "../tests/support/stitch-parts.ts";
import { LINKERS } from "./support/rival-linkers.ts";

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, only: { type: "string" } },
});
const ROUNDS = Number(flags.rounds);
const OVERLAP_SECONDS = 30;

const USUAL: Noise = {
  jitterSeconds: 0.2,
  shiftSeconds: 0.2,
  missedWords: 0.02,
  sloppyEnds: 0.03,
  wrongWords: 0.03,
  wrongWordsAtCuts: 0.4,
  respelt: 0.02,
  wrongSpeakerWords: 0.02,
  wrongSpeakerTurns: 0.03,
  splits: 0.03,
  merges: 0.05,
  wrongClips: 0.05,
  reelSplits: 0.03,
  reelMerges: 0.01,
};
const BAD: Noise = {
  ...USUAL,
  wrongSpeakerWords: 0.05,
  wrongSpeakerTurns: 0.1,
  splits: 0.1,
  merges: 0.15,
  wrongClips: 0.15,
  reelSplits: 0.1,
  reelMerges: 0.04,
};

type Scene = {
  name: string;
  plan: (overlaps: { start: number; end: number }[]) => Partial<RecordingPlan>;
  seconds: number;
  parts: number;
  noise: Noise;
};

const HOUR = 3600;
const SCENES: Scene[] = [
  {
    name: "interview, 2 speakers, 2 h, 6 parts",
    plan: () => ({ persons: 2, words: 20_000 }),
    seconds: 2 * HOUR,
    parts: 6,
    noise: USUAL,
  },
  {
    name: "meeting, 4 speakers, 3 h, 9 parts",
    plan: () => ({ persons: 4, words: 30_000 }),
    seconds: 3 * HOUR,
    parts: 9,
    noise: USUAL,
  },
  {
    name: "conference, 6 speakers, 10 h, 20 parts, 2 silent at every seam, 1 from hour 7 on, clean",
    plan: (during) => ({
      persons: 6,
      words: 100_000,
      silent: { persons: [3, 4], during },
      appearsAt: new Map([[5, 7 * HOUR]]),
    }),
    seconds: 10 * HOUR,
    parts: 20,
    noise: CLEAN,
  },
  {
    name: "the same, usual mistakes",
    plan: (during) => ({
      persons: 6,
      words: 100_000,
      silent: { persons: [3, 4], during },
      appearsAt: new Map([[5, 7 * HOUR]]),
    }),
    seconds: 10 * HOUR,
    parts: 20,
    noise: USUAL,
  },
  {
    name: "the same, many mistakes",
    plan: (during) => ({
      persons: 6,
      words: 100_000,
      silent: { persons: [3, 4], during },
      appearsAt: new Map([[5, 7 * HOUR]]),
    }),
    seconds: 10 * HOUR,
    parts: 20,
    noise: BAD,
  },
  {
    name: "hearing, 12 speakers, 6 h, 18 parts, 3 late",
    plan: () => ({
      persons: 12,
      words: 60_000,
      appearsAt: new Map([
        [9, 2 * HOUR],
        [10, 3 * HOUR],
        [11, 5 * HOUR],
      ]),
    }),
    seconds: 6 * HOUR,
    parts: 18,
    noise: USUAL,
  },
  {
    name: "meeting, the roll call names by chance",
    plan: () => ({ persons: 4, words: 30_000 }),
    seconds: 3 * HOUR,
    parts: 9,
    noise: { ...USUAL, wrongClips: 1 },
  },
];

function prepare({ plan, seconds, parts, noise }: Scene, seed: number) {
  const planned = cutEvenly(seconds, parts, OVERLAP_SECONDS);
  const recording = simulateRecording({ ...plan(overlapsOf(planned, 5)), seconds, seed });
  const heard = cutEvenly(recording.duration, parts, OVERLAP_SECONDS).map((range, index) =>
    hearPart(recording, range, noise, seed * 1000 + index),
  );
  const { digests, joins } = joinAll(heard);
  const reel = hearReel(recording, chooseClips(digests), noise, seed);
  return { recording, heard, digests, joins, votes: readRollCall(reel.placed, reel.transcript) };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`.padStart(8);
}

function mean(all: readonly Measures[], pick: (measures: Measures) => number): number {
  return all.reduce((sum, measures) => sum + pick(measures), 0) / all.length;
}

for (const scene of SCENES) {
  if (flags.only && !scene.name.includes(flags.only)) continue;
  const rounds = Array.from({ length: ROUNDS }, (_, round) => prepare(scene, round + 1));
  console.log(`\n${scene.name}`);
  for (const [name, link] of Object.entries(LINKERS)) {
    const began = performance.now();
    const all = rounds.map(({ recording, heard, digests, joins, votes }) => {
      const names = link(digests, joins, votes);
      return measureStitching(recording, heard, names, stitchParts(heard, joins, names).transcript);
    });
    const ms = (performance.now() - began) / rounds.length;
    const truth = rounds[0]?.recording.persons ?? 0;
    console.log(
      `  ${name.padEnd(32)} wrong time ${percent(mean(all, (m) => m.wrongTime))} (parts ${percent(mean(all, (m) => m.wrongTimeOfParts)).trim()})` +
        `  wrong links ${percent(mean(all, (m) => m.wrongLinks))}  speakers ${mean(all, (m) => m.speakers).toFixed(1)} of ${truth}` +
        `  lost ${mean(all, (m) => m.lost).toFixed(1)} doubled ${mean(all, (m) => m.doubled).toFixed(1)} WER ${percent(mean(all, (m) => m.wordErrors)).trim()}  ${ms.toFixed(0)} ms`,
    );
  }
}
