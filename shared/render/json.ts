import type { Transcript } from "../transcript/transcript.ts";

/** The upstream's `response_format=json`. */
export function renderJson(transcript: Transcript): string {
  return JSON.stringify({ text: transcript.text });
}
