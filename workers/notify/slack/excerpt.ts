import { SLACK_EXCERPT_CHARACTERS } from "../../../shared/limits.ts";
import { formatSeconds } from "../../../shared/render/clock.ts";
import { speakerNamer } from "../../../shared/render/speaker-names.ts";
import { turnsOf } from "../../../shared/render/turns.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { cutText, escapeText } from "./mrkdwn.ts";
import type { Shown } from "./post-once.ts";

/** With less room than this, a turn is left out instead of cut. */
const WORTH_CUTTING = 200;
const MORE = "\n… the rest is in the files.";

/** The start of a transcript with speakers and times, as one block that Slack accepts. */
export function excerptMessage(transcript: Transcript, names: Readonly<Record<string, string>>): Shown {
  const text = excerptText(transcript, names);
  return { text, blocks: [{ type: "section", text: { type: "mrkdwn", text } }] };
}

function excerptText(transcript: Transcript, names: Readonly<Record<string, string>>): string {
  const turns = turnsOf(transcript, speakerNamer(names));
  if (turns.length === 0) return "No speech was found in this recording.";
  const room = SLACK_EXCERPT_CHARACTERS - MORE.length;
  let text = "";
  for (const [n, { start, speaker, text: said }] of turns.entries()) {
    const label = speaker === undefined ? "" : ` ${escapeText(speaker)}:`;
    const turn = `${n === 0 ? "" : "\n"}\`${formatSeconds(Math.floor(start))}\`${label} ${escapeText(said)}`;
    const isLast = n === turns.length - 1;
    if (text.length + turn.length <= (isLast ? SLACK_EXCERPT_CHARACTERS : room)) {
      text += turn;
      continue;
    }
    const rest = room - text.length;
    return `${rest < WORTH_CUTTING ? text : text + cutText(turn, rest)}${MORE}`;
  }
  return text;
}
