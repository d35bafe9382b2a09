/** What the engine and its process say to each other. */

import type { HeardWord } from "../marker-speech/find-words.ts";
import type { Interval } from "../marker-speech/voice-activity.ts";

/** How many speakers there may be; null: they are not told apart. */
export type SpeakerBounds = { min: number; max: number } | null;

export type Heard = {
  /** A speaker is a number as text; one alone where nobody is told apart. */
  words: HeardWord[];
  /** When somebody speaks, in seconds. */
  speech: Interval[];
};

export type ToProcess = { kind: "hear"; path: string; speakers: SpeakerBounds } | { kind: "stop" };

export type FromProcess =
  | { kind: "ready" }
  /** The networks could not be loaded: no binary for this machine, or a network of another kind. */
  | { kind: "unusable"; because: "platform" | "model"; message: string }
  /** This much of the recording is done. */
  | { kind: "progress"; seconds: number }
  | { kind: "heard"; heard: Heard }
  | { kind: "stopped" }
  | { kind: "undecodable"; found: string }
  | { kind: "failed"; message: string };
