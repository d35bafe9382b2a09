/** What load-networks.ts uses of sherpa-onnx-node, which has no types of its own. */
declare module "sherpa-onnx-node" {
  type Wave = { samples: Float32Array; sampleRate: number };
  type Stream = { acceptWaveform(wave: Wave): void };
  type Clustering = { numClusters: number; threshold: number };

  class OfflineRecognizer {
    constructor(config: object);
    createStream(): Stream;
    decodeAsync(stream: Stream): Promise<{ tokens: string[]; timestamps: number[]; durations?: number[] }>;
  }
  class Vad {
    constructor(config: object, bufferSizeInSeconds: number);
    acceptWaveform(samples: Float32Array): void;
    isEmpty(): boolean;
    isDetected(): boolean;
    front(): { start: number; samples: Float32Array };
    pop(): void;
    flush(): void;
    reset(): void;
  }
  class LinearResampler {
    constructor(from: number, to: number);
    resample(samples: Float32Array): Float32Array;
    flush(samples: Float32Array): Float32Array;
  }
  class OfflineSpeakerDiarization {
    constructor(config: object);
    setConfig(config: { clustering: Clustering }): void;
    process(samples: Float32Array): { start: number; end: number; speaker: number }[];
  }
  class SpeakerEmbeddingExtractor {
    constructor(config: object);
    createStream(): Stream & { inputFinished(): void };
    isReady(stream: Stream): boolean;
    compute(stream: Stream): Float32Array;
  }

  const sherpa: {
    OfflineRecognizer: typeof OfflineRecognizer;
    Vad: typeof Vad;
    LinearResampler: typeof LinearResampler;
    OfflineSpeakerDiarization: typeof OfflineSpeakerDiarization;
    SpeakerEmbeddingExtractor: typeof SpeakerEmbeddingExtractor;
  };
  export default sherpa;
}
