import type { Transcript } from "../transcript/transcript.ts";
import { formatClock } from "./clock.ts";
import { buildCues } from "./cues.ts";
import { type NameOf, speakersShown } from "./speaker-names.ts";
import type { SubtitleRules } from "./subtitle-rules.ts";
import { subtitleUnits } from "./subtitle-units.ts";

/** SubRip. With more than one speaker, `NAME: ` stands where the speaker changes, unless the rules say otherwise. */
export function renderSrt(transcript: Transcript, nameOf: NameOf, rules: SubtitleRules): string {
  const isOne = rules.labels === "changes" && speakersShown(transcript, nameOf).size < 2;
  const labelled: SubtitleRules = isOne ? { ...rules, labels: "never" } : rules;
  const cues = buildCues(subtitleUnits(transcript, nameOf, rules), {
    duration: transcript.duration,
    rules: labelled,
  });
  const blocks = cues.map(({ startMs, endMs, lines }, index) => {
    const text = lines.map(withoutArrow).join("\n");
    return `${index + 1}\n${formatClock(startMs, ",")} --> ${formatClock(endMs, ",")}\n${text}\n`;
  });
  return blocks.join("\n");
}

/** SubRip has no escapes, and many readers take any line with `-->` for a time line. */
function withoutArrow(line: string): string {
  return line.replace(/-{2,}>/g, "→");
}
