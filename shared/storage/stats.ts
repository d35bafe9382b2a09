import type { FailureCode } from "../failure.ts";
import type { JobStatus } from "../job.ts";

/** A finished job as its operator's numbers need it. Times are ms since 1970. */
export type FinishedJob = {
  status: JobStatus;
  code: FailureCode | null;
  /** Seconds; null: it was never found out. */
  duration: number | null;
  parts: number;
  upstreamMs: number;
  createdAt: number;
  storedAt: number | null;
  startedAt: number | null;
  completedAt: number;
};

/** The jobs of all tenants that finished last, since a time; as many as `limit`, and as many rows are read. */
export async function lastFinished(db: D1Database, since: number, limit: number): Promise<FinishedJob[]> {
  const { results } = await db
    .prepare(
      `SELECT status, error ->> 'code' AS code, audio ->> 'duration' AS duration, parts_total AS parts,
         upstream_ms AS upstreamMs, created_at AS createdAt, stored_at AS storedAt, started_at AS startedAt,
         completed_at AS completedAt
       FROM jobs WHERE completed_at >= ? ORDER BY completed_at DESC LIMIT ?`,
    )
    .bind(since, limit)
    .all<FinishedJob>();
  return results;
}
