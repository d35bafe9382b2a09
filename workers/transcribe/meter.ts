import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { readAnyJob } from "../../shared/storage/job-work.ts";
import { meterJob, readQuotas } from "../../shared/storage/quota.ts";
import { readTenant } from "../../shared/storage/tenants.ts";
import type { Deps } from "./deps.ts";
import { fail, type Outcome } from "./outcome.ts";

/** Counts a probed recording among its tenant's minutes, before anything is paid for. Null: the job may continue. */
export async function meter(deps: Deps, job: Job): Promise<Outcome | null> {
  const seconds = job.audio.duration ?? 0;
  const now = deps.now();
  if (await meterJob(deps.db, job, seconds, now)) return null;
  const present = await readAnyJob(deps.db, job.id);
  if (present?.attempt !== job.attempt || present.status !== "processing") return { kind: "lease_lost" };
  const tenant = await readTenant(deps.db, job.tenantId);
  const quotas = await readQuotas(deps.db, job.tenantId, tenant?.limits ?? {}, now);
  const minutes = quotas.find(({ name }) => name === "minutes_per_month");
  const left = minutes ? Math.max(0, minutes.limit - minutes.used) : 0;
  const message =
    `The recording has ${show(seconds / 60)} minutes; ${show(left)} of minutes_per_month ${minutes?.limit} are left` +
    ` until ${new Date(minutes?.resetsAt ?? now).toISOString()}.`;
  return fail(failure("quota_exceeded", message));
}

function show(minutes: number): string {
  return minutes.toFixed(2);
}
