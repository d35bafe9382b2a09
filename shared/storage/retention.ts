import type { Job } from "../job.ts";
import { PURGE_AGAIN_MS } from "../limits.ts";
import type { ObjectKind } from "./job-objects.ts";
import { type JobRow, toJob } from "./job-row.ts";
import { forgetKept } from "./kept-answers.ts";
import { clearThread } from "./slack-notices.ts";

/** Days after a job's end; null: until the job is deleted. */
export type RetentionDays = { audioDays: number | null; transcriptDays: number | null };

const FOR_EVER: RetentionDays = { audioDays: null, transcriptDays: null };

/** What a tenant's jobs have when they do not say. */
export async function readRetentionDefaults(db: D1Database, tenantId: string): Promise<RetentionDays> {
  const row = await db
    .prepare(
      "SELECT audio_days AS audioDays, transcript_days AS transcriptDays FROM retention_defaults WHERE tenant_id = ?",
    )
    .bind(tenantId)
    .first<RetentionDays>();
  return row ?? FOR_EVER;
}

/** Holds for jobs accepted from now on. */
export async function saveRetentionDefaults(
  db: D1Database,
  tenantId: string,
  { audioDays, transcriptDays }: RetentionDays,
): Promise<void> {
  await db
    .prepare(
      "INSERT OR REPLACE INTO retention_defaults (tenant_id, audio_days, transcript_days) VALUES (?, ?, ?)",
    )
    .bind(tenantId, audioDays, transcriptDays)
    .run();
}

/** Jobs of which nothing is to be kept any more, the longest due first. */
export async function dueJobs(db: D1Database, now: number, limit: number): Promise<Job[]> {
  const { results } = await db
    .prepare("SELECT * FROM jobs WHERE job_until <= ? ORDER BY job_until LIMIT ?")
    .bind(now, limit)
    .all<JobRow>();
  return results.map(toJob);
}

export type DueJob = { id: string; tenantId: string };

/** Jobs whose recording is not to be kept any more, the longest due first. */
export async function dueAudio(db: D1Database, now: number, limit: number): Promise<DueJob[]> {
  const { results } = await db
    .prepare("SELECT id, tenant_id AS tenantId FROM jobs WHERE audio_until <= ? ORDER BY audio_until LIMIT ?")
    .bind(now, limit)
    .all<DueJob>();
  return results;
}

/** Jobs whose transcript is not to be kept any more, the longest due first. */
export async function dueTranscripts(db: D1Database, now: number, limit: number): Promise<DueJob[]> {
  const { results } = await db
    .prepare(
      "SELECT id, tenant_id AS tenantId FROM jobs WHERE transcript_until <= ? ORDER BY transcript_until LIMIT ?",
    )
    .bind(now, limit)
    .all<DueJob>();
  return results;
}

/**
 * Records that the recording is removed: it is no longer read, and the job cannot be retried. Its objects are removed
 * next, and once more when no Worker can still be writing them. False: it is kept after all, or was removed before.
 */
export async function expireAudio(db: D1Database, job: DueJob, now: number): Promise<boolean> {
  const [noted] = await db.batch([
    db
      .prepare("UPDATE jobs SET audio_removed_at = ? WHERE id = ? AND audio_until <= ?")
      .bind(now, job.id, now),
    insertPurge(db, job, "audio", now),
  ]);
  return (noted?.meta.changes ?? 0) > 0; // the recording's bytes are counted by a trigger
}

/**
 * Removes the transcript and notes it. Without its fingerprint no duplicate finds the job, so the
 * next recording of the same bytes is transcribed again. The raw answers go next.
 */
export async function expireTranscript(db: D1Database, job: DueJob, now: number): Promise<boolean> {
  const [noted] = await db.batch([
    db
      .prepare(
        "UPDATE jobs SET transcript_removed_at = ?, fingerprint = NULL WHERE id = ? AND transcript_until <= ?",
      )
      .bind(now, job.id, now),
    ...["transcript_slices", "search_blocks", "revisions"].map((table) =>
      db
        .prepare(
          `DELETE FROM ${table} WHERE job_id = (
             SELECT id FROM jobs WHERE id = ? AND transcript_removed_at IS NOT NULL)`,
        )
        .bind(job.id),
    ),
    forgetKept(db, job.id),
    insertPurge(db, job, "raw", now),
    ...clearThread(db, job.id, now),
  ]);
  return noted?.meta.changes === 1;
}

/** For what was removed in this batch. Where the other kind is still to be purged, both are. */
function insertPurge(db: D1Database, job: DueJob, kind: ObjectKind, now: number): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO purges (job_id, tenant_id, sweep_at, kind)
       SELECT id, tenant_id, ?1, ?2 FROM jobs
       WHERE id = ?3 AND ?4 = iif(?2 = 'audio', audio_removed_at, transcript_removed_at)
       ON CONFLICT (job_id) DO UPDATE SET sweep_at = excluded.sweep_at, kind = iif(kind IS excluded.kind, kind, NULL)`,
    )
    .bind(now + PURGE_AGAIN_MS, kind, job.id, now);
}
