import type { Job } from "../../../shared/job.ts";

/** The calls that a part takes. Translations come without speakers: a diarized transcription tells who spoke when. */
export function purposesOf(job: Job): ("text" | "speakers")[] {
  return job.task === "translate" && job.options.diarize ? ["text", "speakers"] : ["text"];
}
