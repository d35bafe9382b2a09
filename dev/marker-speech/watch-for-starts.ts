// Listens for the two start chords. Every 2 ms it asks how much of the energy of the last window lies in the
// pilots of the second chord, and how much of the window one symbol earlier in those of the first.

import { START_CHORDS, SYMBOL_SECONDS } from "./band.ts";
import { BASE_RATE } from "./baseband.ts";
import { binOf, twiddle, WINDOW } from "./spectrum.ts";

/** One symbol in base samples. */
export const SYMBOL = Math.round(SYMBOL_SECONDS * BASE_RATE);
/** Base samples between the edge of a symbol and its listening window. */
export const GUARD = (SYMBOL - WINDOW) / 2;

/** Base samples between two looks. */
const HOP = 8;
const HOPS_PER_WINDOW = WINDOW / HOP;
const HOPS_PER_SYMBOL = SYMBOL / HOP;

/** Noise spreads over the band and puts a tenth of its energy here; a word's start nearly all of it. */
const LEAST_SHARE = 0.3;
/** The looks that agree with the best one to this degree lie evenly around the true start. */
const PLATEAU = 0.85;
const LONGEST_RUN = 2 * HOPS_PER_SYMBOL;
/** Below this a window is digital silence or its dither. */
const LEAST_ENERGY = WINDOW * 1e-10;

/** Takes base samples one by one; answers with the base sample at which a word may have begun, else -1. */
type StartWatch = { push(real: number, imaginary: number): number };

export function createStartWatch(): StartWatch {
  const [first = [], second = []] = START_CHORDS.map((chord) =>
    chord.map((tone) => new PilotMeter(binOf(tone))),
  );
  const meters = [...first, ...second];
  const energies = new Float64Array(HOPS_PER_WINDOW);
  const firstShares = new Float64Array(HOPS_PER_SYMBOL);
  const shares = new Float64Array(first.length);
  let hopEnergy = 0;
  let n = 0;
  let hops = 0;
  let run: { at: number; score: number }[] = [];

  function push(real: number, imaginary: number): number {
    hopEnergy += real * real + imaginary * imaginary;
    for (const meter of meters) meter.push(n, real, imaginary);
    n++;
    return n % HOP === 0 ? look() : -1;
  }

  function look(): number {
    energies[hops % HOPS_PER_WINDOW] = hopEnergy;
    hopEnergy = 0;
    let energy = 0;
    for (let i = 0; i < HOPS_PER_WINDOW; i++) energy += energies[i] ?? 0;
    const scale = energy < LEAST_ENERGY ? 0 : 1 / (WINDOW * energy);
    const firstThen = firstShares[hops % HOPS_PER_SYMBOL] ?? 0;
    firstShares[hops % HOPS_PER_SYMBOL] = shareOf(first, scale);
    const secondNow = shareOf(second, scale);
    hops++;
    return follow(Math.min(firstThen, secondNow));
  }

  function shareOf(chord: readonly PilotMeter[], scale: number): number {
    for (let i = 0; i < chord.length; i++) shares[i] = scale * (chord[i]?.close(hops) ?? 0);
    return chordShare(shares);
  }

  /** Gathers looks while both chords are heard and names the middle of the best once they fade. */
  function follow(score: number): number {
    if (score >= LEAST_SHARE) run.push({ at: n, score });
    if (run.length === 0 || (score >= LEAST_SHARE && run.length < LONGEST_RUN)) return -1;
    const best = Math.max(...run.map((look) => look.score));
    const plateau = run.filter((look) => look.score >= PLATEAU * best);
    const middle = plateau.reduce((sum, look) => sum + look.at, 0) / plateau.length;
    run = [];
    return Math.max(0, Math.round(middle) - WINDOW - GUARD - SYMBOL);
  }
  return { push };
}

/** A whistle on a pilot is no chord: at least two tones must carry this share. A codec may well lose the third. */
const LEAST_SHARE_OF_A_TONE = 0.04;

/** The share of a chord in a window's energy, given that of each of its tones; 0 when it is hardly a chord. */
export function chordShare(shares: Float64Array): number {
  let sum = 0;
  let heard = 0;
  for (let i = 0; i < shares.length; i++) {
    const share = shares[i] ?? 0;
    if (share >= LEAST_SHARE_OF_A_TONE) heard++;
    sum += share;
  }
  return heard >= 2 ? sum : 0;
}

/** Energy of one bin over the last window, kept as sums of one hop each. */
class PilotMeter {
  #cos: Float64Array;
  #sin: Float64Array;
  #real = new Float64Array(HOPS_PER_WINDOW);
  #imaginary = new Float64Array(HOPS_PER_WINDOW);
  #re = 0;
  #im = 0;

  constructor(bin: number) {
    this.#cos = Float64Array.from({ length: WINDOW }, (_, n) => twiddle(bin, n).cos);
    this.#sin = Float64Array.from({ length: WINDOW }, (_, n) => twiddle(bin, n).sin);
  }

  push(n: number, real: number, imaginary: number): void {
    const cos = this.#cos[n % WINDOW] ?? 0;
    const sin = this.#sin[n % WINDOW] ?? 0;
    this.#re += real * cos + imaginary * sin;
    this.#im += imaginary * cos - real * sin;
  }

  close(hop: number): number {
    this.#real[hop % HOPS_PER_WINDOW] = this.#re;
    this.#imaginary[hop % HOPS_PER_WINDOW] = this.#im;
    this.#re = 0;
    this.#im = 0;
    let re = 0;
    let im = 0;
    for (let i = 0; i < HOPS_PER_WINDOW; i++) {
      re += this.#real[i] ?? 0;
      im += this.#imaginary[i] ?? 0;
    }
    return re * re + im * im;
  }
}
