// The Fourier transform of one listening window: 64 complex samples, one bin a tone spacing.

import { TONE_SPACING_HZ, toneHz, WINDOW_SECONDS } from "./band.ts";
import { BASE_RATE } from "./baseband.ts";

/** A listening window in base samples. */
export const WINDOW = Math.round(WINDOW_SECONDS * BASE_RATE);

const STAGES = Math.log2(WINDOW);
const COS = Float64Array.from({ length: WINDOW }, (_, i) => Math.cos((2 * Math.PI * i) / WINDOW));
const SIN = Float64Array.from({ length: WINDOW }, (_, i) => Math.sin((2 * Math.PI * i) / WINDOW));
const REVERSED = Uint8Array.from({ length: WINDOW }, (_, i) => reverseBits(i));

/** The bin a tone falls into. */
export function binOf(tone: number): number {
  return (toneHz(tone) - BASE_RATE) / TONE_SPACING_HZ;
}

/** The turning of bin `bin` at sample `n`: the samples of a window may be counted from anywhere. */
export function twiddle(bin: number, n: number): { cos: number; sin: number } {
  const at = (bin * n) % WINDOW;
  return { cos: COS[at] ?? 0, sin: SIN[at] ?? 0 };
}

/** Amplitude of every bin of a window; `real` and `imaginary` are overwritten. */
export function transform(real: Float64Array, imaginary: Float64Array, amplitudes: Float32Array): void {
  for (let i = 0; i < WINDOW; i++) {
    const j = REVERSED[i] ?? 0;
    if (j > i) {
      swap(real, i, j);
      swap(imaginary, i, j);
    }
  }
  for (let size = 2; size <= WINDOW; size *= 2) {
    const half = size / 2;
    const stride = WINDOW / size;
    for (let from = 0; from < WINDOW; from += size) {
      for (let k = 0; k < half; k++) {
        const cos = COS[k * stride] ?? 0;
        const sin = SIN[k * stride] ?? 0;
        const a = from + k;
        const b = a + half;
        const bRe = real[b] ?? 0;
        const bIm = imaginary[b] ?? 0;
        const re = bRe * cos + bIm * sin;
        const im = bIm * cos - bRe * sin;
        const aRe = real[a] ?? 0;
        const aIm = imaginary[a] ?? 0;
        real[a] = aRe + re;
        imaginary[a] = aIm + im;
        real[b] = aRe - re;
        imaginary[b] = aIm - im;
      }
    }
  }
  for (let i = 0; i < WINDOW; i++) {
    amplitudes[i] = Math.sqrt((real[i] ?? 0) ** 2 + (imaginary[i] ?? 0) ** 2) / WINDOW;
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i] ?? 0;
  values[i] = values[j] ?? 0;
  values[j] = kept;
}

function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < STAGES; bit++) reversed = (reversed << 1) | ((value >> bit) & 1);
  return reversed;
}
