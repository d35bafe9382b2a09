import type { Job } from "../../../shared/job.ts";
import { overlaySpeakers } from "../../../shared/transcript/overlay-speakers.ts";
import type { SpeechConfig } from "../config.ts";
import type { HeardAnswer } from "./read-answer.ts";

/**
 * The calls that a part takes. Translations come without speakers: a diarized transcription tells who spoke when,
 * where the speech API knows speakers.
 */
export function purposesOf(job: Job, { kind }: SpeechConfig): ("text" | "speakers")[] {
  const needsSpeakers = job.task === "translate" && job.options.diarize && kind !== "openai";
  return needsSpeakers ? ["text", "speakers"] : ["text"];
}

/** What a part's answers say together: one for each purpose of `purposesOf`, in that order. */
export function combineAnswers([text, speakers]: readonly HeardAnswer[]): HeardAnswer {
  if (!text) throw new Error("a part has at least one answer");
  if (!speakers) return text;
  return { ...text, transcript: overlaySpeakers(text.transcript, speakers.transcript) };
}
