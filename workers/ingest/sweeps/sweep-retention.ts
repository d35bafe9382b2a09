import { describeError, log } from "../../../shared/log.ts";
import { removeJobObjects } from "../../../shared/storage/job-objects.ts";
import {
  type DueJob,
  dueAudio,
  dueJobs,
  dueTranscripts,
  expireAudio,
  expireTranscript,
} from "../../../shared/storage/retention.ts";
import { removeJob } from "../jobs/remove-job.ts";

/** Of each kind; each takes a few subrequests. The others wait for the next sweep. */
export const BATCH = 50;

type Env = Pick<Cloudflare.IngestEnv, "DB" | "BUCKET" | "NOTIFY_QUEUE">;

/** Removes what has reached the end of its retention: recordings, transcripts, and jobs that have neither. */
export async function sweepRetention(env: Env, now: () => number): Promise<void> {
  for (const job of await dueJobs(env.DB, now(), BATCH)) {
    await attempt(job.id, () => removeJob({ env, now }, job, "retention_ended"));
  }
  for (const job of await dueAudio(env.DB, now(), BATCH)) {
    await attempt(job.id, () => removeAudio(env, job, now()));
  }
  for (const job of await dueTranscripts(env.DB, now(), BATCH)) {
    await attempt(job.id, () => removeTranscript(env, job, now()));
  }
}

/** A failure must not stop the others. The purge removes what is left. */
async function attempt(jobId: string, remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    log("sweep.retention_failed", { job_id: jobId, error: describeError(error) });
  }
}

async function removeAudio(env: Env, job: DueJob, now: number): Promise<void> {
  if (!(await expireAudio(env.DB, job, now))) return;
  await removeJobObjects(env.BUCKET, job.tenantId, job.id, "audio");
  log("retention.audio_removed", { job_id: job.id, tenant_id: job.tenantId });
}

async function removeTranscript(env: Env, job: DueJob, now: number): Promise<void> {
  if (!(await expireTranscript(env.DB, job, now))) return;
  await removeJobObjects(env.BUCKET, job.tenantId, job.id, "raw");
  log("retention.transcript_removed", { job_id: job.id, tenant_id: job.tenantId });
}
