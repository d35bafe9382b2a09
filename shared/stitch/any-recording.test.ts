import { expect, test } from "vitest";
import { seededRandom } from "../../tests/support/audio/generated-transcript.ts";
import { measureStitching, saidOf } from "../../tests/support/audio/measure-stitching.ts";
import { CLEAN, hearPart, hearReference, type Noise } from "../../tests/support/audio/simulated-hearing.ts";
import {
  cutEvenly,
  overlapsOf,
  type Recording,
  simulateRecording,
} from "../../tests/support/audio/simulated-recording.ts";
import { joinAll, stitchParts } from "../../tests/support/audio/stitch-parts.ts";
import { serializeTranscript } from "../transcript/serialize-transcript.ts";
import { summarizeTranscript } from "../transcript/transcript.ts";
import type { HeardPart, PartRange } from "./heard-part.ts";
import { chooseClips } from "./speakers/choose-clips.ts";
import { linkSpeakers } from "./speakers/link-speakers.ts";
import { readIdentification } from "./speakers/read-identification.ts";

/** As two answers for the same seconds differ: up to 0.9 s apart, other case, other punctuation, pieces. */
const SPELT_OTHERWISE: Noise = {
  ...CLEAN,
  jitterSeconds: 0.2,
  shiftSeconds: 0.25,
  respelt: 0.03,
  sloppyEnds: 0.03,
};
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

/** 1 to 12 parts of any lengths from 30 s on, which overlap by 4 to 20 s. */
function cutAnyhow(duration: number, random: () => number): PartRange[] {
  const ranges: PartRange[] = [];
  for (let start = 0; ; ) {
    const end = start + 30 + random() ** 3 * 400;
    if (end > duration - 40) return [...ranges, { start, end: duration }];
    ranges.push({ start, end });
    start = end - 4 - random() * 16;
  }
}

function record(seed: number): { recording: Recording; ranges: PartRange[] } {
  const random = seededRandom(seed * 7919);
  const seconds = 120 + random() * 900;
  const persons = 1 + Math.floor(random() * 6);
  const recording = simulateRecording({ seed, seconds, words: Math.round(seconds * 2.7), persons });
  return { recording, ranges: cutAnyhow(recording.duration, random) };
}

function hearAll(recording: Recording, ranges: PartRange[], noise: Noise, seed: number): HeardPart[] {
  return ranges.map((range, index) => hearPart(recording, range, noise, seed * 1000 + index));
}

function stitchAll(recording: Recording, parts: HeardPart[], noise: Noise, seed: number) {
  const { digests, joins } = joinAll(parts);
  const reference = hearReference(recording, chooseClips(digests), noise, seed);
  const linked = linkSpeakers(digests, joins, {
    votes: readIdentification(reference.placed, reference.transcript),
  });
  return { ...stitchParts(parts, joins, linked.links), linked, digests, joins };
}

test("any recording, cut anywhere and heard well, is what was said, by whom and when", () => {
  for (const seed of SEEDS) {
    const { recording, ranges } = record(seed);
    const parts = hearAll(recording, ranges, CLEAN, seed);
    const { transcript, linked } = stitchAll(recording, parts, CLEAN, seed);
    expect(transcript.text).toBe(recording.words.map(({ word }) => word).join(" "));
    for (const [index, word] of transcript.words.entries()) {
      const said = recording.words[index];
      expect(Math.abs(word.start - (said?.start ?? 0))).toBeLessThan(0.05);
      expect(Math.abs(word.end - (said?.end ?? 0))).toBeLessThan(0.05);
    }
    const { wrongTime, speakers } = measureStitching(recording, parts, linked.links, transcript);
    expect(wrongTime).toBeLessThan(0.01);
    expect(speakers).toBe(new Set(recording.words.map(({ person }) => person)).size);
  }
});

test("what both parts have heard, each in its own way, is neither lost nor doubled", () => {
  let words = 0;
  let doubled = 0;
  for (const seed of SEEDS) {
    const { recording, ranges } = record(seed);
    const parts = hearAll(recording, ranges, SPELT_OTHERWISE, seed);
    const { transcript, linked } = stitchAll(recording, parts, SPELT_OTHERWISE, seed);
    const measures = measureStitching(recording, parts, linked.links, transcript);
    expect(measures.lost).toBe(0);
    words += recording.words.length;
    doubled += measures.doubled;
  }
  expect(words).toBeGreaterThan(10_000);
  expect(doubled).toBe(0);
});

test("what only one part has heard between words that both have is there once", () => {
  const noise: Noise = { ...CLEAN, jitterSeconds: 0.05, missedWords: 0.03 };
  let missedByOne = 0;
  for (const seed of SEEDS) {
    const { recording, ranges } = record(seed);
    const parts = hearAll(recording, ranges, noise, seed);
    const { transcript } = stitchAll(recording, parts, noise, seed);
    const heardBy = recording.words.map(() => new Set<number>());
    for (const [index, part] of parts.entries())
      for (const { ref } of part.transcript.words.flatMap(saidOf)) heardBy[ref]?.add(index);
    const times = new Map<number, number>();
    for (const { ref } of transcript.words.flatMap(saidOf)) times.set(ref, (times.get(ref) ?? 0) + 1);
    const edges = ranges.flatMap(({ start, end }) => [start, end]);
    for (const { ref, word, start, end } of recording.words) {
      const around = [-3, -2, -1, 1, 2, 3].map((step) => ref + step);
      const isClear = edges.every((edge) => Math.abs(start - edge) > 2 && Math.abs(end - edge) > 2);
      // Said twice in a row, or part of a neighbour's letters: which of them is missing cannot be told.
      const isAmbiguous = around.some((other) => looksAlike(recording.words[other]?.word ?? "", word));
      const isBetween = around.every((other) => (heardBy[other]?.size ?? 0) === 2);
      if (!isClear || isAmbiguous || !isBetween || heardBy[ref]?.size !== 1) continue;
      missedByOne++;
      expect(times.get(ref)).toBe(1);
    }
  }
  expect(missedByOne).toBeGreaterThan(20);
});

function looksAlike(a: string, b: string): boolean {
  const [one, other] = [a, b].map((word) => word.toLowerCase().replace(/\W/g, "")) as [string, string];
  return one.includes(other) || other.includes(one);
}

test("however badly it is heard, the whole is consistent and in order", () => {
  const noise: Noise = {
    ...SPELT_OTHERWISE,
    missedWords: 0.05,
    wrongWords: 0.1,
    wrongWordsAtCuts: 0.5,
    wrongSpeakerWords: 0.05,
    wrongSpeakerTurns: 0.1,
    splits: 0.2,
    merges: 0.2,
    wrongClips: 0.3,
    referenceSplits: 0.2,
    referenceMerges: 0.2,
  };
  for (const seed of SEEDS) {
    const { recording, ranges } = record(seed);
    const parts = hearAll(recording, ranges, noise, seed);
    const { transcript, summary, json } = stitchAll(recording, parts, noise, seed);
    const { words, segments, speaker_segments: turns, text, duration } = transcript;
    const joined = words.map(({ word }) => word).join(" ");
    expect(text).toBe(joined);
    expect(segments.map((segment) => segment.text).join(" ")).toBe(joined);
    expect(turns.map((turn) => turn.text).join(" ")).toBe(joined);
    expect(turns.flatMap((turn) => turn.words.map(({ id }) => id))).toEqual(words.map(({ id }) => id));
    for (const list of [words, segments, turns]) {
      expect(list.map(({ id }) => id)).toEqual(list.map((_, index) => index));
      for (const [index, { start, end }] of list.entries()) {
        expect(start).toBeGreaterThanOrEqual(list[index - 1]?.start ?? 0);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(duration);
      }
    }
    expect(duration).toBe(recording.duration);
    expect(json).toBe(serializeTranscript(transcript));
    expect(summary).toEqual(summarizeTranscript(transcript));
  }
});

test("ten hours, 100,000 words, two of six silent at every seam and one there from hour 7 on, are exact", () => {
  const seconds = 36_000;
  const during = overlapsOf(cutEvenly(seconds, 30, 20), 5);
  const plan = { silent: { persons: [3, 4], during }, appearsAt: new Map([[5, 25_200]]) };
  const recording = simulateRecording({ seed: 3, seconds, words: 100_000, persons: 6, ...plan });
  const parts = hearAll(recording, cutEvenly(recording.duration, 30, 20), CLEAN, 3);
  const { transcript, linked } = stitchAll(recording, parts, CLEAN, 3);
  const measures = measureStitching(recording, parts, linked.links, transcript);
  expect(measures).toMatchObject({ lost: 0, doubled: 0, wordErrors: 0, speakers: 6, weakLinks: 0 });
  expect(measures.wrongTime).toBeLessThan(0.01);
  const latest = transcript.words.reduce(
    (most, { start }, index) => Math.max(most, Math.abs(start - (recording.words[index]?.start ?? 0))),
    0,
  );
  expect(latest).toBeLessThan(0.05);
});
