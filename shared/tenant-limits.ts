/** A tenant's limits. A limit that is missing does not apply. */
export type TenantLimits = {
  /** Minutes of audio sent upstream in a calendar month, UTC. */
  minutes_per_month?: number | undefined;
  /** Jobs that are not finished. */
  jobs_at_once?: number | undefined;
  requests_per_minute?: number | undefined;
  /** Bytes of recordings and of uploads that are still to become some. */
  bytes_stored?: number | undefined;
};

/** The limits on amounts, not on rates. */
export const QUOTAS = ["minutes_per_month", "jobs_at_once", "bytes_stored"] as const;
export type QuotaName = (typeof QUOTAS)[number];

/**
 * How much of one limit a tenant has used. `resetsAt`, ms since 1970, is null when the limit does not reset with time.
 */
export type Quota = { name: QuotaName; limit: number; used: number; resetsAt: number | null };

/** 2026-11-21, UTC. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The first day of the month, UTC. */
export function monthOf(ms: number): string {
  return `${dayOf(ms).slice(0, 7)}-01`;
}

/** When the month ends, ms since 1970. */
export function nextMonth(ms: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
