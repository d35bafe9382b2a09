// A word as the tones of its data symbols, and back. A frame on the air is the two start chords, these data
// symbols, and the end chord; every frame stands alone, so a cut costs only the word it goes through.

import { BITS_PER_SYMBOL, BITS_PER_TONE, DATA_GROUPS, END_CHORD, START_CHORDS } from "./band.ts";
import { decodeConvolutional, encodeConvolutional, TAIL_BITS } from "./convolutional-code.ts";
import { greatestCommonDivisor } from "./greatest-common-divisor.ts";
import {
  bitsToText,
  CRC_BITS,
  FEWEST_BITS,
  MOST_BITS,
  type SpokenWord,
  sealBits,
  textToBits,
} from "./word-bits.ts";

export const CHORDS_BEFORE = START_CHORDS.length;
export const CHORDS_AROUND = CHORDS_BEFORE + 1;

export const FEWEST_DATA_SYMBOLS = symbolsFor(FEWEST_BITS);
export const MOST_DATA_SYMBOLS = symbolsFor(MOST_BITS);

const TONES_PER_GROUP = 1 << BITS_PER_TONE;
/** Amplitudes one data symbol gives: every tone of every group, in the order of `DATA_GROUPS`. */
export const AMPLITUDES_PER_SYMBOL = DATA_GROUPS.length * TONES_PER_GROUP;

/**
 * The tones of every symbol of a word's frame, chords included.
 * @throws UnspeakableWordError
 */
export function wordToChords(spoken: SpokenWord): readonly (readonly number[])[] {
  const bits = textToBits(spoken);
  const symbols = symbolsFor(bits.length);
  const air = interleave(encodeConvolutional(sealAndTail(bits, symbols)), symbols);
  const data = Array.from({ length: symbols }, (_, symbol) =>
    DATA_GROUPS.map((group, index) => {
      const at = symbol * BITS_PER_SYMBOL + index * BITS_PER_TONE;
      const choice = ((air[at] ?? 0) << 2) | ((air[at + 1] ?? 0) << 1) | (air[at + 2] ?? 0);
      return group[choice] ?? 0;
    }),
  );
  return [...START_CHORDS, ...data, END_CHORD];
}

/**
 * How many symbols a word's frame has, chords included.
 * @throws UnspeakableWordError
 */
export function countSymbols(spoken: SpokenWord): number {
  return symbolsFor(textToBits(spoken).length) + CHORDS_AROUND;
}

/** The word in the tone amplitudes of its data symbols (`AMPLITUDES_PER_SYMBOL` each), or null if they hold none. */
export function amplitudesToWord(amplitudes: Float32Array): SpokenWord | null {
  const symbols = amplitudes.length / AMPLITUDES_PER_SYMBOL;
  const soft = deinterleave(toSoftBits(amplitudes), symbols);
  const bits = decodeConvolutional(soft);
  const sealed = bits.subarray(0, bits.length - TAIL_BITS);
  const spoken = bitsToText(sealed);
  return spoken !== null && isCanonical(spoken, sealed, symbols) ? spoken : null;
}

function symbolsFor(bits: number): number {
  return Math.ceil((2 * (bits + CRC_BITS + TAIL_BITS)) / BITS_PER_SYMBOL);
}

function sealAndTail(bits: readonly number[], symbols: number): Uint8Array {
  const length = Math.floor((symbols * BITS_PER_SYMBOL) / 2);
  const sealedAndTail = new Uint8Array(length);
  sealedAndTail.set(sealBits(bits, length - TAIL_BITS));
  return sealedAndTail;
}

/** Only the bits the encoder itself would have made count: the last defence against words out of noise. */
function isCanonical(spoken: SpokenWord, sealed: Uint8Array, symbols: number): boolean {
  const bits = textToBits(spoken);
  return (
    symbolsFor(bits.length) === symbols && sealBits(bits, sealed.length).every((bit, i) => bit === sealed[i])
  );
}

/** One soft bit a coded bit: how much louder the loudest tone that says 1 is than the loudest that says 0. */
function toSoftBits(amplitudes: Float32Array): Float32Array {
  const groups = amplitudes.length / TONES_PER_GROUP;
  const soft = new Float32Array(groups * BITS_PER_TONE);
  for (let group = 0; group < groups; group++) {
    const from = group * TONES_PER_GROUP;
    let energy = 1e-20;
    for (let tone = 0; tone < TONES_PER_GROUP; tone++) energy += (amplitudes[from + tone] ?? 0) ** 2;
    for (let bit = 0; bit < BITS_PER_TONE; bit++) {
      const mask = 1 << (BITS_PER_TONE - 1 - bit);
      let one = 0;
      let zero = 0;
      for (let tone = 0; tone < TONES_PER_GROUP; tone++) {
        const amplitude = amplitudes[from + tone] ?? 0;
        if ((tone & mask) === 0) zero = Math.max(zero, amplitude);
        else one = Math.max(one, amplitude);
      }
      soft[group * BITS_PER_TONE + bit] = (one - zero) / Math.sqrt(energy);
    }
  }
  return soft;
}

function interleave(coded: Uint8Array, symbols: number): Uint8Array {
  const air = new Uint8Array(symbols * BITS_PER_SYMBOL);
  const stride = strideFor(air.length);
  for (let i = 0; i < coded.length; i++) air[(i * stride) % air.length] = coded[i] ?? 0;
  return air;
}

function deinterleave(air: Float32Array, symbols: number): Float32Array {
  const coded = new Float32Array(2 * Math.floor((symbols * BITS_PER_SYMBOL) / 2));
  const stride = strideFor(air.length);
  for (let i = 0; i < coded.length; i++) coded[i] = air[(i * stride) % air.length] ?? 0;
  return coded;
}

/** Neighbouring coded bits land about 0.618 of the frame apart, so a damaged symbol hurts far-apart bits. */
function strideFor(length: number): number {
  let stride = Math.round(length * 0.618);
  while (greatestCommonDivisor(stride, length) !== 1) stride++;
  return stride;
}
