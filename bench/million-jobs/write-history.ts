import { firstIdAt, type IdPrefix } from "../../shared/id.ts";

const DAY_MS = 86_400_000;
const TODAY = Date.now() - 60_000;
const TOMORROW = TODAY + 2 * DAY_MS; // what is due then is not swept while this runs
const SPAN_DAYS = 400;
const AT_ONCE = 10_000;

type Tenants = { tenant: string; backlog: string };

/**
 * The rows that jobs `from` to `to` (exclusive) of the last 400 days leave, written straight into D1. Their age does not
 * depend on their number. Of 1,000 jobs
 * - one has failed, and has the tag `t0` as one in ten; the first three were canceled, and alone have the tag `rare`;
 * - ten wait in the queue until tomorrow, of a tenant with a backlog, with parts that are held back;
 * - every second is of the customer `big`, one in a hundred has its days, was deleted lately, is an upload;
 * - one in ten can be searched, one in twenty has an event that is no job's, each finished one an event and a delivery.
 * Attempts are those of the last 30 days.
 */
export async function writeHistory(
  db: D1Database,
  { tenant, backlog }: Tenants,
  from: number,
  to: number,
): Promise<void> {
  const step = (SPAN_DAYS * DAY_MS) / (to - from);
  for (let first = from; first < to; first += AT_ONCE) {
    const last = Math.min(first + AT_ONCE, to) - 1;
    const start = Math.floor(TODAY - SPAN_DAYS * DAY_MS);
    const rows = `WITH RECURSIVE
      n (i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i < ${last}),
      job (i, at, status, tenant) AS (SELECT i, ${start} + CAST((i - ${from}) * ${step} AS INTEGER),
        CASE WHEN i < 3 THEN 'canceled' WHEN i % 1000 = 0 THEN 'failed' WHEN i % 100 = 50 THEN 'queued' ELSE 'completed' END,
        iif(i % 100 = 50, '${backlog}', '${tenant}') FROM n)`;
    const jobId = idOf("job", "at");
    const isDone = "status <> 'queued'";
    const lane = `iif(i % 2, '${firstIdAt("ep", 0)}', '${tenant} http://127.0.0.1')`;
    const recent = `${TODAY - 29 * DAY_MS} + i % ${29 * DAY_MS}`;
    await db.batch(
      [
        `INSERT INTO jobs (id, tenant_id, status, stage, sweep_at, task, options, audio_key, audio, fingerprint, result,
           transcript_attempt, metadata, tags, external_id, created_at, stored_at, started_at, completed_at, attempt,
           retain_audio_days, retain_transcript_days)
         ${rows} SELECT ${jobId}, tenant, status, iif(${isDone}, 'done', 'stored'), iif(${isDone}, NULL, ${TOMORROW}),
           'transcribe', '{}', 'audio/' || i, '{"bytes":1000,"duration":60}', 'fingerprint-' || i,
           iif(status = 'completed', '{"speakers":[]}', NULL), iif(status = 'completed', 1, NULL), '{}', '[]',
           iif(i % 2, 'big', 'external-' || i), at, at, iif(${isDone}, at, NULL), iif(${isDone}, at + 60000, NULL),
           iif(${isDone}, 1, 0), iif(i % 100 = 7, 36500, NULL), iif(i % 100 = 7, 36500, NULL) FROM job`,
        `INSERT INTO job_tags (tenant_id, tag, job_id)
         ${rows} SELECT tenant, iif(i < 3, 'rare', 't' || (i % 10)), ${jobId} FROM job`,
        `INSERT INTO parts (job_id, n, tenant_id, status, start, end, sweep_at)
         ${rows} SELECT ${jobId}, 0, tenant, iif(i < 1000, 'processing', 'waiting'), 0, 60, iif(i < 1000, ${TOMORROW}, NULL)
         FROM job WHERE status = 'queued'`,
        `INSERT INTO calls (job_id, attempt, part, purpose, tenant_id, model, audio_seconds, started_at, ended_at, outcome)
         ${rows} SELECT ${jobId}, 1, 0, 'text', tenant, 'whisper', 60, at, at + 1, 'answered' FROM job
         WHERE status = 'completed'`,
        `INSERT INTO transcript_slices (job_id, attempt, n, text)
         ${rows} SELECT ${jobId}, 1, 0, '{"text":""}' FROM job WHERE status = 'completed'`,
        `INSERT INTO search_blocks (job_id, tenant_id, n, text, words)
         ${rows} SELECT ${jobId}, tenant, 0, 'we said ' || iif(i < 10, 'needle', 'hay'),
           '{"own":3,"speakers":[],"at":[[0,0,1,-1],[3,0,1,-1],[8,0,1,-1]]}'
         FROM job WHERE status = 'completed' AND i % 10 = 1 OR i = 5`,
        `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at)
         ${rows} SELECT ${idOf("evt", "at")}, tenant, ${jobId}, 1, 'job.' || status, '{}', at FROM job WHERE ${isDone}`,
        `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at)
         ${rows} SELECT ${idOf("evt", recent)}, tenant, '', 0, 'webhook.test', '{}', ${recent} FROM job WHERE i % 20 = 9`,
        `INSERT INTO deliveries (id, tenant_id, event_id, job_id, type, lane, url, status, created_at, finished_at, tries)
         ${rows} SELECT ${idOf("dlv", "at")}, tenant, ${idOf("evt", "at")}, ${jobId}, 'job.' || status, ${lane},
           'http://127.0.0.1/', iif(i < 3, 'failed', 'delivered'), at, at, 1 FROM job WHERE ${isDone}`,
        `INSERT INTO attempts (delivery_id, n, url, started_at, duration_ms, http_status, response)
         ${rows} SELECT ${idOf("dlv", "at")}, 1, 'http://127.0.0.1/', at, 5, 204, '' FROM job
         WHERE ${isDone} AND at > ${TODAY - 29 * DAY_MS}`,
        `INSERT INTO uploads (id, tenant_id, job_id, status, key, content_type, metadata, bytes, created_at, expires_at, sweep_at)
         ${rows} SELECT ${idOf("upl", "at")}, tenant, 'job_of_' || i, 'receiving', 'audio/' || i, 'audio/wav', '', 9, at,
           ${TOMORROW}, ${TOMORROW} FROM job WHERE i % 100 = 4`,
        `INSERT INTO purges (job_id, tenant_id, sweep_at)
         ${rows} SELECT 'job_gone_' || i, tenant, ${TOMORROW} FROM job WHERE i % 100 = 3`,
        `INSERT INTO idempotent_requests (tenant_id, key, fingerprint, lease_until, status, headers, created_at)
         ${rows} SELECT tenant, 'key-' || i, '', 0, 202, '{}', ${TODAY} FROM job WHERE i % 10 = 0`,
        `INSERT INTO api_keys (id, tenant_id, name, hash, created_at)
         ${rows} SELECT ${idOf("key", "at")}, tenant, '', 'hash-' || i, at FROM job WHERE i % 1000 = 1`,
      ].map((sql) => db.prepare(sql)),
    );
  }
}

/** The id, in SQL, of what was made for job `i` at a time in ms. */
function idOf(prefix: IdPrefix, at: string): string {
  const digits = [45, 40, 35, 30, 25, 20, 15, 10, 5, 0].map(
    (shift) => `substr('0123456789abcdefghjkmnpqrstvwxyz', ((${at}) >> ${shift} & 31) + 1, 1)`,
  );
  return `'${prefix}_' || ${digits.join(" || ")} || printf('%016d', i)`;
}
