import type { Job } from "../../../shared/job.ts";
import { ok, type Result } from "../../../shared/result.ts";
import type { Ear } from "../../../shared/speech/ear.ts";
import type { Answer } from "../../../shared/storage/raw-answers.ts";
import { UNKNOWN_LANGUAGE } from "../../../shared/transcript/language.ts";
import { overlaySpeakers } from "../../../shared/transcript/overlay-speakers.ts";
import { parseTranscript } from "../../../shared/transcript/parse-transcript.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";

/** What was heard of a part: one answer read, or all of a part's together. */
export type Heard = {
  transcript: Transcript;
  /** Every ear that answered. */
  ears: Ear[];
  /** False: the stand-in found where somebody speaks, and no word of it. */
  heard: boolean;
};

/** The calls that a part takes. Translations come without speakers: a diarized transcription tells who spoke when. */
export function purposesOf(job: Job): ("text" | "speakers")[] {
  return job.task === "translate" && job.options.diarize ? ["text", "speakers"] : ["text"];
}

export function hear({ body, ear, heard }: Answer): Result<Heard, { reason: string }> {
  const parsed = parseTranscript(body);
  if (!parsed.ok) return parsed;
  return ok({ transcript: heard ? parsed.value : withoutWords(parsed.value), ears: [ear], heard });
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
    ears: [...text.ears, ...speakers.ears],
    heard: text.heard && speakers.heard,
  };
}
