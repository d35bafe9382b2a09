import type { Job } from "../job.ts";
import { PURGE_AGAIN_MS } from "../limits.ts";
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
 * Records that these recordings are removed: they are no longer read, and their jobs cannot be retried. Their objects are
 * removed next, and once more when no Worker can still be writing them.
 * @returns the jobs that had one until now, with the keys of their objects as far as the database knows them; the
 *   second removal looks for others
 */
export async function expireAudio(
  db: D1Database,
  jobs: DueJob[],
  now: number,
): Promise<(DueJob & { keys: string[] })[]> {
  const ids = JSON.stringify(jobs.map(({ id }) => id));
  const isOne = "id IN (SELECT value FROM json_each(?1))";
  const [noted] = await db.batch<DueJob & { keys: string }>([
    db
      .prepare(
        `UPDATE jobs SET audio_removed_at = ?2 WHERE ${isOne} AND audio_until <= ?2
         RETURNING id, tenant_id AS tenantId, (SELECT json_group_array(key) FROM (
           SELECT jobs.audio_key AS key
           UNION SELECT audio ->> 'key' FROM parts WHERE job_id = jobs.id AND audio IS NOT NULL)) AS keys`,
      )
      .bind(ids, now),
    db
      .prepare(
        `INSERT INTO purges (job_id, tenant_id, sweep_at, kind)
         SELECT id, tenant_id, ?3, 'audio' FROM jobs WHERE ${isOne} AND audio_removed_at = ?2
         ON CONFLICT (job_id) DO UPDATE SET sweep_at = excluded.sweep_at, kind = iif(kind IS excluded.kind, kind, NULL)`,
      )
      .bind(ids, now, now + PURGE_AGAIN_MS),
  ]);
  return (noted?.results ?? []).map((row) => ({ ...row, keys: JSON.parse(row.keys) })); // as json_group_array wrote it
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
    purgeAnswers(db, job, now),
    ...clearThread(db, job.id, now),
  ]);
  return noted?.meta.changes === 1;
}

/** For the transcript that was removed in this batch. Where the recording is still to be purged, both are. */
function purgeAnswers(db: D1Database, job: DueJob, now: number): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO purges (job_id, tenant_id, sweep_at, kind)
       SELECT id, tenant_id, ?1, 'raw' FROM jobs WHERE id = ?2 AND transcript_removed_at = ?3
       ON CONFLICT (job_id) DO UPDATE SET sweep_at = excluded.sweep_at, kind = iif(kind IS excluded.kind, kind, NULL)`,
    )
    .bind(now + PURGE_AGAIN_MS, job.id, now);
}
