import type { Job } from "../../../shared/job.ts";
import { overlaySpeakers } from "../../../shared/transcript/overlay-speakers.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";

/** The calls that a part takes. Translations come without speakers: a diarized transcription tells who spoke when. */
export function purposesOf(job: Job): ("text" | "speakers")[] {
  return job.task === "translate" && job.options.diarize ? ["text", "speakers"] : ["text"];
}

/** A part's transcript out of its answers, one for each purpose of `purposesOf`, in that order. */
export function combineAnswers([text, speakers]: readonly Transcript[]): Transcript {
  if (!text) throw new Error("a part has at least one answer");
  return speakers ? overlaySpeakers(text, speakers) : text;
}
