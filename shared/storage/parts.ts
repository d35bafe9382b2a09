import type { Job } from "../job.ts";
import { LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../limits.ts";
import type { Part, PartAudio, PartName } from "../part.ts";
import type { Event } from "../webhooks/event.ts";
import { insertEventIf, isAnnounced } from "./events.ts";
import { STORAGE_WAS_AWAY } from "./gates.ts";
import { type JobRow, toJob } from "./job-row.ts";

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
  failed_calls: number;
  not_before: number | null;
  upstream_ms: number;
};

/** Whether the claim was lost, and the parts that were released, which must be woken in either case. */
type Freed = { isLost: boolean; wake: PartName[] };

export type Span = { start: number; end: number };

/**
 * Parts are claimed like jobs: a claim raises `attempt`, and every later write names it. A tenant has a limited number
 * of parts under way (`sweep_at` is set). A waiting part without `sweep_at` is held back until another part ends.
 */
const CLAIMED = "job_id = ? AND n = ? AND attempt = ? AND status = 'processing'";
const OUTSTANDING = "status IN ('waiting', 'processing')";
const HELD_BACK = "status = 'waiting' AND sweep_at IS NULL";

/** Progress as the API shows it, counted from the parts themselves, so that it is always right. */
const COUNTS = `
  parts_total = (SELECT COUNT(*) FROM parts WHERE job_id = jobs.id AND status <> 'split'),
  parts_done = (SELECT COUNT(*) FROM parts WHERE job_id = jobs.id AND status = 'done')`;

/** A processing job without a lease: its parts were dispatched. */
const DISPATCHED = "status = 'processing' AND sweep_at IS NULL";
const HAS_OUTSTANDING = `EXISTS (SELECT 1 FROM parts WHERE job_id = jobs.id AND ${OUTSTANDING})`;

/** A job's parts in the order of the recording, without those that were split. */
export async function listParts(db: D1Database, jobId: string): Promise<Part[]> {
  const { results } = await db
    .prepare("SELECT * FROM parts WHERE job_id = ? AND status <> 'split' ORDER BY start")
    .bind(jobId)
    .all<PartRow>();
  return results.map(toPart);
}

/** The job as `fanOut` will leave it. */
export function dispatched(job: Job, spans: Span[]): Job {
  const partsTotal = spans.length > 0 ? spans.length : job.partsTotal;
  return { ...job, stage: "transcribing", partsTotal, sequence: job.sequence + 1 };
}

/**
 * Fans a claimed job out to its parts, in one batch: creates the parts from `spans` (empty when they exist already),
 * gives back the job's claim, and releases as many parts as the tenant's concurrency allows. A part that is the only
 * one is claimed in the same statement, since the Worker that would be woken is the caller.
 * @param job as `dispatched` returned it; `event` announces that the work has begun
 */
export async function fanOut(
  db: D1Database,
  job: Job,
  spans: Span[],
  tenantConcurrency: number,
  now: number,
  event: Event,
): Promise<Freed & { claimed: Part | null; isAnnounced: boolean }> {
  const isOnly = spans.length === 1;
  const [inserted, , handed, told, freed] = await db.batch<PartRow & PartName>([
    db
      .prepare(
        `INSERT INTO parts (job_id, n, tenant_id, start, end, status, attempt, sweep_at)
         SELECT jobs.id, span.key, jobs.tenant_id, span.value ->> 'start', span.value ->> 'end', ?, ?, ?
         FROM jobs, json_each(?) AS span WHERE jobs.id = ? AND jobs.attempt = ? AND jobs.status = 'processing'
           AND jobs.sweep_at IS NOT NULL
         RETURNING *`,
      )
      .bind(
        ...(isOnly ? ["processing", 1, now + LEASE_MS] : ["waiting", 0, null]),
        JSON.stringify(spans),
        job.id,
        job.attempt,
      ),
    db
      .prepare(
        `UPDATE parts SET status = 'waiting' WHERE job_id = ? AND status = 'stopped'
           AND EXISTS (SELECT 1 FROM jobs WHERE id = parts.job_id AND attempt = ? AND status = 'processing')`,
      )
      .bind(job.id, job.attempt),
    db
      .prepare(
        `UPDATE jobs SET sweep_at = NULL, stage = 'transcribing', sequence = sequence + 1, ${COUNTS}
         WHERE id = ? AND attempt = ? AND status = 'processing' AND sweep_at IS NOT NULL`,
      )
      .bind(job.id, job.attempt),
    insertEventIf(db, event, "processing"),
    release(db, job.tenantId, tenantConcurrency, now),
  ]);
  const claimed = isOnly ? inserted?.results[0] : undefined;
  return {
    isLost: handed?.meta.changes !== 1,
    claimed: claimed ? toPart(claimed) : null,
    isAnnounced: isAnnounced(told),
    wake: freed?.results ?? [],
  };
}

/**
 * Claims a waiting part. Null: another Worker has it, it is done, its job has ended, or its time has not come.
 */
export async function claimPart(
  db: D1Database,
  { jobId, n }: PartName,
  now: number,
): Promise<{ part: Part; job: Job } | null> {
  const lease = now + LEASE_MS;
  const [claimed, , found] = await db.batch([
    db
      .prepare(
        `UPDATE parts SET status = 'processing', attempt = attempt + 1, sweep_at = ?, not_before = NULL
         WHERE job_id = ? AND n = ? AND status = 'waiting' AND sweep_at IS NOT NULL
           AND COALESCE(not_before, 0) <= ? RETURNING *`,
      )
      .bind(lease, jobId, n, now),
    db
      .prepare(
        `UPDATE jobs SET waiting_for = NULL WHERE id = ? AND waiting_for IS NOT NULL AND EXISTS (
           SELECT 1 FROM parts WHERE job_id = jobs.id AND n = ? AND status = 'processing' AND sweep_at = ?)`,
      )
      .bind(jobId, n, lease),
    db.prepare("SELECT * FROM jobs WHERE id = ?").bind(jobId),
  ]);
  const part = claimed?.results[0] as PartRow | undefined;
  const job = found?.results[0] as JobRow | undefined;
  return part && job ? { part: toPart(part), job: toJob(job) } : null;
}

/** Heartbeat: extends the lease. */
export async function extendPart(db: D1Database, part: Part, now: number): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE parts SET sweep_at = ? WHERE ${CLAIMED}`)
    .bind(now + LEASE_MS, part.jobId, part.n, part.attempt)
    .run();
  return meta.changes === 1;
}

/** Saves where the part's audio is stored. */
export async function savePartAudio(db: D1Database, part: Part, audio: PartAudio): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE parts SET audio = ? WHERE ${CLAIMED}`)
    .bind(JSON.stringify(audio), part.jobId, part.n, part.attempt)
    .run();
  return meta.changes === 1;
}

/** What a deferred attempt adds to the counts, and the reason that the job shows in `waiting_for`. */
export type Deferral = { failures?: 1; failedCalls?: 1; reason?: string };

/** Gives the claim back until `until`. The part stays under way: no other part is released. */
export async function deferPart(db: D1Database, part: Part, until: number, why: Deferral): Promise<boolean> {
  const defer = db
    .prepare(
      `UPDATE parts SET status = 'waiting', failures = failures + ?, failed_calls = failed_calls + ?,
         not_before = ?, sweep_at = ? WHERE ${CLAIMED}`,
    )
    .bind(
      why.failures ?? 0,
      why.failedCalls ?? 0,
      until,
      until + WAKE_GRACE_MS,
      part.jobId,
      part.n,
      part.attempt,
    );
  const show = db
    .prepare(
      `UPDATE jobs SET waiting_for = ? WHERE id = ? AND EXISTS (
         SELECT 1 FROM parts WHERE job_id = jobs.id AND n = ? AND attempt = ? AND not_before = ?)`,
    )
    .bind(why.reason ?? null, part.jobId, part.n, part.attempt, until);
  const [moved] = await db.batch(why.reason === undefined ? [defer] : [defer, show]);
  return moved?.meta.changes === 1;
}

/**
 * Saves that the part's answer is stored. In the same batch the next parts are released. After the last part the job is
 * claimed, so that the caller assembles it.
 */
export async function finishPart(
  db: D1Database,
  part: Part,
  upstreamMs: number,
  tenantConcurrency: number,
  now: number,
): Promise<Freed & { job: Job | null }> {
  const [done, , assembling, freed] = await db.batch([
    db
      .prepare(`UPDATE parts SET status = 'done', sweep_at = NULL, upstream_ms = ? WHERE ${CLAIMED}`)
      .bind(upstreamMs, part.jobId, part.n, part.attempt),
    count(db, part.jobId),
    db
      .prepare(
        `UPDATE jobs SET attempt = attempt + 1, stage = 'assembling', waiting_for = NULL, sweep_at = ?, ${COUNTS}
         WHERE id = ? AND ${DISPATCHED} AND NOT ${HAS_OUTSTANDING} RETURNING *`,
      )
      .bind(now + LEASE_MS, part.jobId),
    release(db, part.tenantId, tenantConcurrency, now),
  ]);
  const job = assembling?.results[0] as JobRow | undefined;
  return {
    isLost: done?.meta.changes !== 1,
    job: job ? toJob(job) : null,
    wake: (freed?.results ?? []) as PartName[],
  };
}

/** Replaces a part that the speech API could not take with smaller parts. */
export async function splitPart(
  db: D1Database,
  part: Part,
  subParts: (Span & { audio: PartAudio })[],
  tenantConcurrency: number,
  now: number,
): Promise<Freed> {
  const results = await db.batch([
    db
      .prepare(
        `INSERT INTO parts (job_id, n, tenant_id, status, start, end, audio)
         SELECT job_id, (SELECT MAX(n) + 1 FROM parts AS all_parts WHERE all_parts.job_id = parts.job_id) + piece.key,
           tenant_id, 'waiting', piece.value ->> 'start', piece.value ->> 'end', piece.value ->> 'audio'
         FROM parts, json_each(?) AS piece WHERE ${CLAIMED}`,
      )
      .bind(JSON.stringify(subParts), part.jobId, part.n, part.attempt),
    db
      .prepare(`UPDATE parts SET status = 'split', sweep_at = NULL WHERE ${CLAIMED}`)
      .bind(part.jobId, part.n, part.attempt),
    count(db, part.jobId),
    release(db, part.tenantId, tenantConcurrency, now),
  ]);
  return {
    isLost: results[1]?.meta.changes !== 1,
    wake: (results[3]?.results ?? []) as PartName[],
  };
}

/** The statement that stops a job's parts, and takes away claims on them, in the batch that ends the job early. */
export function stopParts(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE parts SET status = 'stopped', attempt = attempt + 1, failures = 0, failed_calls = 0,
         not_before = NULL, sweep_at = NULL
       WHERE job_id = ? AND ${OUTSTANDING}
         AND EXISTS (SELECT 1 FROM jobs WHERE id = parts.job_id AND status IN ('failed', 'canceled'))`,
    )
    .bind(jobId);
}

/** Has finished parts done again, by a job that is claimed: the next fan-out releases them. False: the claim was lost. */
export async function reopenParts(db: D1Database, job: Job, parts: number[]): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE parts SET status = 'stopped', attempt = attempt + 1, failures = 0, failed_calls = 0, upstream_ms = 0
       WHERE job_id = ?1 AND status = 'done' AND n IN (SELECT value FROM json_each(?2))
         AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND attempt = ?3 AND status = 'processing')`,
    )
    .bind(job.id, JSON.stringify(parts), job.attempt)
    .run();
  return meta.changes > 0;
}

/** Parts that are due, as with jobs: their lease ran out, or their wake-up was lost. */
export async function sweepParts(db: D1Database, now: number, limit: number): Promise<PartName[]> {
  const { results } = await db
    .prepare(
      `UPDATE parts SET failures = failures + (status = 'processing' AND NOT ${STORAGE_WAS_AWAY}), status = 'waiting', sweep_at = ?
       WHERE (job_id, n) IN (SELECT job_id, n FROM parts WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?)
         AND ${OUTSTANDING} RETURNING job_id AS jobId, n`,
    )
    .bind(now + WAKE_REPEAT_MS, now, limit)
    .all<PartName>();
  return results;
}

/** Has the next sweep wake a waiting part whose messages are used up. False: it does not wait, or is held back. */
export async function sweepPartSoon(db: D1Database, { jobId, n }: PartName, now: number): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE parts SET sweep_at = MAX(?, COALESCE(not_before, 0))
       WHERE job_id = ? AND n = ? AND status = 'waiting' AND sweep_at IS NOT NULL`,
    )
    .bind(now, jobId, n)
    .run();
  return meta.changes === 1;
}

/** After a failed send: the next sweep tries these again. */
export async function sweepPartsAgain(db: D1Database, parts: PartName[], now: number): Promise<void> {
  await db.batch(
    parts.map(({ jobId, n }) =>
      db
        .prepare("UPDATE parts SET sweep_at = ? WHERE job_id = ? AND n = ? AND sweep_at IS NOT NULL")
        .bind(now, jobId, n),
    ),
  );
}

/** Tenants with parts held back: if a job ended early, no part may be left to release them. */
export async function tenantsHeldBack(db: D1Database): Promise<string[]> {
  // Steps from tenant to tenant: DISTINCT would read every part that is held back.
  const { results } = await db
    .prepare(
      `WITH RECURSIVE tenant (id) AS (
         SELECT min(tenant_id) FROM parts WHERE ${HELD_BACK}
         UNION ALL
         SELECT (SELECT min(tenant_id) FROM parts WHERE ${HELD_BACK} AND tenant_id > tenant.id) FROM tenant
         WHERE tenant.id IS NOT NULL)
       SELECT id FROM tenant WHERE id IS NOT NULL`,
    )
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Releases as many of a tenant's parts as its concurrency allows. Returns the parts to wake. */
export async function releaseParts(
  db: D1Database,
  tenantId: string,
  tenantConcurrency: number,
  now: number,
): Promise<PartName[]> {
  return (await release(db, tenantId, tenantConcurrency, now).all<PartName>()).results;
}

/** The oldest job's parts come first, each in the order of its recording. */
function release(
  db: D1Database,
  tenantId: string,
  tenantConcurrency: number,
  now: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE parts SET sweep_at = ?1 WHERE (job_id, n) IN (
         SELECT job_id, n FROM parts WHERE tenant_id = ?2 AND ${HELD_BACK} ORDER BY job_id, start
         LIMIT MAX(0, ?3 - (SELECT COUNT(*) FROM parts WHERE tenant_id = ?2 AND sweep_at IS NOT NULL)))
       RETURNING job_id AS jobId, n`,
    )
    .bind(now + WAKE_GRACE_MS, tenantId, tenantConcurrency);
}

function count(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(`UPDATE jobs SET ${COUNTS} WHERE id = ? AND ${DISPATCHED} AND ${HAS_OUTSTANDING}`)
    .bind(jobId);
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
    failedCalls: row.failed_calls,
    notBefore: row.not_before,
    upstreamMs: row.upstream_ms,
  };
}
