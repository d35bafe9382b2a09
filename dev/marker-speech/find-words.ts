// Finds the words of marker speech in audio as it comes: memory does not grow with the recording, and the size
// of the pieces changes nothing. A word is reported only when its bits pass their CRC.

import { DATA_GROUPS, END_CHORD } from "./band.ts";
import { BASE_RATE, createBaseband } from "./baseband.ts";
import {
  AMPLITUDES_PER_SYMBOL,
  amplitudesToWord,
  CHORDS_AROUND,
  CHORDS_BEFORE,
  FEWEST_DATA_SYMBOLS,
  MOST_DATA_SYMBOLS,
} from "./frame.ts";
import { binOf, transform, WINDOW } from "./spectrum.ts";
import { chordShare, createStartWatch, GUARD, SYMBOL } from "./watch-for-starts.ts";
import type { SpokenWord } from "./word-bits.ts";

/** A word heard; times in seconds from the first sample given. */
export type HeardWord = SpokenWord & { start: number; end: number };

type WordFinder = {
  /** Mono samples in, the words that ended in them out. */
  push(samples: Float32Array): HeardWord[];
  /** The words that end with the recording. */
  end(): HeardWord[];
};

/** Share of a window's energy in the end chord from which a frame's end is tried. */
const LEAST_END_SHARE = 0.25;
/** Starts followed at the same time; more are echoes of one another. */
const MOST_ATTEMPTS = 4;
const RING = 1024;

const DATA_BINS = DATA_GROUPS.flat().map(binOf);
const END_BINS = END_CHORD.map(binOf);

/** A start that may become a word: the amplitudes of its data symbols so far. */
type Attempt = { from: number; symbols: number; amplitudes: Float32Array };

/**
 * @param sampleRate of the samples to come, in Hz. Below 16 kHz there is no marker band and no word is found.
 */
export function createWordFinder(sampleRate: number): WordFinder {
  const watch = createStartWatch();
  const ringReal = new Float32Array(RING);
  const ringImaginary = new Float32Array(RING);
  const windowReal = new Float64Array(WINDOW);
  const windowImaginary = new Float64Array(WINDOW);
  const bins = new Float32Array(WINDOW);
  const endShares = new Float64Array(END_BINS.length);
  let n = 0;
  let attempts: Attempt[] = [];
  let found: HeardWord[] = [];

  const baseband = createBaseband(sampleRate, (real, imaginary, count) => {
    for (let i = 0; i < count; i++) {
      const re = real[i] ?? 0;
      const im = imaginary[i] ?? 0;
      ringReal[n % RING] = re;
      ringImaginary[n % RING] = im;
      n++;
      const start = watch.push(re, im);
      if (start >= 0) {
        attempts.push({ from: start, symbols: 0, amplitudes: new Float32Array(AMPLITUDES_PER_SYMBOL * 16) });
        if (attempts.length > MOST_ATTEMPTS) attempts.shift();
      }
      if (attempts.length > 0) followAttempts();
    }
  });

  function followAttempts(): void {
    for (const attempt of attempts) {
      const windowFrom = attempt.from + (CHORDS_BEFORE + attempt.symbols) * SYMBOL + GUARD;
      if (windowFrom + WINDOW > n) continue;
      listen(windowFrom);
      if (attempt.symbols >= FEWEST_DATA_SYMBOLS && endShare() >= LEAST_END_SHARE && finish(attempt)) return;
      keepAmplitudes(attempt);
      if (attempt.symbols > MOST_DATA_SYMBOLS) attempts = attempts.filter((other) => other !== attempt);
    }
  }

  function listen(from: number): void {
    for (let i = 0; i < WINDOW; i++) {
      windowReal[i] = ringReal[(from + i) % RING] ?? 0;
      windowImaginary[i] = ringImaginary[(from + i) % RING] ?? 0;
    }
    transform(windowReal, windowImaginary, bins);
  }

  function endShare(): number {
    let energy = 1e-20;
    for (let bin = 0; bin < WINDOW; bin++) energy += (bins[bin] ?? 0) ** 2;
    END_BINS.forEach((bin, i) => {
      endShares[i] = (bins[bin] ?? 0) ** 2 / energy;
    });
    return chordShare(endShares);
  }

  function finish(attempt: Attempt): boolean {
    const spoken = amplitudesToWord(attempt.amplitudes.subarray(0, attempt.symbols * AMPLITUDES_PER_SYMBOL));
    if (spoken === null) return false;
    const to = attempt.from + (attempt.symbols + CHORDS_AROUND) * SYMBOL;
    found.push({ ...spoken, start: attempt.from / BASE_RATE, end: to / BASE_RATE });
    attempts = attempts.filter((other) => other.from >= to);
    return true;
  }

  function keepAmplitudes(attempt: Attempt): void {
    const at = attempt.symbols * AMPLITUDES_PER_SYMBOL;
    if (at === attempt.amplitudes.length) {
      const larger = new Float32Array(2 * at);
      larger.set(attempt.amplitudes);
      attempt.amplitudes = larger;
    }
    DATA_BINS.forEach((bin, index) => {
      attempt.amplitudes[at + index] = bins[bin] ?? 0;
    });
    attempt.symbols++;
  }

  function take(): HeardWord[] {
    const words = found;
    found = [];
    return words;
  }

  return {
    push(samples) {
      baseband.push(samples);
      return take();
    },
    end() {
      baseband.end();
      return take();
    },
  };
}
