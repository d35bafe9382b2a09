/** One recording through the networks: decoded, cut at pauses, recognised, its speakers told apart. */

import { setImmediate } from "node:timers/promises";
import { decodeAudio } from "../decode-audio/index.ts";
import { createPieceCutter, type Piece } from "./cut-pieces.ts";
import type { Networks } from "./load-networks.ts";
import type { Heard, SpeakerBounds } from "./messages.ts";
import { RATE } from "./rate.ts";
import { createSpeakerTeller, speakerOf } from "./tell-speakers.ts";
import type { TimedWord } from "./words-of-tokens.ts";

type Progress = {
  /** After every few seconds of audio: how many are done. */
  onProgress(seconds: number): void;
  signal: AbortSignal;
};

/** @throws UndecodableAudioError; what `signal` was aborted with */
export async function hearFile(
  path: string,
  speakers: SpeakerBounds,
  networks: Networks,
  { onProgress, signal }: Progress,
): Promise<Heard> {
  const audio = await decodeAudio(path);
  const resampler = networks.resampler(audio.sampleRate);
  const cutter = createPieceCutter(networks.detector);
  const teller = speakers && networks.speakers ? createSpeakerTeller(networks.speakers, speakers) : null;
  const words: TimedWord[] = [];
  const speech: Heard["speech"] = [];
  let samples = 0;

  async function take(pieces: Piece[]): Promise<void> {
    for (const piece of pieces) {
      const offset = piece.from / RATE;
      speech.push({ start: offset, end: offset + piece.samples.length / RATE });
      for (const { word, start, end } of await networks.recognise(piece.samples)) {
        words.push({ word, start: start + offset, end: end + offset });
      }
    }
    // Lets a message in that says to stop.
    await setImmediate();
    signal.throwIfAborted();
    onProgress(samples / RATE);
  }

  async function hear(chunk: Float32Array): Promise<void> {
    samples += chunk.length;
    teller?.push(chunk);
    await take(cutter.push(chunk));
  }

  try {
    for await (const chunk of audio.chunks) await hear(resampler.push(chunk));
    await hear(resampler.end());
    await take(cutter.end());
  } finally {
    networks.detector.reset();
  }
  const turns = teller?.end() ?? [];
  return {
    words: words.map((word) => ({ ...word, speaker: String(speakerOf(word, turns)) })),
    speech,
  };
}
