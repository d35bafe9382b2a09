import { expect, test, vi } from "vitest";
import { compareWords } from "./compare-words.ts";
import { createWordFinder, type HeardWord } from "./find-words.ts";
import { layOutScript, type TimedWord } from "./lay-out-script.ts";
import { createLowPass } from "./low-pass.ts";
import { parseScript } from "./parse-script.ts";
import { createRandom } from "./random.ts";
import { randomScript } from "./random-script.ts";
import { renderScript } from "./render.ts";
import { createSynthesizer } from "./synthesize.ts";

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const PERFECT = { wordErrors: 0, speakerErrors: 0, falseWords: 0 };

type Recording = { samples: Float32Array; sampleRate: number; words: TimedWord[] };

function record(words: number, sampleRate = 16_000, level?: number): Promise<Recording> {
  return perform(randomScript({ words, speakers: 4, seed: words }), sampleRate, level);
}

async function perform(script: string, sampleRate = 16_000, level?: number): Promise<Recording> {
  const layout = layOutScript(parseScript(script));
  const blocks: Float32Array[] = [];
  for await (const block of renderScript(layout, sampleRate, createSynthesizer(sampleRate, level))) {
    blocks.push(block.slice());
  }
  const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  blocks.reduce((at, block) => {
    samples.set(block, at);
    return at + block.length;
  }, 0);
  return { samples, sampleRate, words: layout.turns.flatMap((turn) => turn.words) };
}

function hear(samples: Float32Array, sampleRate = 16_000, chunkLength = 65_536): HeardWord[] {
  const finder = createWordFinder(sampleRate);
  const words: HeardWord[] = [];
  for (let from = 0; from < samples.length; from += chunkLength) {
    words.push(...finder.push(samples.subarray(from, from + chunkLength)));
  }
  return [...words, ...finder.end()];
}

function makeSamples(seconds: number, at: (i: number) => number): Float32Array {
  return Float32Array.from({ length: seconds * 16_000 }, (_, i) => at(i));
}

test("every word, its speaker and its times within 20 ms", async () => {
  const { samples, words } = await record(200);
  const comparison = compareWords(words, hear(samples));
  expect(comparison).toMatchObject(PERFECT);
  expect(comparison.maxTimeErrorSeconds).toBeLessThan(0.02);
});

test("the size of the pieces changes nothing", async () => {
  const { samples } = await record(40);
  const whole = hear(samples, 16_000, samples.length);
  expect(hear(samples, 16_000, 1)).toEqual(whole);
  expect(hear(samples, 16_000, 997)).toEqual(whole);
  expect(hear(samples, 16_000, 65_536)).toEqual(whole);
});

test("22.05, 44.1 and 48 kHz are read as well as 16 kHz", async () => {
  for (const sampleRate of [22_050, 44_100, 48_000]) {
    const { samples, words } = await record(30, sampleRate);
    expect(compareWords(words, hear(samples, sampleRate))).toMatchObject(PERFECT);
  }
});

test("a cut at any sample costs only the word it goes through", async () => {
  const { samples, words } = await record(60);
  const random = createRandom(11);
  for (let i = 0; i < 25; i++) {
    const from = Math.floor(random() * samples.length * 0.6);
    const to = from + Math.floor(samples.length * 0.3);
    const shift = from / 16_000;
    const uncut = words
      .filter((word) => word.start * 16_000 >= from && word.end * 16_000 <= to)
      .map((word) => ({ ...word, start: word.start - shift, end: word.end - shift }));
    expect(compareWords(uncut, hear(samples.subarray(from, to)))).toMatchObject(PERFECT);
  }
});

test("a word may begin with the first sample and end with the last", async () => {
  const { samples, words } = await perform("@0 A: first last");
  const end = Math.round((words.at(-1)?.end ?? 0) * 16_000);
  expect(compareWords(words, hear(samples.subarray(0, end)))).toMatchObject(PERFECT);
});

test("a recording 40 dB quieter is read the same", async () => {
  const { samples, words } = await record(40, 16_000, 0.004);
  expect(compareWords(words, hear(samples))).toMatchObject(PERFECT);
});

test("noise 10 dB under the markers does no harm", async () => {
  const { samples, words } = await record(100);
  const random = createRandom(12);
  const noisy = samples.map((sample) => sample + 0.15 * (random() - 0.5));
  expect(compareWords(words, hear(noisy))).toMatchObject(PERFECT);
});

test("silence and noise hold no words", () => {
  const random = createRandom(13);
  expect(hear(new Float32Array(16_000 * 30))).toEqual([]);
  expect(hear(makeSamples(60, () => random() * 2 - 1))).toEqual([]);
  expect(hear(makeSamples(60, () => (random() - random()) / 32_768))).toEqual([]);
});

test("music holds no words, even on the markers' own tones", () => {
  const random = createRandom(14);
  let notes = [0];
  const music = makeSamples(30, (i) => {
    if (i % 352 === 0) {
      notes = Array.from({ length: 4 }, () => 4062.5 + 62.5 * Math.floor(random() * 49));
      if (random() < 0.5)
        notes = [0, 18, 36].map((tone) => 4062.5 + 62.5 * (tone + 6 * Math.floor(random() * 3)));
    }
    return notes.reduce((sum, hertz) => sum + 0.1 * Math.sin((2 * Math.PI * hertz * i) / 16_000), 0);
  });
  expect(hear(music)).toEqual([]);
});

test("a telephone's 8 kHz has no marker band and no words", async () => {
  const { samples } = await record(20);
  const telephone = createLowPass(16_000, 8_000, 3_400);
  expect(hear(telephone(samples), 8_000)).toEqual([]);
});
