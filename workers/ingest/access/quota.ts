import type { Context } from "hono";
import { showTime } from "../../../shared/job.ts";
import { quotaIn, readQuotas } from "../../../shared/storage/quota.ts";
import type { Quota } from "../../../shared/tenant-limits.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { showQuota } from "./show-quota.ts";

/** A job ends sooner or later: a client that sent too many may look again after this. */
const JOBS_RETRY_SECONDS = 30;

/**
 * Refuses what would go beyond a limit of the tenant before anything is received. What comes at the same moment is
 * refused by the database (migrations/0001_initial.sql), when it is inserted.
 * @param bytes that are to be stored, as far as is known
 */
export async function requireQuota(c: Context<IngestApp>, bytes: number): Promise<void> {
  const { tenantId, limits } = c.get("key");
  for (const quota of await readQuotas(c.env.DB, tenantId, limits, c.get("now")())) {
    if (isReached(quota, bytes)) throw overQuota(quota);
    if (quota.name === "bytes_stored") c.set("bytesLeft", quota.limit - quota.used);
  }
}

/** Whether there is no room for another job with so many bytes. */
export function isReached({ name, used, limit }: Quota, bytes: number): boolean {
  return name === "bytes_stored" ? used + bytes > limit : used >= limit;
}

/** What the database refused because of a limit, as a refusal; any other error as it is. */
export async function explainQuota(c: Context<IngestApp>, error: unknown): Promise<unknown> {
  const name = quotaIn(error);
  const key = c.get("key");
  if (!name || !key) return error;
  const quotas = await readQuotas(c.env.DB, key.tenantId, key.limits, c.get("now")());
  const quota = quotas.find((one) => one.name === name);
  return quota ? overQuota(quota) : error;
}

export async function refuseBytes(c: Context<IngestApp>): Promise<unknown> {
  return explainQuota(c, "quota_exceeded bytes_stored");
}

function overQuota({ name, limit, used, resetsAt }: Quota): Refusal {
  const shown = showQuota({ name, limit, used, resetsAt });
  const until = resetsAt === null ? "" : `, until ${showTime(resetsAt)}`;
  const detail = `This tenant's limit ${name} is ${limit}; ${shown.used} are used${until}.`;
  const seconds = retryAfter(name, resetsAt);
  return new Refusal("quota_exceeded", detail, [], {
    headers: seconds === null ? {} : { "retry-after": seconds },
    limit: shown,
  });
}

/** Seconds, or the date (RFC 9110, 10.2.3). Stored bytes become fewer only when somebody deletes some. */
function retryAfter(name: Quota["name"], resetsAt: number | null): string | null {
  if (resetsAt !== null) return new Date(resetsAt).toUTCString();
  return name === "jobs_at_once" ? String(JOBS_RETRY_SECONDS) : null;
}
