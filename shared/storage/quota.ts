import type { Job } from "../job.ts";
import {
  dayOf,
  monthOf,
  nextMonth,
  QUOTAS,
  type Quota,
  type QuotaName,
  type TenantLimits,
} from "../tenant-limits.ts";

/** Where a tenant stands with each limit that it has. Rows read grow with days and keys, never with jobs. */
export async function readQuotas(
  db: D1Database,
  tenantId: string,
  limits: TenantLimits,
  now: number,
): Promise<Quota[]> {
  const names = QUOTAS.filter((name) => limits[name] !== undefined);
  if (names.length === 0) return [];
  const row = await db
    .prepare(
      `SELECT
         (SELECT sum(audio_ms) FROM usage_days WHERE tenant_id = ?1 AND day >= ?2) AS ms,
         (SELECT count(*) FROM (SELECT 1 FROM jobs
            WHERE tenant_id = ?1 AND status IN ('queued', 'processing') LIMIT ?3)) AS jobs,
         (SELECT bytes FROM stored_bytes WHERE tenant_id = ?1) AS bytes`,
    )
    .bind(tenantId, monthOf(now), limits.jobs_at_once ?? 0)
    .first<{ ms: number | null; jobs: number; bytes: number | null }>();
  const used = {
    minutes_per_month: (row?.ms ?? 0) / 60_000,
    jobs_at_once: row?.jobs ?? 0,
    bytes_stored: row?.bytes ?? 0,
  };
  return names.map((name) => ({
    name,
    limit: Number(limits[name]),
    used: used[name],
    resetsAt: name === "minutes_per_month" ? nextMonth(now) : null,
  }));
}

/** How many bytes a tenant may still store; infinite without a limit. */
export async function readBytesLeft(db: D1Database, tenantId: string): Promise<number> {
  const row = await db
    .prepare(
      `SELECT (limits ->> 'bytes_stored') - COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = tenants.id), 0)
         AS bytes FROM tenants WHERE id = ?`,
    )
    .bind(tenantId)
    .first<{ bytes: number | null }>();
  return row?.bytes == null ? Number.POSITIVE_INFINITY : Math.max(0, row.bytes);
}

/** The limit that a trigger refused to exceed (migrations/0001_initial.sql), or null: it was another error. */
export function quotaIn(error: unknown): QuotaName | null {
  const name = /quota_exceeded (\w+)/.exec(String(error))?.[1];
  return QUOTAS.find((quota) => quota === name) ?? null;
}

/**
 * Counts a claimed job's recording among its tenant's minutes, once, unless this month's limit would be exceeded. One
 * statement, so that of two jobs for the last minutes only one succeeds. False also when the claim is lost.
 */
export async function meterJob(db: D1Database, job: Job, seconds: number, now: number): Promise<boolean> {
  const ms = Math.round(seconds * 1000);
  const { meta } = await db
    .prepare(
      `UPDATE jobs SET metered_day = iif(metered_ms IS NULL, ?1, metered_day), metered_ms = COALESCE(metered_ms, ?2)
       WHERE id = ?3 AND attempt = ?4 AND status = 'processing' AND (metered_ms IS NOT NULL OR ?2 <= (
         SELECT CASE WHEN limits ->> 'minutes_per_month' IS NULL THEN ?2
           ELSE (limits ->> 'minutes_per_month') * 60000 - COALESCE((SELECT sum(audio_ms) FROM usage_days
             WHERE tenant_id = tenants.id AND day >= ?5), 0) END
         FROM tenants WHERE id = jobs.tenant_id))`,
    )
    .bind(dayOf(now), ms, job.id, job.attempt, monthOf(now))
    .run();
  return meta.changes !== 0;
}

/** For the batch that ends a job early: if nothing may have been paid for, its minutes are given back. */
export function unmeterJob(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE jobs SET metered_ms = NULL WHERE id = ? AND status IN ('failed', 'canceled') AND metered_ms IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM calls WHERE job_id = jobs.id AND billed = 1)`,
    )
    .bind(jobId);
}
