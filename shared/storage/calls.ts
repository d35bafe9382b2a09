import type { CallPurpose } from "../answer-slice.ts";
import type { Job } from "../job.ts";
import { ANSWER_ON_ITS_WAY_MS, INVOCATION_MS, UPSTREAM_TIMEOUT_MS } from "../limits.ts";
import type { CallKey } from "../secrets/signed-link.ts";
import { forgetRefusals, STORAGE_GATE } from "./gates.ts";

/** `attempt` is that of the claim under which the call is made: of the part's, or of the job's. */
export type Call = { job: Job; part: number; attempt: number; purpose: CallPurpose; seconds: number };

/** The outcome of a call that brought an answer. */
export const ANSWERED = "answered";

/** Outcomes that cost nothing: the speech API refused. All others may have been billed. */
const UNBILLED = [
  "audio_too_long",
  "file_too_large",
  "unsupported_format",
  "invalid_params",
  "direct_upload_too_large",
  "rate_limited",
  "unauthorized",
  "unavailable",
];

/** Opens the ledger's row, before any byte is sent upstream. The same again changes nothing; another call is refused. */
export async function openCall(db: D1Database, call: Call, now: number): Promise<void> {
  await db
    .prepare(
      `INSERT INTO calls (job_id, attempt, part, purpose, tenant_id, key_id, model, audio_seconds, started_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS (
         SELECT 1 FROM calls WHERE job_id = ?1 AND attempt = ?2 AND part = ?3 AND purpose = ?4 AND started_at = ?9)`,
    )
    .bind(
      call.job.id,
      call.attempt,
      call.part,
      call.purpose,
      call.job.tenantId,
      call.job.keyId,
      call.job.options.model,
      call.seconds,
      now,
    )
    .run();
}

/** Closes the row with the outcome of the call: `answered`, or the failure's code. */
export async function closeCall(
  db: D1Database,
  call: Call,
  result: { outcome: string; httpStatus: number | null; upstreamId: string | null },
  now: number,
): Promise<void> {
  const close = db
    .prepare(
      `UPDATE calls SET ended_at = ?, outcome = ?, billed = ?, http_status = ?, upstream_id = ?
       WHERE job_id = ? AND attempt = ? AND part = ? AND purpose = ?`,
    )
    .bind(
      now,
      result.outcome,
      UNBILLED.includes(result.outcome) ? 0 : 1,
      result.httpStatus,
      result.upstreamId,
      call.job.id,
      call.attempt,
      call.part,
      call.purpose,
    );
  await db.batch(result.outcome === ANSWERED ? [close, ...forgetRefusals(db, now)] : [close]);
}

const ONE_CALL = "job_id = ? AND attempt = ? AND part = ? AND purpose = ?";

/** The speech API has asked for the audio of a call, so it may be working on it. */
export async function noteFetched(db: D1Database, call: CallKey, now: number): Promise<void> {
  await db
    .prepare(`UPDATE calls SET fetched_at = ? WHERE ${ONE_CALL} AND fetched_at IS NULL`)
    .bind(now, ...call)
    .run();
}

export async function wasFetched(db: D1Database, { job, attempt, part, purpose }: Call): Promise<boolean> {
  const row = await db
    .prepare(`SELECT 1 FROM calls WHERE ${ONE_CALL} AND fetched_at IS NOT NULL`)
    .bind(job.id, attempt, part, purpose)
    .first();
  return row !== null;
}

/** The outcome of a running call whose job has ended: its Worker still waits for the answer and will store it. */
const JOB_ENDED = "job_ended";

/** The statement that marks the calls that are still running, for the batch that ends a job early. */
export function leaveCalls(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE calls SET outcome = '${JOB_ENDED}' WHERE job_id = ? AND ended_at IS NULL
         AND EXISTS (SELECT 1 FROM jobs WHERE id = calls.job_id AND status IN ('failed', 'canceled'))`,
    )
    .bind(jobId);
}

/**
 * Whether an earlier call for the same may still bring its answer: one that outlives its job, or one that storage kept
 * from being closed. As long as its Worker may live, its answer is in memory; for a while after storage is back it may
 * be on its way through the queue.
 */
export async function mayStillBeAnswered(db: D1Database, call: Call, now: number): Promise<boolean> {
  const row = await db
    .prepare(
      `SELECT 1 FROM calls WHERE job_id = ?1 AND part = ?2 AND purpose = ?3 AND ended_at IS NULL AND (
         (outcome = '${JOB_ENDED}' AND started_at > ?4)
         OR EXISTS (SELECT 1 FROM gates WHERE name = '${STORAGE_GATE}' AND closed_until >= started_at
           AND (started_at > ?5 OR closed_until > ?6)))`,
    )
    .bind(
      call.job.id,
      call.part,
      call.purpose,
      now - UPSTREAM_TIMEOUT_MS,
      now - INVOCATION_MS,
      now - ANSWER_ON_ITS_WAY_MS,
    )
    .first();
  return row !== null;
}
