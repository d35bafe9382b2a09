import { LEASE_GRACE_MS } from "../../shared/limits.ts";
import { jobMessage, partMessage } from "../../shared/queue/message.ts";
import { wakeDue } from "../../shared/queue/wake-due.ts";
import { noteSweep } from "../../shared/storage/gates.ts";
import { isLeaseOver, sweepJobs, sweepJobsAgain } from "../../shared/storage/job-work.ts";
import { releaseParts, sweepParts, sweepPartsAgain, tenantsHeldBack } from "../../shared/storage/parts.ts";
import type { Deps } from "./deps.ts";
import { wakeParts } from "./parts/wake-parts.ts";

/** Wakes jobs and parts whose lease ran out or whose wake-up was lost, and releases parts that nobody else will release. */
export async function wakeJobs(deps: Deps): Promise<void> {
  await noteSweep(deps.db, deps.now());
  if (await isLeaseOver(deps.db, deps.now())) await deps.pause(LEASE_GRACE_MS);
  await wakeDue(deps.transcribeQueue, {
    what: "jobs",
    sweep: (limit) => sweepJobs(deps.db, deps.now(), limit),
    message: jobMessage,
    again: (ids) => sweepJobsAgain(deps.db, ids, deps.now()),
  });
  await wakeDue(deps.transcribeQueue, {
    what: "parts",
    sweep: (limit) => sweepParts(deps.db, deps.now(), limit),
    message: partMessage,
    again: (parts) => sweepPartsAgain(deps.db, parts, deps.now()),
  });
  for (const tenantId of await tenantsHeldBack(deps.db)) {
    const { tenantConcurrency } = deps.config;
    await wakeParts(deps, await releaseParts(deps.db, tenantId, tenantConcurrency, deps.now()));
  }
}
