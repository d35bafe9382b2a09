// Takes the marker band, 4 to 8 kHz, out of audio of any sample rate and hands it on as complex samples at
// 4 kHz, in which a tone of 4000 + f Hz turns at f Hz. A quarter of the samples of a 16 kHz recording, and every
// rate looks the same to the rest of the decoder.

import { greatestCommonDivisor } from "./greatest-common-divisor.ts";

export const BASE_RATE = 4000;

const BAND_CENTRE_HZ = 5562.5;
/** Flat to here on both sides of the centre, silent from the next on: what lies between folds beside the tones. */
const PASS_HZ = 1500;
const STOP_HZ = 2500;
const TAPS_SECONDS = 0.0038;
const KAISER_BETA = 5.65;

/** Receives runs of complex samples; the arrays are reused, so copy what must stay. */
type BasebandSink = (real: Float32Array, imaginary: Float32Array, count: number) => void;

/** Audio in, baseband out. Output sample n belongs to input time n / `BASE_RATE` exactly. */
type Baseband = {
  push(samples: Float32Array): void;
  /** Lets out what the filter still holds. */
  end(): void;
};

const BLOCK = 8192;

/**
 * @param sampleRate of the input, in Hz, an integer
 */
export function createBaseband(sampleRate: number, sink: BasebandSink): Baseband {
  const divisor = greatestCommonDivisor(sampleRate, BASE_RATE);
  const phases = BASE_RATE / divisor;
  const step = sampleRate / divisor;
  const half = Math.ceil((TAPS_SECONDS * sampleRate) / 2);
  const taps = 2 * half;
  const filters = Array.from({ length: phases }, (_, phase) =>
    designFilter(sampleRate, half, phase / phases),
  );

  // Double precision: mixing widths in the inner loop costs a third of its speed.
  const window = new Float64Array(taps + BLOCK);
  let filled = half - 1;
  const outReal = new Float32Array(Math.ceil(((taps + BLOCK) * BASE_RATE) / sampleRate) + 1);
  const outImaginary = new Float32Array(outReal.length);
  // Where the next output's first tap lies in the window, in whole samples and phases.
  let at = 0;
  let phase = 0;

  function filter(): void {
    let count = 0;
    while (at + taps <= filled) {
      const { real, imaginary } = filters[phase] ?? NO_FILTER;
      let re = 0;
      let im = 0;
      for (let k = 0; k < taps; k++) {
        const sample = window[at + k] ?? 0;
        re += sample * (real[k] ?? 0);
        im += sample * (imaginary[k] ?? 0);
      }
      outReal[count] = re;
      outImaginary[count] = im;
      count++;
      phase += step;
      at += Math.floor(phase / phases);
      phase %= phases;
    }
    const used = Math.min(at, filled);
    window.copyWithin(0, used, filled);
    filled -= used;
    at -= used;
    if (count > 0) sink(outReal, outImaginary, count);
  }

  function push(samples: Float32Array): void {
    for (let from = 0; from < samples.length; ) {
      const part = samples.subarray(from, from + window.length - filled);
      window.set(part, filled);
      filled += part.length;
      from += part.length;
      filter();
    }
  }
  return { push, end: () => push(new Float32Array(half + 1)) };
}

type ComplexFilter = { real: Float64Array; imaginary: Float64Array };
const NO_FILTER: ComplexFilter = { real: new Float64Array(), imaginary: new Float64Array() };

/** A windowed-sinc band-pass for positive frequencies only, for an output `fraction` of a sample past tap half - 1. */
function designFilter(sampleRate: number, half: number, fraction: number): ComplexFilter {
  const real = new Float64Array(2 * half);
  const imaginary = new Float64Array(2 * half);
  const cutoff = (PASS_HZ + STOP_HZ) / 2;
  for (let k = 0; k < 2 * half; k++) {
    const seconds = (k - (half - 1) - fraction) / sampleRate;
    const lowPass = (2 * cutoff * sinc(2 * cutoff * seconds)) / sampleRate;
    const gain = 2 * lowPass * kaiser((2 * seconds) / TAPS_SECONDS);
    // Turning by time from the output's own instant leaves the phase of a tone at that instant.
    const angle = 2 * Math.PI * BAND_CENTRE_HZ * seconds;
    real[k] = gain * Math.cos(angle);
    imaginary[k] = -gain * Math.sin(angle);
  }
  return { real, imaginary };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** The modified Bessel function of the first kind, order zero. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1; n < 30; n++) {
    term *= (x / (2 * n)) ** 2;
    sum += term;
  }
  return sum;
}
