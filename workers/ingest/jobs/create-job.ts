import type { NamedVoice } from "../../../shared/edits/carry-names.ts";
import { newId } from "../../../shared/id.ts";
import type { Audio, Job } from "../../../shared/job.ts";
import { log } from "../../../shared/log.ts";
import { eventMessage, jobMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import { insertJob, type NewJob, queued } from "../../../shared/storage/jobs.ts";
import { quotaIn } from "../../../shared/storage/quota.ts";
import { readRetentionDefaults } from "../../../shared/storage/retention.ts";
import type { NewThread } from "../../../shared/storage/slack-threads.ts";
import { eventOf } from "../../../shared/webhooks/event.ts";
import type { JobRequest } from "./job-options.ts";

/** The recording of a new job, under the id that the job will have. */
export type Source = StoredSource | UrlSource | MadeBefore;

export type StoredSource = {
  kind: "stored";
  jobId: string;
  createdAt: number;
  audioKey: string;
  audio: Audio;
  /** Whose names are to be found in its transcript. */
  voices?: NamedVoice[];
  /** Removes the recording again, where it is of no use without the job. */
  discard?: () => Promise<void>;
};

/** Still to be fetched. */
type UrlSource = {
  kind: "url";
  jobId: string;
  createdAt: number;
  url: string;
  filename: string | null;
  /** `file_headers`, sealed; null: there are none. */
  headers: string | null;
  /** Where in Slack it was shared. */
  thread?: NewThread;
};

/** An earlier run of the same request has made the job. */
type MadeBefore = { kind: "made"; job: Job };

/** Whose job it is: a tenant's, made with one of its keys. */
type Owner = { tenantId: string; keyId: string };

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

type Deps = {
  env: Pick<Cloudflare.IngestEnv, "DB" | "TRANSCRIBE_QUEUE" | "NOTIFY_QUEUE">;
  now: () => number;
};

/**
 * Makes a job of a recording and wakes the transcribe Worker, whichever way the recording came. Once this returns, the
 * job is never lost.
 * @param options checked by `checkOptions`
 * @throws an error that `quotaIn` knows, when a limit of the tenant is reached; the recording is then discarded. After
 * any other error the job may exist, so the recording stays: if it has no job, the sweep removes it.
 */
export async function createJob(deps: Deps, owner: Owner, options: JobRequest, source: Source): Promise<Job> {
  if (source.kind === "made") return source.job;
  try {
    return await insert(deps, owner, options, source);
  } catch (error) {
    if (source.kind === "stored" && quotaIn(error)) await source.discard?.();
    throw error;
  }
}

async function insert(
  { env, now: clock }: Deps,
  { tenantId, keyId }: Owner,
  request: JobRequest,
  source: StoredSource | UrlSource,
): Promise<Job> {
  const now = clock();
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
    voices: source.kind === "stored" ? (source.voices ?? []) : [],
    thread: source.kind === "url" ? (source.thread ?? null) : null,
  };
  const event = eventOf(newId("evt", now), "job.queued", queued(given), null, now);
  const { job, isAnnounced } = await insertJob(env.DB, given, event);
  log("job.created", { job_id: job.id, tenant_id: tenantId, bytes: job.audio.bytes });
  await wake(env.TRANSCRIBE_QUEUE, [jobMessage(job.id)]);
  if (isAnnounced) await wake(env.NOTIFY_QUEUE, [eventMessage(event.id)]);
  return job;
}
