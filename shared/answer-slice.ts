import type { Provider } from "./speech/provider.ts";

const PURPOSES = ["text", "speakers", "identify_speakers"] as const;

/**
 * What a call to the speech API is for. `text`: the transcript or translation. `speakers`: the second, diarized call
 * behind a translation. `identify_speakers`: the call that shows which speakers of different parts are the same person.
 */
export type CallPurpose = (typeof PURPOSES)[number];

/** A slice of an answer that R2 did not take. An answer is there when all its slices are. */
export type AnswerSlice = {
  part: number;
  purpose: CallPurpose;
  /** Of the call: slices of two answers are never mixed. */
  attempt: number;
  n: number;
  total: number;
  upstreamMs: number;
  provider: Provider;
  /** False: the stand-in found no word. */
  heard: boolean;
  /** Base64 of gzip. */
  text: string;
};

export function isPurpose(value: unknown): value is CallPurpose {
  return PURPOSES.some((purpose) => purpose === value);
}
