import type { Job } from "../job.ts";
import { LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../limits.ts";
import type { Part, PartAudio } from "../part.ts";

type PartRow = {
  job_id: string;
  n: number;
  tenant_id: string;
  status: Part["status"];
  start: number;
  end: number;
  audio: string | null;
  attempt: number;
  failures: number;
  upstream_ms: number;
};

/**
 * Parts are claimed like jobs: a claim raises `attempt`, and every later write names it. A part that is `waiting`
 * without `sweep_at` has not been released yet: a job has a bounded number of parts under way, and each that ends
 * releases the next.
 */
const HELD = "job_id = ? AND n = ? AND attempt = ? AND status = 'processing'";
const OUTSTANDING = "status IN ('waiting', 'processing')";

/** Stops the waiting for a job that is held: its parts go on by themselves, and the last one wakes it. */
const HAND_OVER =
  "UPDATE jobs SET sweep_at = NULL, stage = 'transcribing' WHERE id = ? AND attempt = ? AND status = 'processing'";

/** A job's parts in the order of the recording, without those whose pieces took their place. */
export async function listParts(db: D1Database, jobId: string): Promise<Part[]> {
  const { results } = await db
    .prepare("SELECT * FROM parts WHERE job_id = ? AND status <> 'divided' ORDER BY start")
    .bind(jobId)
    .all<PartRow>();
  return results.map(toPart);
}

/**
 * Hands a held job over to its parts: creates those that do not exist, lets go of the job and releases the first
 * parts; one batch. Returns the numbers of the parts to wake; null: the claim was lost.
 */
export async function handOver(
  db: D1Database,
  job: Job,
  spans: { start: number; end: number }[],
  atOnce: number,
  now: number,
): Promise<number[] | null> {
  const inserts = spans.map(({ start, end }, n) =>
    db
      .prepare(
        `INSERT OR IGNORE INTO parts (job_id, n, tenant_id, status, start, end)
         SELECT id, ?, tenant_id, 'waiting', ?, ? FROM jobs WHERE id = ? AND attempt = ? AND status = 'processing'`,
      )
      .bind(n, start, end, job.id, job.attempt),
  );
  const handed = db.prepare(HAND_OVER).bind(job.id, job.attempt);
  const results = await db.batch<{ n: number }>([
    ...inserts,
    count(db, job.id),
    handed,
    release(db, job.id, atOnce, now),
  ]);
  if (results.at(-2)?.meta.changes !== 1) return null;
  return released(results.at(-1));
}

/** Takes a waiting part of a job that is not over. Null: another has it, it is done, or its time has not come. */
export async function claimPart(db: D1Database, jobId: string, n: number, now: number): Promise<Part | null> {
  const row = await db
    .prepare(
      `UPDATE parts SET status = 'processing', attempt = attempt + 1, sweep_at = ?, not_before = NULL
       WHERE job_id = ? AND n = ? AND status = 'waiting' AND COALESCE(not_before, 0) <= ?
         AND EXISTS (SELECT 1 FROM jobs WHERE id = parts.job_id AND status IN ('queued', 'processing'))
       RETURNING *`,
    )
    .bind(now + LEASE_MS, jobId, n, now)
    .first<PartRow>();
  return row && toPart(row);
}

/** A sign of life: the claim holds for another lease. */
export async function extendPart(db: D1Database, part: Part, now: number): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE parts SET sweep_at = ? WHERE ${HELD}`)
    .bind(now + LEASE_MS, part.jobId, part.n, part.attempt)
    .run();
  return meta.changes === 1;
}

/** What is sent for this part is stored. */
export async function savePartAudio(db: D1Database, part: Part, audio: PartAudio): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE parts SET audio = ? WHERE ${HELD}`)
    .bind(JSON.stringify(audio), part.jobId, part.n, part.attempt)
    .run();
  return meta.changes === 1;
}

/** Lets go of the part until `until`; `failed`: the attempt counts. The job shows what it waits for. */
export async function putOffPart(
  db: D1Database,
  part: Part,
  until: number,
  why: { failed: boolean; reason: string | null },
): Promise<boolean> {
  const [moved] = await db.batch([
    db
      .prepare(
        `UPDATE parts SET status = 'waiting', failures = failures + ?, not_before = ?, sweep_at = ? WHERE ${HELD}`,
      )
      .bind(why.failed ? 1 : 0, until, until + WAKE_GRACE_MS, part.jobId, part.n, part.attempt),
    db
      .prepare("UPDATE jobs SET waiting_for = ? WHERE id = ? AND status = 'processing'")
      .bind(why.reason, part.jobId),
  ]);
  return moved?.meta.changes === 1;
}

/**
 * The part's answer is stored. In the same batch the next parts are released, and a job without parts to come goes
 * back to the queue to be assembled. Null: the claim was lost.
 */
export async function finishPart(
  db: D1Database,
  part: Part,
  upstreamMs: number,
  atOnce: number,
  now: number,
): Promise<{ wake: number[]; last: boolean } | null> {
  const done = db
    .prepare(`UPDATE parts SET status = 'done', sweep_at = NULL, upstream_ms = ? WHERE ${HELD}`)
    .bind(upstreamMs, part.jobId, part.n, part.attempt);
  const results = await db.batch<{ n: number }>([
    done,
    count(db, part.jobId),
    release(db, part.jobId, atOnce, now),
    toAssemble(db, part.jobId, now),
  ]);
  if (results[0]?.meta.changes !== 1) return null;
  return { wake: released(results[2]), last: results[3]?.meta.changes === 1 };
}

/** Puts smaller pieces in the place of a part that the speech API could not take. Null: the claim was lost. */
export async function dividePart(
  db: D1Database,
  part: Part,
  pieces: { start: number; end: number; audio: PartAudio }[],
  atOnce: number,
  now: number,
): Promise<number[] | null> {
  const inserts = pieces.map(({ start, end, audio }) =>
    db
      .prepare(
        `INSERT INTO parts (job_id, n, tenant_id, status, start, end, audio)
         SELECT job_id, (SELECT MAX(n) + 1 FROM parts WHERE job_id = ?1), tenant_id, 'waiting', ?2, ?3, ?4
         FROM parts WHERE job_id = ?1 AND n = ?5 AND attempt = ?6 AND status = 'processing'`,
      )
      .bind(part.jobId, start, end, JSON.stringify(audio), part.n, part.attempt),
  );
  const divided = db
    .prepare(`UPDATE parts SET status = 'divided', sweep_at = NULL WHERE ${HELD}`)
    .bind(part.jobId, part.n, part.attempt);
  const results = await db.batch<{ n: number }>([
    ...inserts,
    divided,
    count(db, part.jobId),
    release(db, part.jobId, atOnce, now),
  ]);
  if (results.at(-3)?.meta.changes !== 1) return null;
  return released(results.at(-1));
}

/** The job has ended: nobody holds its parts any more, and nobody wakes them. What is done stays done. */
export function stopParts(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE parts SET status = 'waiting', attempt = attempt + 1, failures = 0, not_before = NULL, sweep_at = NULL
       WHERE job_id = ? AND ${OUTSTANDING}
         AND EXISTS (SELECT 1 FROM jobs WHERE id = parts.job_id AND status IN ('failed', 'canceled'))`,
    )
    .bind(jobId);
}

/** Parts whose time has come, as with jobs: claims that ended without a word, wake-ups that went missing. */
export async function sweepParts(
  db: D1Database,
  now: number,
  limit: number,
): Promise<{ jobId: string; n: number }[]> {
  const { results } = await db
    .prepare(
      `UPDATE parts SET failures = failures + (status = 'processing'), status = 'waiting', sweep_at = ?
       WHERE (job_id, n) IN (SELECT job_id, n FROM parts WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?)
         AND ${OUTSTANDING} RETURNING job_id AS jobId, n`,
    )
    .bind(now + WAKE_REPEAT_MS, now, limit)
    .all<{ jobId: string; n: number }>();
  return results;
}

/** After a failed send: the next sweep is to try these again. */
export async function sweepPartsAgain(
  db: D1Database,
  parts: { jobId: string; n: number }[],
  now: number,
): Promise<void> {
  await db.batch(
    parts.map(({ jobId, n }) =>
      db
        .prepare("UPDATE parts SET sweep_at = ? WHERE job_id = ? AND n = ? AND sweep_at IS NOT NULL")
        .bind(now, jobId, n),
    ),
  );
}

/** Releases waiting parts until `atOnce` of this job are under way. */
function release(db: D1Database, jobId: string, atOnce: number, now: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE parts SET sweep_at = ?1 WHERE job_id = ?2 AND n IN (
         SELECT n FROM parts WHERE job_id = ?2 AND status = 'waiting' AND sweep_at IS NULL ORDER BY start
         LIMIT MAX(0, ?3 - (SELECT COUNT(*) FROM parts
           WHERE job_id = ?2 AND ${OUTSTANDING} AND sweep_at IS NOT NULL)))
         AND EXISTS (SELECT 1 FROM jobs WHERE id = ?2 AND status IN ('queued', 'processing'))
       RETURNING n`,
    )
    .bind(now + WAKE_GRACE_MS, jobId, atOnce);
}

function released(result: D1Result<{ n: number }> | undefined): number[] {
  return (result?.results ?? []).map((row) => row.n);
}

/** Progress as the API shows it, from the parts themselves, so that it cannot drift. */
function count(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE jobs SET
         parts_total = (SELECT COUNT(*) FROM parts WHERE job_id = jobs.id AND status <> 'divided'),
         parts_done = (SELECT COUNT(*) FROM parts WHERE job_id = jobs.id AND status = 'done'),
         waiting_for = NULL
       WHERE id = ?`,
    )
    .bind(jobId);
}

function toAssemble(db: D1Database, jobId: string, now: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE jobs SET status = 'queued', stage = 'assembling', sweep_at = ?
       WHERE id = ? AND status = 'processing' AND sweep_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM parts WHERE job_id = jobs.id AND ${OUTSTANDING})`,
    )
    .bind(now + WAKE_GRACE_MS, jobId);
}

function toPart(row: PartRow): Part {
  return {
    jobId: row.job_id,
    n: row.n,
    tenantId: row.tenant_id,
    status: row.status,
    start: row.start,
    end: row.end,
    audio: row.audio === null ? null : JSON.parse(row.audio),
    attempt: row.attempt,
    failures: row.failures,
    upstreamMs: row.upstream_ms,
  };
}
