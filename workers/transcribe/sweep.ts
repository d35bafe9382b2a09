import { describeError, log } from "../../shared/log.ts";
import { jobMessage, partMessage, type TranscribeMessage } from "../../shared/message.ts";
import { sweepJobs, sweepJobsAgain } from "../../shared/storage/job-work.ts";
import { releaseParts, sweepParts, sweepPartsAgain, tenantsHeldBack } from "../../shared/storage/parts.ts";
import { MAX_BATCH, wakeParts } from "./wake.ts";
import type { World } from "./world.ts";

const MAX_BATCHES = 50;

/** Wakes the jobs and parts whose claim ran out, whose wake-up went missing, or that nobody is left to release. */
export async function wakeJobs(world: World): Promise<void> {
  await wakeAll(world, {
    sweep: () => sweepJobs(world.db, world.now(), MAX_BATCH),
    message: jobMessage,
    again: (ids) => sweepJobsAgain(world.db, ids, world.now()),
  });
  await wakeAll(world, {
    sweep: () => sweepParts(world.db, world.now(), MAX_BATCH),
    message: partMessage,
    again: (parts) => sweepPartsAgain(world.db, parts, world.now()),
  });
  for (const tenantId of await tenantsHeldBack(world.db)) {
    const { tenantShare } = world.config;
    await wakeParts(world, await releaseParts(world.db, tenantId, tenantShare, world.now()));
  }
}

type Sweep<T> = {
  /** What is due; each call gives others. */
  sweep(): Promise<T[]>;
  message(due: T): TranscribeMessage;
  /** After a failed send: the next sweep is to try these again. */
  again(due: T[]): Promise<void>;
};

async function wakeAll<T>(world: World, { sweep, message, again }: Sweep<T>): Promise<void> {
  for (let n = 0; n < MAX_BATCHES; n++) {
    const due = await sweep();
    if (due.length === 0) return;
    log("sweep.jobs_woken", { count: due.length });
    try {
      await world.transcribeQueue.sendBatch(due.map((item) => ({ body: message(item) })));
    } catch (error) {
      log("sweep.send_failed", { error: describeError(error) });
      return again(due);
    }
    if (due.length < MAX_BATCH) return;
  }
}
