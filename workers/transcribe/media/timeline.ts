import type { InputAudioTrack } from "mediabunny";

type Timeline = {
  /** Where the recording's zero lies in the times of its tracks, in seconds: not 0 in a piece of a live stream. */
  start: number;
  /** Seconds from there to the first sound: players of a video wait for it, decoders of the sound alone do not. */
  soundStart: number;
};

/** The recording starts with the first of its tracks, as it does in players. */
export async function readTimeline(audio: InputAudioTrack): Promise<Timeline> {
  const first = await audio.getFirstTimestamp();
  if (first <= 0) return { start: 0, soundStart: 0 };
  const start = Math.max(0, await audio.input.getFirstTimestamp());
  return { start, soundStart: first - start };
}
