import type { Context } from "hono";
import { showTime } from "../../../shared/job.ts";
import type { FoundKey } from "../../../shared/storage/keys.ts";
import { quotaIn, readQuotas } from "../../../shared/storage/quota.ts";
import type { Quota } from "../../../shared/tenant-limits.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";

type QuotaDeps = { env: Pick<Cloudflare.IngestEnv, "DB">; now: () => number };
/** A tenant, as its keys name it. */
type Limited = Pick<FoundKey, "tenantId" | "limits">;

/** For how long a client with too many jobs should wait: some end meanwhile. */
const JOBS_RETRY_SECONDS = 30;

/**
 * Refuses a request that would exceed a limit of the tenant, before anything is received. Of requests at the same
 * moment, the database refuses the last ones (the triggers of migrations/), when they are inserted.
 * @param bytes to be stored, as far as is known
 * @returns how many bytes the tenant may store; infinite without a limit
 */
export async function requireQuota(
  { env, now }: QuotaDeps,
  { tenantId, limits }: Limited,
  bytes: number,
): Promise<number> {
  let bytesLeft = Number.POSITIVE_INFINITY;
  for (const quota of await readQuotas(env.DB, tenantId, limits, now())) {
    if (isReached(quota, bytes)) throw overQuota(quota);
    if (quota.name === "bytes_stored") bytesLeft = quota.limit - quota.used;
  }
  return bytesLeft;
}

/** Whether there is no room for another job with this many bytes. */
export function isReached({ name, used, limit }: Quota, bytes: number): boolean {
  return name === "bytes_stored" ? used + bytes > limit : used >= limit;
}

/** The refusal for what the database refused because of a limit. Any other error stays as it is. */
export async function explainQuota(c: Context<IngestApp>, error: unknown): Promise<unknown> {
  const name = quotaIn(error);
  const key = c.get("key");
  if (!name || !key) return error;
  const quotas = await readQuotas(c.env.DB, key.tenantId, key.limits, c.get("now")());
  const quota = quotas.find((one) => one.name === name);
  return quota ? overQuota(quota) : error;
}

/** A limit and what is used of it, as the API shows it. */
export function showQuota({ name, limit, used, resetsAt }: Quota) {
  return { name, max: limit, used: Math.round(used * 100) / 100, resets_at: showTime(resetsAt) };
}

function overQuota(quota: Quota): Refusal {
  const { name, limit, resetsAt } = quota;
  const shown = showQuota(quota);
  const until = resetsAt === null ? "" : `, until ${showTime(resetsAt)}`;
  const detail = `This tenant's limit ${name} is ${limit}; ${shown.used} are used${until}.`;
  const seconds = retryAfter(name, resetsAt);
  return new Refusal("quota_exceeded", detail, [], {
    headers: seconds === null ? {} : { "retry-after": seconds },
    limit: shown,
  });
}

/** Seconds, or the date (RFC 9110, 10.2.3). Null: stored bytes become fewer only when a job is deleted. */
function retryAfter(name: Quota["name"], resetsAt: number | null): string | null {
  if (resetsAt !== null) return new Date(resetsAt).toUTCString();
  return name === "jobs_at_once" ? String(JOBS_RETRY_SECONDS) : null;
}
