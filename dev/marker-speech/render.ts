// Renders a laid-out script second by second, so a recording of hours needs no more memory than one of seconds.

import type { Layout } from "./lay-out-script.ts";
import type { Synthesizer } from "./synthesize.ts";

const BLOCK = 65_536;

/** Sound to be mixed under the markers; `at` is the index of its first sample in the recording. */
export type Underlay = { at: number; samples: Float32Array };

/**
 * All samples of the recording in order, in blocks that are reused: copy what must stay.
 * @param underlays in order of time
 */
export async function* renderScript(
  layout: Layout,
  sampleRate: number,
  synthesizer: Synthesizer,
  underlays: AsyncIterable<Underlay> | Iterable<Underlay> = [],
): AsyncGenerator<Float32Array> {
  const total = sampleCountOf(layout, sampleRate);
  const markers = new Mixer(drawWords(layout, sampleRate, synthesizer));
  const voices = new Mixer(underlays);
  const block = new Float32Array(BLOCK);
  for (let from = 0; from < total; from += BLOCK) {
    block.fill(0);
    await markers.addTo(block, from);
    await voices.addTo(block, from);
    yield block.subarray(0, Math.min(BLOCK, total - from));
  }
}

export function sampleCountOf(layout: Layout, sampleRate: number): number {
  return Math.round(layout.duration * sampleRate);
}

function* drawWords(layout: Layout, sampleRate: number, synthesizer: Synthesizer): Generator<Underlay> {
  for (const turn of layout.turns) {
    for (const word of turn.words) {
      yield { at: Math.round(word.start * sampleRate) - synthesizer.leadIn, samples: synthesizer.draw(word) };
    }
  }
}

/** Pulls sounds as their time comes and keeps those that reach into the next block. */
class Mixer {
  #source: AsyncIterator<Underlay> | Iterator<Underlay>;
  #sounding: Underlay[] = [];
  #next: Underlay | null | undefined;

  constructor(source: AsyncIterable<Underlay> | Iterable<Underlay>) {
    this.#source =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  async addTo(block: Float32Array, from: number): Promise<void> {
    const to = from + block.length;
    this.#next ??= await this.#pull();
    while (this.#next !== null && this.#next !== undefined && this.#next.at < to) {
      this.#sounding.push(this.#next);
      this.#next = await this.#pull();
    }
    for (const sound of this.#sounding) {
      const first = Math.max(0, from - sound.at);
      const last = Math.min(sound.samples.length, to - sound.at);
      for (let i = first; i < last; i++) {
        const at = sound.at + i - from;
        block[at] = (block[at] ?? 0) + (sound.samples[i] ?? 0);
      }
    }
    this.#sounding = this.#sounding.filter((sound) => sound.at + sound.samples.length > to);
  }

  async #pull(): Promise<Underlay | null> {
    const { done, value } = await this.#source.next();
    return done ? null : value;
  }
}
