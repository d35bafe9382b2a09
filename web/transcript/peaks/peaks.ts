import type { Sound } from "./sound.ts";

/** The resolution of the waveform: nearly one slot per bar. */
export const SLOTS = 320;

/** The loudness along a recording, as far as it is known. */
export class Peaks {
  /** By slot, from 0 to 1; NaN where it is not known. */
  readonly #slots: Float32Array;
  readonly #loudest: number;

  constructor(slots: Float32Array) {
    this.#slots = slots;
    this.#loudest = slots.reduce((loudest, slot) => (slot > loudest ? slot : loudest), 0);
  }

  /**
   * The peak of a range, relative to the loudest of all (1). Both ends are shares of the whole. Unknown slots take the
   * value of the nearest; null as long as none is near.
   */
  between(from: number, to: number): number | null {
    const count = this.#slots.length;
    const first = Math.min(count - 1, Math.floor(from * count));
    const last = Math.max(first, Math.min(count - 1, Math.ceil(to * count) - 1));
    let loud = Number.NaN;
    for (let slot = first; slot <= last; slot++) loud = louder(loud, this.#slots[slot]);
    for (let away = 1; Number.isNaN(loud) && away <= count / 16; away++) {
      loud = louder(this.#slots[first - away] ?? Number.NaN, this.#slots[last + away]);
    }
    return Number.isNaN(loud) ? null : this.#loudest === 0 ? 0 : loud / this.#loudest;
  }
}

function louder(a: number, b = Number.NaN): number {
  return Number.isNaN(a) || b > a ? b : a;
}

/** Every slot once, coarse first: the whole recording is visible soon, and gets sharper. */
export function slotsCoarseFirst(count: number): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  for (let step = 2 ** Math.ceil(Math.log2(count)); step >= 1; step /= 2) {
    for (let slot = Math.floor(step / 2); slot < count; slot += step) {
      if (seen.has(slot)) continue;
      seen.add(slot);
      order.push(slot);
    }
  }
  for (let slot = 0; slot < count; slot++) if (!seen.has(slot)) order.push(slot);
  return order;
}

/** Records the loudness of a sound in all slots that it overlaps. */
export function fillSlots(
  slots: Float32Array,
  { start, samples, sampleRate }: Sound,
  duration: number,
): void {
  const perSlot = duration / slots.length;
  const end = start + samples.length / sampleRate;
  const first = Math.max(0, Math.floor(start / perSlot));
  const last = Math.min(slots.length - 1, Math.ceil(end / perSlot) - 1);
  for (let slot = first; slot <= last; slot++) {
    const from = Math.max(0, Math.floor((slot * perSlot - start) * sampleRate));
    const to = Math.ceil(((slot + 1) * perSlot - start) * sampleRate);
    slots[slot] = louder(slots[slot] ?? Number.NaN, loudestOf(samples.subarray(from, to)));
  }
}

function loudestOf(samples: Float32Array): number {
  let loudest = 0;
  for (const sample of samples) {
    const size = sample < 0 ? -sample : sample;
    if (size > loudest) loudest = size;
  }
  return Math.min(1, loudest);
}
