/**
 * Who speaks when, over a recording of any length: it is diarized in stretches, whose voices are linked by how they
 * sound. Over the whole of it, a diarizer's memory would grow with the square of the length.
 */

import { linkVoices, type Voice } from "./link-voices.ts";
import type { Networks } from "./load-networks.ts";
import { RATE } from "./rate.ts";
import type { Turn } from "./turn.ts";

type SpeakerTeller = {
  push(samples: Float32Array): void;
  /** The turns of the whole recording, speakers numbered from 0. */
  end(): Turn[];
};

const STRETCH = 600 * RATE;
/** So much of a voice tells what it is like. */
const SAMPLE_SECONDS = 30;

export function createSpeakerTeller(
  { diarize, embed }: NonNullable<Networks["speakers"]>,
  bounds: { min: number; max: number },
): SpeakerTeller {
  const turns: (Turn & { stretch: number })[] = [];
  const voices: (Voice & { speaker: number })[] = [];
  let buffer = new Float32Array(16 * RATE);
  let filled = 0;
  let stretches = 0;

  function takeStretch(isOnly: boolean): void {
    const samples = buffer.subarray(0, filled);
    filled = 0;
    const stretch = stretches++;
    for (const turn of diarizeWithin(samples, isOnly)) turns.push({ ...turn, stretch });
    for (const speaker of new Set(
      turns.filter((turn) => turn.stretch === stretch).map((turn) => turn.speaker),
    )) {
      const own = turns.filter((turn) => turn.stretch === stretch && turn.speaker === speaker);
      const seconds = own.reduce((sum, { start, end }) => sum + end - start, 0);
      voices.push({ stretch, speaker, seconds, embedding: embed(sampleOf(samples, own)) });
    }
  }

  /** How many speakers there are in one stretch of several, nobody knows. */
  function diarizeWithin(samples: Float32Array, isOnly: boolean): Turn[] {
    const { min, max } = bounds;
    const found = diarize(samples, isOnly && min === max ? min : null);
    const count = new Set(found.map(({ speaker }) => speaker)).size;
    return isOnly && count > 0 && count < min ? diarize(samples, min) : found;
  }

  return {
    push(samples) {
      for (let at = 0; at < samples.length; ) {
        const taken = samples.subarray(at, at + STRETCH - filled);
        if (filled + taken.length > buffer.length) {
          const larger = new Float32Array(Math.min(STRETCH, 2 * (filled + taken.length)));
          larger.set(buffer.subarray(0, filled));
          buffer = larger;
        }
        buffer.set(taken, filled);
        filled += taken.length;
        at += taken.length;
        if (filled === STRETCH) takeStretch(false);
      }
    },
    end() {
      if (filled > 0) takeStretch(stretches === 0);
      const speakers = linkVoices(voices, bounds);
      const offset = STRETCH / RATE;
      return turns.map(({ start, end, speaker, stretch }) => ({
        start: start + stretch * offset,
        end: end + stretch * offset,
        speaker:
          speakers[voices.findIndex((voice) => voice.stretch === stretch && voice.speaker === speaker)] ?? 0,
      }));
    },
  };
}

/** The longest turns of a voice, up to some seconds. */
function sampleOf(samples: Float32Array, turns: Turn[]): Float32Array {
  const longest = turns.toSorted((one, other) => other.end - other.start - (one.end - one.start));
  const parts: Float32Array[] = [];
  let left = SAMPLE_SECONDS * RATE;
  for (const { start, end } of longest) {
    const part = samples.subarray(Math.round(start * RATE), Math.round(end * RATE)).subarray(0, left);
    parts.push(part);
    left -= part.length;
  }
  const all = new Float32Array(SAMPLE_SECONDS * RATE - left);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The speaker of each word: who speaks most of it, or next to it. */
export function speakerOf(word: { start: number; end: number }, turns: readonly Turn[]): number {
  const overlap = ({ start, end }: Turn) => Math.min(word.end, end) - Math.max(word.start, start);
  return (
    turns.reduce<Turn | undefined>(
      (best, turn) => (best && overlap(best) >= overlap(turn) ? best : turn),
      undefined,
    )?.speaker ?? 0
  );
}
