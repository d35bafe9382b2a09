import { newId } from "../../shared/id.ts";
import type { Audio, Job } from "../../shared/job.ts";
import { describeError, log } from "../../shared/log.ts";
import { jobMessage } from "../../shared/message.ts";
import { insertJob } from "../../shared/storage/jobs.ts";
import type { JobRequest } from "./job-options.ts";

/** The recording of a job to be: stored, or still to be fetched. */
export type Source =
  | { kind: "stored"; jobId: string; createdAt: number; audioKey: string; audio: Audio }
  | { kind: "url"; url: string; filename: string | null; headers: SealedHeaders };

/** `file_headers`, or null: there are none. */
type SealedHeaders = string | null;

export const NO_AUDIO: Audio = {
  filename: null,
  bytes: null,
  content_type: null,
  container: null,
  codec: null,
  duration: null,
  channels: null,
  sample_rate: null,
  sha256: null,
};

/** Accepts a job and wakes the transcribe Worker. Once this returns, the job is never lost. */
export async function createJob(
  env: Pick<Cloudflare.IngestEnv, "DB" | "TRANSCRIBE_QUEUE">,
  tenantId: string,
  request: JobRequest,
  source: Source,
  now: number,
): Promise<Job> {
  const { task, webhook_url, metadata, external_id, tags, diarize, ...others } = request;
  const { retain_audio_days, retain_transcript_days, ...options } = others;
  const job = await insertJob(env.DB, {
    id: source.kind === "stored" ? source.jobId : newId("job", now),
    tenantId,
    task,
    options: { ...options, diarize: diarize ?? task === "transcribe" },
    sourceUrl: source.kind === "url" ? source.url : null,
    audioKey: source.kind === "stored" ? source.audioKey : null,
    audio: source.kind === "stored" ? source.audio : { ...NO_AUDIO, filename: source.filename },
    fingerprint: null,
    webhookUrl: webhook_url,
    metadata,
    tags,
    externalId: external_id,
    createdAt: source.kind === "stored" ? source.createdAt : now,
    storedAt: now,
    retainAudioDays: retain_audio_days,
    retainTranscriptDays: retain_transcript_days,
    fileHeaders: source.kind === "url" ? source.headers : null,
  });
  log("job.created", { job_id: job.id, tenant_id: tenantId, bytes: job.audio.bytes });
  await wakeJob(env, job.id);
  return job;
}

/** The job is safe in D1: a message that cannot be sent now is sent by the sweep. */
export async function wakeJob(
  env: Pick<Cloudflare.IngestEnv, "TRANSCRIBE_QUEUE">,
  jobId: string,
): Promise<void> {
  try {
    await env.TRANSCRIBE_QUEUE.send(jobMessage(jobId));
  } catch (error) {
    log("job.send_failed", { job_id: jobId, error: describeError(error) });
  }
}
