import type { Job } from "../../../shared/job.ts";
import { type Warning, type WarningCode, warning } from "../../../shared/speech/warning.ts";
import { NO_SPEAKER, type TranscriptSummary } from "../../../shared/transcript/transcript.ts";

/** What the customer has to know of a transcript. @param heard false: some of it is where somebody speaks, without words */
export function warningsOf(
  { options }: Pick<Job, "options">,
  { words, segments, speakers }: Pick<TranscriptSummary, "words" | "segments" | "speakers">,
  heard: boolean,
): Warning[] {
  const codes: WarningCode[] = [];
  const hasSpeakers = speakers.some((speaker) => speaker !== NO_SPEAKER);
  if (!heard) codes.push("stand_in");
  else if (options.diarize && !hasSpeakers && words + segments > 0) codes.push("speakers_not_available");
  return codes.map(warning);
}
