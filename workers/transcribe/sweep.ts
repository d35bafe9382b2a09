import { describeError, log } from "../../shared/log.ts";
import { jobMessage } from "../../shared/message.ts";
import { sweepJobs, sweepJobsAgain } from "../../shared/storage/job-work.ts";
import type { World } from "./world.ts";

/** What one sendBatch takes. */
const BATCH = 100;
const MAX_BATCHES = 50;

/** Wakes the jobs whose claim ran out or whose wake-up went missing. */
export async function wakeJobs(world: World): Promise<void> {
  for (let n = 0; n < MAX_BATCHES; n++) {
    const ids = await sweepJobs(world.db, world.now(), BATCH);
    if (ids.length === 0) return;
    log("sweep.jobs_woken", { count: ids.length });
    try {
      await world.transcribeQueue.sendBatch(ids.map((id) => ({ body: jobMessage(id) })));
    } catch (error) {
      log("sweep.send_failed", { error: describeError(error) });
      return sweepJobsAgain(world.db, ids, world.now());
    }
    if (ids.length < BATCH) return;
  }
}
