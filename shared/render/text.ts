import type { Transcript } from "../transcript/transcript.ts";
import { formatSeconds } from "./clock.ts";
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

/** One paragraph a turn, with or without speakers: `[00:00:12] SPEAKER_00: text`. */
export function renderTimedText(transcript: Transcript, nameOf: NameOf): string {
  return turnsOf(transcript, nameOf)
    .map(({ start, speaker, text }) => {
      const label = speaker === undefined ? "" : `${speaker}: `;
      // Rounded down, so that a jump to this time does not miss the first word.
      return `[${formatSeconds(Math.floor(start))}] ${label}${text}`;
    })
    .join("\n\n");
}
