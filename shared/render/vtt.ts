import type { Transcript } from "../transcript/transcript.ts";
import { formatClock } from "./clock.ts";
import { buildCues } from "./cues.ts";
import type { NameOf } from "./speaker-names.ts";
import type { SubtitleRules } from "./subtitle-rules.ts";
import { subtitleUnits } from "./subtitle-units.ts";

/** WebVTT; the speaker of a cue is its voice span, whose end tag the format lets us leave out. */
export function renderVtt(transcript: Transcript, nameOf: NameOf, rules: SubtitleRules): string {
  const cues = buildCues(subtitleUnits(transcript, nameOf, rules), {
    duration: transcript.duration,
    rules: { ...rules, labels: "never" },
  });
  const isVoiced = rules.labels !== "never";
  const blocks = cues.map(({ startMs, endMs, speaker, lines }) => {
    const voice = isVoiced && speaker !== undefined ? `<v ${escapeVtt(speaker)}>` : "";
    return `${formatClock(startMs, ".")} --> ${formatClock(endMs, ".")}\n${voice}${escapeVtt(lines.join("\n"))}\n`;
  });
  return ["WEBVTT\n", ...blocks].join("\n");
}

/** The three characters cue text must not hold as such; this also takes the arrow out of `-->`. */
function escapeVtt(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
