import type { Failure } from "../failure.ts";
import type { Audio, Job, JobResult } from "../job.ts";
import { LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../limits.ts";
import type { Part } from "../part.ts";
import type { Event } from "../webhooks/event.ts";
import { leaveCalls } from "./calls.ts";
import { insertEventIf } from "./events.ts";
import { STORAGE_WAS_AWAY } from "./gates.ts";
import { endImport, leaveImport } from "./imports.ts";
import { type JobRow, toJob } from "./job-row.ts";
import { stopParts } from "./parts.ts";
import { unmeterJob } from "./quota.ts";

/**
 * Writes of the transcribe Worker to a job it has claimed. A claim raises `attempt`, and every later write names that
 * number, so a Worker that lost its claim changes nothing: the function returns false, and the Worker stops quietly.
 */
const CLAIMED = "id = ? AND attempt = ? AND status = 'processing'";

/** Claims a waiting job. Null: another Worker has it, it has ended, it does not exist, or its time has not come. */
export async function claimJob(db: D1Database, id: string, now: number): Promise<Job | null> {
  const row = await db
    .prepare(
      `UPDATE jobs SET status = 'processing', attempt = attempt + 1, sweep_at = ?, not_before = NULL,
         waiting_for = NULL, started_at = COALESCE(started_at, ?),
         stage = CASE stage WHEN 'stored' THEN 'probing' ELSE stage END
       WHERE id = ? AND status = 'queued' AND COALESCE(not_before, 0) <= ? RETURNING *`,
    )
    .bind(now + LEASE_MS, now, id, now)
    .first<JobRow>();
  return row && toJob(row);
}

/** Heartbeat: extends the lease, unless the job's parts were dispatched. */
export async function extendLease(db: D1Database, job: Job, now: number): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE jobs SET sweep_at = ? WHERE ${CLAIMED} AND sweep_at IS NOT NULL`)
    .bind(now + LEASE_MS, job.id, job.attempt)
    .run();
  return meta.changes === 1;
}

/** Saves that the audio was imported from its URL. The import's row is removed in the same batch. */
export async function saveImport(
  db: D1Database,
  job: Job,
  audioKey: string,
  audio: Audio,
  now: number,
): Promise<boolean> {
  const [updated] = await db.batch([
    db
      .prepare(
        `UPDATE jobs SET audio_key = ?, audio = ?, stored_at = ?, stage = 'probing', sweep_at = ? WHERE ${CLAIMED}`,
      )
      .bind(audioKey, JSON.stringify(audio), now, now + LEASE_MS, job.id, job.attempt),
    ...endImport(db, job.id),
  ]);
  return updated?.meta.changes !== 0; // the tenant's stored bytes are counted by a trigger
}

/** Saves what the probe found, and the fingerprint by which duplicates are found. */
export async function saveProbe(
  db: D1Database,
  job: Job,
  audio: Audio,
  fingerprint: string | null,
): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE jobs SET audio = ?, fingerprint = ?, stage = 'transcribing' WHERE ${CLAIMED}`)
    .bind(JSON.stringify(audio), fingerprint, job.id, job.attempt)
    .run();
  return meta.changes === 1;
}

/** Saves another fingerprint. Who pays for that one is to be found out. */
export async function saveFingerprint(
  db: D1Database,
  job: Job,
  fingerprint: string | null,
): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE jobs SET fingerprint = ?, spending = 0 WHERE ${CLAIMED}`)
    .bind(fingerprint, job.id, job.attempt)
    .run();
  return meta.changes === 1;
}

/** Saves where the recording is cut: computed once, so that every attempt cuts in the same places. */
export async function savePlan(db: D1Database, job: Job, plan: string): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE jobs SET plan = ?, stage = 'cutting' WHERE ${CLAIMED}`)
    .bind(plan, job.id, job.attempt)
    .run();
  return meta.changes === 1;
}

/**
 * Lets one job pay for its fingerprint: true for the first, false while a duplicate is being paid for or when one has
 * finished since this job looked. One statement, so that of two Workers asking at once one is refused.
 */
export async function startSpending(db: D1Database, job: Job): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE jobs SET spending = 1 WHERE ${CLAIMED} AND NOT EXISTS (
         SELECT 1 FROM jobs AS other WHERE other.tenant_id = jobs.tenant_id AND other.fingerprint = jobs.fingerprint
           AND (other.spending = 1 OR other.status = 'completed') AND other.id <> jobs.id)`,
    )
    .bind(job.id, job.attempt)
    .run();
  return meta.changes === 1;
}

/** A completed job with the same fingerprint, whose transcript can be reused. */
export async function findDuplicate(db: D1Database, job: Job): Promise<Job | null> {
  if (job.fingerprint === null) return null;
  const row = await db
    .prepare(
      "SELECT * FROM jobs WHERE tenant_id = ? AND fingerprint = ? AND status = 'completed' AND id <> ? LIMIT 1",
    )
    .bind(job.tenantId, job.fingerprint, job.id)
    .first<JobRow>();
  return row && toJob(row);
}

/** Gives the claim back until `until`, for a reason that is not the job's fault. */
export async function deferJob(db: D1Database, job: Job, until: number, reason: string): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE jobs SET status = 'queued', not_before = ?, waiting_for = ?, sweep_at = ? WHERE ${CLAIMED}`,
    )
    .bind(until, reason, until + WAKE_GRACE_MS, job.id, job.attempt)
    .run();
  return meta.changes === 1;
}

/** Gives the claim back until `until`, after a failed attempt that counts. */
export async function deferFailedJob(db: D1Database, job: Job, until: number): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE jobs SET status = 'queued', failures = failures + 1, not_before = ?, sweep_at = ? WHERE ${CLAIMED}`,
    )
    .bind(until, until + WAKE_GRACE_MS, job.id, job.attempt)
    .run();
  return meta.changes === 1;
}

/** The job as its completion will leave it: what the event tells. */
export function completed(
  job: Job,
  result: JobResult,
  upstreamMs: number,
  now: number,
  speakers: Job["speakers"] = {},
): Job {
  return {
    ...job,
    status: "completed",
    stage: "done",
    result,
    transcriptAttempt: job.attempt,
    upstreamMs: job.upstreamMs + upstreamMs,
    completedAt: now,
    sequence: job.sequence + 1,
    speakers,
    revision: Object.keys(speakers).length > 0 ? 1 : 0,
  };
}

/** Ends the job with the transcript that this attempt has saved; job, event and first names in one batch. */
export async function completeJob(db: D1Database, job: Job, event: Event): Promise<boolean> {
  const [updated] = await db.batch([
    db
      .prepare(
        `UPDATE jobs SET status = 'completed', stage = 'done', result = ?, fingerprint = ?, transcript_attempt = attempt,
           upstream_ms = ?, completed_at = ?, sweep_at = NULL, spending = 0, sequence = sequence + 1, voices = NULL,
           speakers = ?, revision = ? WHERE ${CLAIMED}`,
      )
      .bind(
        JSON.stringify(job.result),
        job.fingerprint,
        job.upstreamMs,
        job.completedAt,
        JSON.stringify(job.speakers),
        job.revision,
        job.id,
        job.attempt,
      ),
    insertEventIf(db, event, "completed"),
    db
      .prepare(
        `INSERT OR IGNORE INTO revisions (job_id, n, speakers, edits, edits_count, created_at)
         SELECT id, revision, speakers, '[]', 0, completed_at FROM jobs
         WHERE id = ? AND attempt = ? AND status = 'completed' AND revision = 1`,
      )
      .bind(job.id, job.attempt),
    db
      .prepare(
        `DELETE FROM transcript_slices WHERE job_id = ? AND attempt <> (
           SELECT transcript_attempt FROM jobs WHERE id = transcript_slices.job_id)`,
      )
      .bind(job.id),
  ]);
  return updated?.meta.changes === 1;
}

/** The job as it will be once it has failed. */
export function failed(job: Job, error: Failure, now: number): Job {
  return { ...job, status: "failed", error, completedAt: now, sequence: job.sequence + 1 };
}

/**
 * Ends the job as failed; job and event in one batch. A waiting job may be ended too, so the attempt alone is no
 * fence: after a cancellation and a retry it is still the same until the next claim, but the sequence is not.
 * `because` is the part that failed: no other Worker may have claimed it since.
 */
export async function failJob(
  db: D1Database,
  job: Job,
  event: Event,
  because: Part | null = null,
): Promise<boolean> {
  const [updated] = await db.batch([
    db
      .prepare(
        `UPDATE jobs SET status = 'failed', error = ?, completed_at = ?, sweep_at = NULL, spending = 0,
           waiting_for = NULL, sequence = sequence + 1
         WHERE id = ? AND attempt = ? AND sequence = ? AND status IN ('queued', 'processing')
           AND (? IS NULL OR EXISTS (SELECT 1 FROM parts WHERE job_id = jobs.id AND n = ? AND attempt = ?))`,
      )
      .bind(
        JSON.stringify(job.error),
        job.completedAt,
        job.id,
        job.attempt,
        job.sequence - 1,
        because?.n ?? null,
        because?.n ?? null,
        because?.attempt ?? null,
      ),
    insertEventIf(db, event, "failed"),
    leaveCalls(db, job.id),
    unmeterJob(db, job.id),
    stopParts(db, job.id),
    ...leaveImport(db, job.id),
  ]);
  return updated?.meta.changes === 1;
}

/** A job of any tenant: for the Workers, which serve all tenants. */
export async function readAnyJob(db: D1Database, id: string): Promise<Job | null> {
  const row = await db.prepare("SELECT * FROM jobs WHERE id = ?").bind(id).first<JobRow>();
  return row && toJob(row);
}

/**
 * Jobs that are due: those whose lease ran out go back to the queue, and the attempt counts as a failure, unless
 * storage was away; waiting jobs are to be woken again. At most `limit`, oldest first. Returns the ids to wake.
 */
export async function sweepJobs(db: D1Database, now: number, limit: number): Promise<string[]> {
  const due = "SELECT id FROM jobs WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?";
  const { results } = await db
    .prepare(
      `UPDATE jobs SET failures = failures + (status = 'processing' AND NOT ${STORAGE_WAS_AWAY}), status = 'queued', sweep_at = ?
       WHERE id IN (${due}) AND status IN ('queued', 'processing') RETURNING id`,
    )
    .bind(now + WAKE_REPEAT_MS, now, limit)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

/** Has the next sweep wake a waiting job whose messages are used up. False: it does not wait. */
export async function sweepJobSoon(db: D1Database, id: string, now: number): Promise<boolean> {
  const { meta } = await db
    .prepare("UPDATE jobs SET sweep_at = MAX(?, COALESCE(not_before, 0)) WHERE id = ? AND status = 'queued'")
    .bind(now, id)
    .run();
  return meta.changes === 1;
}

/** After a failed send: the next sweep tries these again. */
export async function sweepJobsAgain(db: D1Database, ids: string[], now: number): Promise<void> {
  await db.batch(
    ids.map((id) =>
      db.prepare("UPDATE jobs SET sweep_at = ? WHERE id = ? AND sweep_at IS NOT NULL").bind(now, id),
    ),
  );
}
