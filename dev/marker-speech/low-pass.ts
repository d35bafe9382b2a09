// Resamples and removes what lies above a cutoff in one step: a windowed sinc, tabulated for every position an
// output sample can take between two input samples.

import { greatestCommonDivisor } from "./greatest-common-divisor.ts";

const HALF_SECONDS = 0.003;

/**
 * @param cutoffHz below half of either rate; the slope is about 900 Hz wide
 * @returns a function from samples at `fromRate` to samples at `toRate`, both integers
 */
export function createLowPass(
  fromRate: number,
  toRate: number,
  cutoffHz: number,
): (samples: Float32Array) => Float32Array {
  const half = Math.ceil(HALF_SECONDS * fromRate);
  const phases = toRate / greatestCommonDivisor(fromRate, toRate);
  const filters = Array.from({ length: phases }, (_, phase) =>
    designFilter(half, (2 * cutoffHz) / fromRate, phase / phases),
  );
  return (samples) =>
    Float32Array.from({ length: Math.floor((samples.length * toRate) / fromRate) }, (_, n) => {
      const centre = Math.floor((n * fromRate) / toRate);
      const filter = filters[Math.round(((n * fromRate) / toRate - centre) * phases) % phases] ?? [];
      let sum = 0;
      for (let k = 0; k < filter.length; k++) sum += (samples[centre - half + k] ?? 0) * (filter[k] ?? 0);
      return sum;
    });
}

function designFilter(half: number, width: number, fraction: number): Float64Array {
  return Float64Array.from({ length: 2 * half + 1 }, (_, k) => {
    const x = k - half - fraction;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * width * x) / (Math.PI * width * x);
    const edge = Math.min(1, Math.abs(x) / (half + 1));
    const blackman = 0.42 + 0.5 * Math.cos(Math.PI * edge) + 0.08 * Math.cos(2 * Math.PI * edge);
    return width * sinc * blackman;
  });
}
