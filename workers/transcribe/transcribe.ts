import type { Job, JobResult } from "../../shared/job.ts";
import { laySpeakers } from "../../shared/lay-speakers.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { saveTranscript } from "../../shared/storage/transcripts.ts";
import { serializeTranscript, summarizeTranscript, type Transcript } from "../../shared/transcript.ts";
import { buyAnswer } from "./buy-answer.ts";
import type { Setback } from "./setback.ts";
import type { World } from "./world.ts";

/** Gets the job's transcript from the speech API and saves it; the job is not completed yet. */
export async function transcribe(
  world: World,
  job: Job,
  gone: AbortSignal,
): Promise<Result<{ summary: JobResult; upstreamMs: number }, Setback>> {
  const text = await buyAnswer(world, { job, part: 0, purpose: "text" }, gone);
  if (!text.ok) return text;
  let { transcript, upstreamMs } = text.value;

  // Translations come without speakers: a diarized transcription of the same audio tells who spoke when.
  if (job.task === "translate" && job.options.diarize) {
    const speakers = await buyAnswer(world, { job, part: 0, purpose: "speakers" }, gone);
    if (!speakers.ok) return err(speakers.error);
    transcript = laySpeakers(transcript, speakers.value.transcript);
    upstreamMs += speakers.value.upstreamMs;
  }
  const json = serializeTranscript(transcript);
  if (!(await saveTranscript(world.db, job, json))) return err({ kind: "lost" });
  return ok({ summary: await summarize(transcript, json), upstreamMs });
}

async function summarize(transcript: Transcript, json: string): Promise<JobResult> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(json));
  return {
    ...summarizeTranscript(transcript),
    transcript_sha256: Buffer.from(digest).toString("hex"),
    reused_from: null,
  };
}
