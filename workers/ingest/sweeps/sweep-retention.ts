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
import { removeAudio } from "../../../shared/storage/store-audio.ts";
import { removeJob } from "../jobs/remove-job.ts";

/** Jobs and transcripts; each takes a request to D1. The others wait for the next sweep. */
export const BATCH = 100;
/** Recordings go together: three requests to D1 for this number of them, and one or two to R2. */
const RECORDINGS = 500;
/** A backlog of 100,000 recordings is gone in four minutes. */
const ROUNDS = 60;

type Env = Pick<Cloudflare.IngestEnv, "DB" | "BUCKET" | "NOTIFY_QUEUE">;

/** Removes what has reached the end of its retention: recordings, transcripts, and jobs that have neither. */
export async function sweepRetention(env: Env, now: () => number): Promise<void> {
  for (const job of await dueJobs(env.DB, now(), BATCH)) {
    await attempt(job.id, () => removeJob({ env, now }, job, "retention_ended"));
  }
  await attempt("recordings", () => removeRecordings(env, now));
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

async function removeRecordings(env: Env, now: () => number): Promise<void> {
  for (let n = 0; n < ROUNDS; n++) {
    const due = await dueAudio(env.DB, now(), RECORDINGS);
    if (due.length === 0) return;
    const expired = await expireAudio(env.DB, due, now());
    await removeObjects(env, expired);
    for (const { id, tenantId } of expired)
      log("retention.audio_removed", { job_id: id, tenant_id: tenantId });
    if (due.length < RECORDINGS) return;
  }
}

/** Of few jobs all that they have; of a backlog what the database knows, and the purge removes the rest. */
async function removeObjects(
  { BUCKET }: Env,
  expired: Awaited<ReturnType<typeof expireAudio>>,
): Promise<void> {
  if (expired.length > BATCH) {
    const keys = expired.flatMap((job) => job.keys);
    return attempt("recordings", () => removeAudio(BUCKET, keys));
  }
  for (const job of expired) {
    await attempt(job.id, () => removeJobObjects(BUCKET, job.tenantId, job.id, "audio"));
  }
}

async function removeTranscript(env: Env, job: DueJob, now: number): Promise<void> {
  if (!(await expireTranscript(env.DB, job, now))) return;
  await removeJobObjects(env.BUCKET, job.tenantId, job.id, "raw");
  log("retention.transcript_removed", { job_id: job.id, tenant_id: job.tenantId });
}
