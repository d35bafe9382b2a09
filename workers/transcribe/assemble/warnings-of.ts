import type { Job } from "../../../shared/job.ts";
import { type Warning, type WarningCode, warning } from "../../../shared/speech/warning.ts";
import { NO_SPEAKER, type TranscriptSummary } from "../../../shared/transcript/transcript.ts";
import type { Heard } from "../speech/part-answers.ts";

/** What the customer has to know of a transcript. */
export function warningsOf(
  { options }: Pick<Job, "options">,
  { words, segments, speakers }: Pick<TranscriptSummary, "words" | "segments" | "speakers">,
  { heard, isEstimated }: Pick<Heard, "heard" | "isEstimated">,
): Warning[] {
  const codes: WarningCode[] = [];
  const hasSpeakers = speakers.some((speaker) => speaker !== NO_SPEAKER);
  if (!heard) codes.push("stand_in");
  else if (options.diarize && !hasSpeakers && words + segments > 0) codes.push("speakers_not_available");
  if (isEstimated) codes.push("words_not_available");
  return codes.map(warning);
}
