// Marker speech as samples: draws a frame's chords from waveforms made once per sample rate.

import { LOWEST_SAMPLE_RATE, SYMBOL_SECONDS, TONES, toneHz } from "./band.ts";
import { wordToChords } from "./frame.ts";
import type { SpokenWord } from "./word-bits.ts";

/** Symbols fade into one another over this long; shorter would click, longer would eat the guard. */
const FADE_SECONDS = 0.002;

/** Amplitude of five tones together stays below this, full scale being 1. */
export const DEFAULT_LEVEL = 0.4;

/** Draws words at one sample rate. */
export type Synthesizer = {
  /** The samples of a word. They begin `leadIn` samples before the word does, where the first fade starts. */
  draw(spoken: SpokenWord): Float32Array;
  leadIn: number;
};

/**
 * @param sampleRate in Hz
 * @param level peak amplitude, full scale being 1
 * @throws RangeError when the rate is too low to hold the band
 */
export function createSynthesizer(sampleRate: number, level = DEFAULT_LEVEL): Synthesizer {
  if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_SAMPLE_RATE) {
    throw new RangeError(
      `marker speech needs a sample rate of at least ${LOWEST_SAMPLE_RATE} Hz, not ${sampleRate}: its tones reach 7.1 kHz`,
    );
  }
  const halfFade = Math.round((FADE_SECONDS / 2) * sampleRate);
  const waveforms = TONES.map((tone) => drawTone(tone, sampleRate, halfFade));

  function draw(spoken: SpokenWord): Float32Array {
    const chords = wordToChords(spoken);
    const samples = new Float32Array(
      Math.round(chords.length * SYMBOL_SECONDS * sampleRate) + 2 * halfFade + 1,
    );
    chords.forEach((chord, index) => {
      const from = Math.round(index * SYMBOL_SECONDS * sampleRate);
      // Chords of fewer tones are as loud as those of five.
      const amplitude = (level / 5) * Math.sqrt(5 / chord.length);
      for (const tone of chord) {
        const waveform = waveforms[tone] ?? new Float32Array();
        for (let i = 0; i < waveform.length; i++) {
          samples[from + i] = (samples[from + i] ?? 0) + amplitude * (waveform[i] ?? 0);
        }
      }
    });
    return samples;
  }
  return { draw, leadIn: halfFade };
}

/** One symbol of one tone with its fades, starting half a fade before the symbol. */
function drawTone(tone: number, sampleRate: number, halfFade: number): Float32Array {
  const length = Math.round(SYMBOL_SECONDS * sampleRate);
  const fade = 2 * halfFade;
  const radians = (2 * Math.PI * toneHz(tone)) / sampleRate;
  // Newman's phases keep the peaks of several tones from meeting.
  const phase = (Math.PI * tone * tone) / TONES.length;
  return Float32Array.from({ length: length + fade }, (_, i) => {
    const edge = Math.min(i + 0.5, length + fade - i - 0.5);
    const gain = edge >= fade ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * edge) / fade);
    return gain * Math.sin(radians * i + phase);
  });
}
