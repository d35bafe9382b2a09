import type { Transcript } from "../transcript.ts";
import type { NameOf } from "./speaker-names.ts";
import { turnsOf } from "./turns.ts";

/** The upstream's text as it is; with speakers, one labelled paragraph a turn. */
export function renderText(transcript: Transcript, nameOf: NameOf): string {
  const turns = turnsOf(transcript, nameOf);
  if (!turns.some((turn) => turn.speaker !== undefined)) return transcript.text;
  return turns
    .map(({ speaker, text }) => (speaker === undefined ? text : `${speaker}: ${text}`))
    .join("\n\n");
}
