/** Some sound: its first channel, and when it begins, in seconds. */
export type Sound = { start: number; samples: Float32Array; sampleRate: number };

/** Hears some of the recording around a moment, in seconds; null: nothing there. */
export type Listen = (seconds: number) => Promise<Sound | null>;

export class CannotDecodeError extends Error {
  override name = "CannotDecodeError";

  constructor() {
    super("This browser cannot decode the recording.");
  }
}
