/** Cuts a recording as it comes into pieces of speech, at pauses: memory does not grow with its length. */

import type { VoiceDetector } from "./load-networks.ts";
import { RATE } from "./rate.ts";

/** Samples at 16 kHz, and where in the recording the first of them lies. */
export type Piece = { from: number; samples: Float32Array };

type PieceCutter = {
  /** Samples in, the pieces that ended in them out. */
  push(samples: Float32Array): Piece[];
  /** The pieces that end with the recording. */
  end(): Piece[];
};

/** The detector takes windows of this length. */
const WINDOW = 512;
/** Sound without a pause is cut here, or a piece would hold all of it. */
const LONGEST = 25 * RATE;
/** The detector starts late and ends early; a recogniser needs the breath around the words. */
const BEFORE = 0.2 * RATE;
const BEHIND = 0.1 * RATE;
/** Some 30 s: longer than the longest piece, what is around it and the pause that ends it. */
const KEPT = 940 * WINDOW;

export function createPieceCutter(detector: VoiceDetector): PieceCutter {
  const recent = new Float32Array(KEPT);
  let heard = 0;
  let filled = 0;
  let speakingFor = 0;
  let lastEnd = 0;

  function takeWindow(): Piece[] {
    detector.accept(recent.slice((heard - WINDOW) % KEPT, ((heard - 1) % KEPT) + 1));
    speakingFor = detector.isSpeaking() ? speakingFor + WINDOW : 0;
    if (speakingFor >= LONGEST) {
      detector.flush();
      speakingFor = 0;
    }
    return detector.take().map(cut);
  }

  /** Reaches into the silence around, but not into the piece before. */
  function cut({ start, length }: { start: number; length: number }): Piece {
    const from = Math.max(start - BEFORE, lastEnd, heard - KEPT, 0);
    const to = Math.min(start + length + BEHIND, heard);
    lastEnd = Math.max(to, from);
    const samples = new Float32Array(lastEnd - from);
    for (let i = 0; i < samples.length; i++) samples[i] = recent[(from + i) % KEPT] ?? 0;
    return { from, samples };
  }

  return {
    push(samples) {
      const pieces: Piece[] = [];
      for (const sample of samples) {
        // A broken file can hold samples that are no numbers; to the networks they are silence.
        recent[heard % KEPT] = Number.isFinite(sample) ? Math.max(-1, Math.min(1, sample)) : 0;
        heard += 1;
        filled += 1;
        if (filled === WINDOW) {
          filled = 0;
          pieces.push(...takeWindow());
        }
      }
      return pieces;
    },
    end() {
      const pieces: Piece[] = [];
      // The last window is filled up with silence.
      if (filled > 0) pieces.push(...this.push(new Float32Array(WINDOW - filled)));
      detector.flush();
      pieces.push(...detector.take().map(cut));
      detector.reset();
      return pieces;
    },
  };
}
