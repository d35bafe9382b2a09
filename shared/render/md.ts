import type { Transcript } from "../transcript/transcript.ts";
import { formatSeconds } from "./clock.ts";
import type { NameOf } from "./speaker-names.ts";
import { turnsOf } from "./turns.ts";

/** One paragraph a turn: `**SPEAKER_00** [00:00:12] text`. What Markdown or HTML would read as markup is escaped. */
export function renderMarkdown(
  transcript: Transcript,
  nameOf: NameOf,
  { times }: { times: boolean },
): string {
  const paragraphs = turnsOf(transcript, nameOf).map(({ speaker, start, text }) => {
    const label = speaker === undefined ? "" : `**${escapeMarkdown(speaker)}** `;
    // Rounded down, so that a jump to this time does not miss the first word.
    const time = times ? `[${formatSeconds(Math.floor(start))}] ` : "";
    return `${label}${time}${escapeMarkdown(text)}\n`;
  });
  return paragraphs.join("\n");
}

/** Signs that only mean something at the start of a line stay: no text stands there. `_` between letters means nothing. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*[\]<>&~|]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&");
}
