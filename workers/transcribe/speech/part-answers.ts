import type { Job } from "../../../shared/job.ts";
import { ok, type Result } from "../../../shared/result.ts";
import { apiOf, type Provider } from "../../../shared/speech/provider.ts";
import type { UpstreamConfig } from "../../../shared/speech/upstream-config.ts";
import { estimateWords } from "../../../shared/stitch/estimate-words.ts";
import type { Call } from "../../../shared/storage/calls.ts";
import type { Answer } from "../../../shared/storage/raw-answers.ts";
import { UNKNOWN_LANGUAGE } from "../../../shared/transcript/language.ts";
import { overlaySpeakers } from "../../../shared/transcript/overlay-speakers.ts";
import { parseTranscript } from "../../../shared/transcript/parse-transcript.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";

/** What was heard of a part: one answer read, or all of a part's together. */
export type Heard = {
  transcript: Transcript;
  /** Every provider that answered. */
  providers: Provider[];
  /** False: the stand-in found where somebody speaks, and no word of it. */
  heard: boolean;
  /** True: the words' times are guessed from their segments'. */
  isEstimated: boolean;
};

/**
 * The calls that a part takes. Translations come without speakers: a diarized transcription tells who spoke when,
 * where the speech API knows speakers.
 */
export function purposesOf(job: Job, { provider }: UpstreamConfig): ("text" | "speakers")[] {
  const needsSpeakers = job.task === "translate" && job.options.diarize && apiOf(provider) !== "openai";
  return needsSpeakers ? ["text", "speakers"] : ["text"];
}

/** Reads an answer in any of the shapes that speech APIs have. The same answer always gives the same. */
export function hear(
  { body, provider, heard }: Answer,
  { job, seconds }: Pick<Call, "job" | "seconds">,
): Result<Heard, { reason: string }> {
  const parsed = parseTranscript(body);
  if (!parsed.ok) return parsed;
  const transcript = heard ? parsed.value : withoutWords(parsed.value);
  const isEstimated = lacksWords(transcript, job);
  return ok({
    transcript: isEstimated ? estimateWords(transcript, seconds) : transcript,
    providers: [provider],
    heard,
    isEstimated,
  });
}

/** Text that is not timed at all gets words in any case, so that parts can be put together. */
function lacksWords({ text, segments, words }: Transcript, { options }: Job): boolean {
  const wantsWords = options.timestamp_granularities.includes("word") || segments.length === 0;
  return text.trim() !== "" && wantsWords && words.length === 0;
}

/** The stand-in's answer to a recording that it does not understand: of what it says, only the places are so. */
function withoutWords({ duration, segments }: Transcript): Transcript {
  return {
    language: UNKNOWN_LANGUAGE,
    duration,
    text: "",
    segments: segments.map(({ id, start, end }) => ({ id, start, end, text: "" })),
    words: [],
    speaker_segments: [],
  };
}

/** A part out of its answers, one for each purpose of `purposesOf`, in that order. */
export function combineAnswers([text, speakers]: readonly Heard[]): Heard {
  if (!text) throw new Error("a part has at least one answer");
  if (!speakers) return text;
  return {
    transcript: overlaySpeakers(text.transcript, speakers.transcript),
    providers: [...text.providers, ...speakers.providers],
    heard: text.heard && speakers.heard,
    isEstimated: text.isEstimated,
  };
}

export function namesSpeakers({ speaker_segments: turns, words }: Transcript): boolean {
  return turns.length > 0 || words.some((word) => word.speaker_id !== undefined);
}
