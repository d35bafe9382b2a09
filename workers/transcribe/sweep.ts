import { jobMessage, partMessage } from "../../shared/queue/message.ts";
import { wakeDue } from "../../shared/queue/wake-due.ts";
import { sweepJobs, sweepJobsAgain } from "../../shared/storage/job-work.ts";
import { releaseParts, sweepParts, sweepPartsAgain, tenantsHeldBack } from "../../shared/storage/parts.ts";
import type { World } from "./deps.ts";
import { wakeParts } from "./wake.ts";

/** Wakes the jobs and parts whose claim ran out, whose wake-up went missing, or that nobody is left to release. */
export async function wakeJobs(world: World): Promise<void> {
  await wakeDue(world.transcribeQueue, {
    what: "jobs",
    sweep: (limit) => sweepJobs(world.db, world.now(), limit),
    message: jobMessage,
    again: (ids) => sweepJobsAgain(world.db, ids, world.now()),
  });
  await wakeDue(world.transcribeQueue, {
    what: "parts",
    sweep: (limit) => sweepParts(world.db, world.now(), limit),
    message: partMessage,
    again: (parts) => sweepPartsAgain(world.db, parts, world.now()),
  });
  for (const tenantId of await tenantsHeldBack(world.db)) {
    const { tenantShare } = world.config;
    await wakeParts(world, await releaseParts(world.db, tenantId, tenantShare, world.now()));
  }
}
