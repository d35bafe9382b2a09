import type { Transcript } from "../transcript.ts";
import { formatClock } from "./clock.ts";
import { buildCues } from "./cues.ts";
import { type NameOf, speakersShown } from "./speaker-names.ts";
import { subtitleUnits } from "./subtitle-units.ts";

/** SubRip. With more than one speaker, `NAME: ` stands where the speaker changes. */
export function renderSrt(transcript: Transcript, nameOf: NameOf): string {
  const labels = speakersShown(transcript, nameOf).size > 1;
  const cues = buildCues(subtitleUnits(transcript, nameOf), { duration: transcript.duration, labels });
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
