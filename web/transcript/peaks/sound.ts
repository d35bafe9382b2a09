/** Decoded sound: its first channel, and its start in seconds. */
export type Sound = { start: number; samples: Float32Array; sampleRate: number };

/** Decodes some of the recording around a moment, in seconds; null: there is nothing. */
export type Listen = (seconds: number) => Promise<Sound | null>;

export class CannotDecodeError extends Error {
  override name = "CannotDecodeError";

  constructor() {
    super("This browser cannot decode the recording.");
  }
}
