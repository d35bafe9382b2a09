import type { Job } from "../job.ts";
import { forgetRefusals } from "./gates.ts";

/**
 * `text`: the transcript or translation. `speakers`: the second, diarized call behind a translation.
 * `identify_speakers`: the call that shows which speakers of different parts are the same person.
 */
type CallPurpose = "text" | "speakers" | "identify_speakers";

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

/** Opens the ledger's row, before any byte is sent upstream. */
export async function openCall(db: D1Database, call: Call, now: number): Promise<void> {
  await db
    .prepare(
      `INSERT INTO calls (job_id, attempt, part, purpose, tenant_id, key_id, model, audio_seconds, started_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
  await db.batch(result.outcome === ANSWERED ? [close, forgetRefusals(db, now)] : [close]);
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

/** Whether this call was started after `since` and outlives its job, so that its answer may still come. */
export async function isLeftRunning(db: D1Database, call: Call, since: number): Promise<boolean> {
  const row = await db
    .prepare(
      `SELECT 1 FROM calls WHERE job_id = ? AND part = ? AND purpose = ? AND ended_at IS NULL AND outcome = '${JOB_ENDED}'
         AND started_at > ?`,
    )
    .bind(call.job.id, call.part, call.purpose, since)
    .first();
  return row !== null;
}
