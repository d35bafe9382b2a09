import { firstIdAt, type IdPrefix } from "../../shared/id.ts";

const DAY_MS = 86_400_000;
const FILLED_AT = Date.now() - DAY_MS;

/**
 * Rows as so many jobs leave them, written straight into D1: four in five are completed, with an event, a delivery and
 * an attempt; one in five waits in the queue until tomorrow. Every job has one of ten tags, and an external id.
 */
export async function fillJobs(db: D1Database, tenantId: string, from: number, count: number): Promise<void> {
  const sequence = `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${from + count - 1})`;
  const id = (prefix: IdPrefix) => `'${timeOf(prefix)}' || printf('%016d', i)`;
  const done = "i % 5 > 0";
  const tenant = `'${tenantId}'`;
  const lane = `'${tenantId} http://127.0.0.1'`;
  await db.batch(
    [
      `INSERT INTO jobs (id, tenant_id, status, stage, sweep_at, task, options, audio_key, audio, fingerprint, result,
         transcript_attempt, metadata, tags, external_id, created_at, stored_at, attempt)
       ${sequence} SELECT ${id("job")}, ${tenant}, iif(${done}, 'completed', 'queued'), iif(${done}, 'done', 'stored'),
         iif(${done}, NULL, ${FILLED_AT + 2 * DAY_MS}), 'transcribe', '{}', 'audio/' || i, '{}', 'fingerprint-' || i,
         iif(${done}, '{"speakers":[]}', NULL), iif(${done}, 1, NULL), '{}', '["t' || (i % 10) || '"]', 'external-' || i,
         ${FILLED_AT}, ${FILLED_AT}, iif(${done}, 1, 0) FROM n`,
      `INSERT INTO job_tags (tenant_id, tag, job_id) ${sequence} SELECT ${tenant}, 't' || (i % 10), ${id("job")} FROM n`,
      `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at)
       ${sequence} SELECT ${id("evt")}, ${tenant}, ${id("job")}, 1, 'job.completed', '{}', ${FILLED_AT} FROM n WHERE ${done}`,
      `INSERT INTO deliveries (id, tenant_id, event_id, job_id, type, lane, url, status, created_at, finished_at, tries)
       ${sequence} SELECT ${id("dlv")}, ${tenant}, ${id("evt")}, ${id("job")}, 'job.completed', ${lane}, 'http://127.0.0.1/', 'delivered',
         ${FILLED_AT}, ${FILLED_AT}, 1 FROM n WHERE ${done}`,
      `INSERT INTO attempts (delivery_id, n, url, started_at, duration_ms, http_status, response)
       ${sequence} SELECT ${id("dlv")}, 1, 'http://127.0.0.1/', ${FILLED_AT}, 5, 204, '' FROM n WHERE ${done}`,
    ].map((sql) => db.prepare(sql)),
  );
}

/** The id of the job that was filled in with this number. */
export function filledId(prefix: "job" | "dlv", n: number): string {
  return timeOf(prefix) + String(n).padStart(16, "0");
}

/** The part of an id that tells its time. */
function timeOf(prefix: IdPrefix): string {
  return firstIdAt(prefix, FILLED_AT).slice(0, -16);
}
