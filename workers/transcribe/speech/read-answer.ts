import { ok, type Result } from "../../../shared/result.ts";
import type { Call } from "../../../shared/storage/calls.ts";
import { estimateWords } from "../../../shared/transcript/estimate-words.ts";
import { parseTranscript, type TranscriptFailure } from "../../../shared/transcript/parse-transcript.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";

/** An answer as the rest of the Worker uses it, and what it lacks. */
export type HeardAnswer = {
  transcript: Transcript;
  /** True: the words' times are guessed from their segments'. */
  isEstimated: boolean;
};

/** Reads an answer in any of the shapes that speech APIs have. The same answer always gives the same. */
export function readHeard(
  body: string,
  { job, seconds }: Pick<Call, "job" | "seconds">,
): Result<HeardAnswer, TranscriptFailure> {
  const parsed = parseTranscript(body);
  if (!parsed.ok) return parsed;
  const transcript = parsed.value;
  const says = transcript.text.trim() !== "" || transcript.segments.length > 0;
  const wantsWords = job.options.timestamp_granularities.includes("word") || transcript.segments.length === 0;
  const isEstimated = says && wantsWords && transcript.words.length === 0;
  return ok({
    transcript: isEstimated ? estimateWords(transcript, seconds) : transcript,
    isEstimated,
  });
}

export function namesSpeakers({ speaker_segments: turns, words }: Transcript): boolean {
  return turns.length > 0 || words.some((word) => word.speaker_id !== undefined);
}
