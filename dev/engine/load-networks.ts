/**
 * The only file that knows sherpa-onnx-node. It is loaded in a process of its own: a network that does not fit makes
 * native code end the process, which no `catch` can see.
 */

import { join } from "node:path";
import type { CheckedModel } from "../models/check-model.ts";
import type { ModelFile } from "../models/model.ts";
import { RATE } from "./rate.ts";
import type { Turn } from "./turn.ts";
import { type TimedWord, wordsOfTokens } from "./words-of-tokens.ts";

export type VoiceDetector = {
  /** A window of 512 samples. */
  accept(window: Float32Array): void;
  isSpeaking(): boolean;
  /** Ends the speech that is under way. */
  flush(): void;
  /** The stretches of speech that have ended since, in samples from the start. */
  take(): { start: number; length: number }[];
  reset(): void;
};

type Resampler = {
  push(samples: Float32Array): Float32Array;
  end(): Float32Array;
};

export type Networks = {
  detector: VoiceDetector;
  /** Words with times from the first sample of the piece. */
  recognise(samples: Float32Array): Promise<TimedWord[]>;
  /** To 16 kHz. */
  resampler(from: number): Resampler;
  speakers: {
    /** Who speaks when, numbered from 0; `count` when it is known. */
    diarize(samples: Float32Array, count: number | null): Turn[];
    /** What a voice is like: the closer two of them point, the more alike. */
    embed(samples: Float32Array): Float32Array;
  } | null;
};

/** Of the two: more catches words said softly, less takes fewer noises for speech. */
const SPEECH_THRESHOLD = 0.4;
const SHORTEST_SPEECH_SECONDS = 0.25;
const PAUSE_SECONDS = 0.5;
const LONGEST_SPEECH_SECONDS = 20;
/** Voices closer than this are one. Not tuned on real meetings yet: docs/decisions/016-local-engine.md. */
const SPEAKER_THRESHOLD = 0.75;

/** A module that cannot be loaded on this machine. */
export class NoBinaryError extends Error {
  override name = "NoBinaryError";
}

export async function loadNetworks(model: CheckedModel, threads: number): Promise<Networks> {
  const { default: sherpa } = await import("sherpa-onnx-node").catch((error: unknown) => {
    throw new NoBinaryError(error instanceof Error ? error.message : String(error));
  });
  const path = ({ file }: ModelFile) => join(model.folder, file);
  const shared = { numThreads: threads, provider: "cpu", debug: 0 };

  const recogniser = new sherpa.OfflineRecognizer({
    featConfig: { sampleRate: RATE, featureDim: 80 },
    modelConfig: { ...recogniserConfig(model, path), ...shared },
  });
  const vad = new sherpa.Vad(
    {
      sileroVad: {
        model: model.voice_activity ? path(model.voice_activity) : model.silero,
        threshold: SPEECH_THRESHOLD,
        minSpeechDuration: SHORTEST_SPEECH_SECONDS,
        minSilenceDuration: PAUSE_SECONDS,
        maxSpeechDuration: LONGEST_SPEECH_SECONDS,
        windowSize: 512,
      },
      sampleRate: RATE,
      numThreads: 1,
      debug: 0,
    },
    60,
  );

  return {
    detector: {
      accept: (window) => vad.acceptWaveform(window),
      isSpeaking: () => vad.isDetected(),
      flush: () => vad.flush(),
      take() {
        const stretches: { start: number; length: number }[] = [];
        for (; !vad.isEmpty(); vad.pop()) {
          const { start, samples } = vad.front();
          stretches.push({ start, length: samples.length });
        }
        return stretches;
      },
      reset: () => vad.reset(),
    },
    async recognise(samples) {
      const stream = recogniser.createStream();
      stream.acceptWaveform({ samples, sampleRate: RATE });
      return wordsOfTokens(await recogniser.decodeAsync(stream), samples.length / RATE);
    },
    resampler(from) {
      if (from === RATE) return { push: (samples) => samples, end: () => new Float32Array() };
      const resampler = new sherpa.LinearResampler(from, RATE);
      return {
        push: (samples) => resampler.resample(samples),
        end: () => resampler.flush(new Float32Array()),
      };
    },
    speakers: model.speakers ? loadSpeakers(model.speakers) : null,
  };

  function loadSpeakers({ segmentation, embedding, threshold }: NonNullable<CheckedModel["speakers"]>) {
    const clustering = (count: number | null) => ({
      numClusters: count ?? -1,
      threshold: threshold ?? SPEAKER_THRESHOLD,
    });
    const diarization = new sherpa.OfflineSpeakerDiarization({
      segmentation: { pyannote: { model: path(segmentation) }, ...shared },
      embedding: { model: path(embedding), ...shared },
      clustering: clustering(null),
      minDurationOn: 0.2,
      minDurationOff: 0.3,
    });
    const extractor = new sherpa.SpeakerEmbeddingExtractor({ model: path(embedding), ...shared });
    return {
      diarize(samples: Float32Array, count: number | null) {
        diarization.setConfig({ clustering: clustering(count) });
        return diarization.process(samples);
      },
      embed(samples: Float32Array) {
        const stream = extractor.createStream();
        stream.acceptWaveform({ samples, sampleRate: RATE });
        stream.inputFinished();
        return extractor.isReady(stream) ? extractor.compute(stream) : new Float32Array();
      },
    };
  }
}

function recogniserConfig({ recogniser }: CheckedModel, path: (file: ModelFile) => string): object {
  const tokens = path(recogniser.tokens);
  switch (recogniser.kind) {
    case "nemo_ctc":
      return { nemoCtc: { model: path(recogniser.model) }, tokens };
    case "nemo_transducer": {
      const { encoder, decoder, joiner } = recogniser;
      const transducer = { encoder: path(encoder), decoder: path(decoder), joiner: path(joiner) };
      return { transducer, modelType: "nemo_transducer", tokens };
    }
  }
}
