import { newId } from "../../../shared/id.ts";
import type { Audio, Job } from "../../../shared/job.ts";
import { log } from "../../../shared/log.ts";
import { eventMessage, jobMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import { insertJob, type NewJob, queued } from "../../../shared/storage/jobs.ts";
import { readRetentionDefaults } from "../../../shared/storage/retention.ts";
import type { NewThread } from "../../../shared/storage/slack-threads.ts";
import { eventOf } from "../../../shared/webhooks/event.ts";
import type { JobRequest } from "./job-options.ts";

/** The recording of a job to be: stored, or still to be fetched. */
export type Source = { jobId: string; createdAt: number } & (
  | { kind: "stored"; audioKey: string; audio: Audio }
  | {
      kind: "url";
      url: string;
      filename: string | null;
      headers: SealedHeaders;
      /** Where in Slack it came up. */
      thread?: NewThread;
    }
);

/** Whose job it is: a tenant's, made with one of its keys. */
export type Owner = { tenantId: string; keyId: string };

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

/**
 * Accepts a job and wakes the transcribe Worker. Once this returns, the job is never lost.
 * @throws what `quotaIn` knows, when a limit of the tenant is reached
 */
export async function createJob(
  env: Pick<Cloudflare.IngestEnv, "DB" | "TRANSCRIBE_QUEUE" | "NOTIFY_QUEUE">,
  { tenantId, keyId }: Owner,
  request: JobRequest,
  source: Source,
  now: number,
): Promise<Job> {
  const { task, webhook_url, metadata, external_id, tags, diarize, ...others } = request;
  const { retain_audio_days, retain_transcript_days, ...options } = others;
  const defaults = await readRetentionDefaults(env.DB, tenantId);
  const given: NewJob = {
    id: source.jobId,
    tenantId,
    keyId,
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
    createdAt: source.createdAt,
    storedAt: now,
    retainAudioDays: retain_audio_days ?? defaults.audioDays,
    retainTranscriptDays: retain_transcript_days ?? defaults.transcriptDays,
    fileHeaders: source.kind === "url" ? source.headers : null,
    thread: source.kind === "url" ? (source.thread ?? null) : null,
  };
  const event = eventOf(newId("evt", now), "job.queued", queued(given), null, now);
  const { job, isAnnounced } = await insertJob(env.DB, given, event);
  log("job.created", { job_id: job.id, tenant_id: tenantId, bytes: job.audio.bytes });
  await wake(env.TRANSCRIBE_QUEUE, [jobMessage(job.id)]);
  if (isAnnounced) await wake(env.NOTIFY_QUEUE, [eventMessage(event.id)]);
  return job;
}
