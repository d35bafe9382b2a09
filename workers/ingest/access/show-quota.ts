import { showTime } from "../../../shared/job.ts";
import type { Quota } from "../../../shared/tenant-limits.ts";

/** A limit and what is used of it, as the API shows it. */
export function showQuota({ name, limit, used, resetsAt }: Quota) {
  return { name, max: limit, used: Math.round(used * 100) / 100, resets_at: showTime(resetsAt) };
}
