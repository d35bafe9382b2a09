import { failure } from "../../shared/failure.ts";
import { readAnyJob } from "../../shared/storage/job-work.ts";
import { finishFailed } from "./finish-job.ts";
import type { World } from "./world.ts";

/**
 * A job whose messages kept failing: it ends as failed, and its customer is told. One that is being worked on was
 * brought there by another message; should its Worker die, the sweep counts that and ends it in time.
 */
export async function endDeadJob(world: World, jobId: string): Promise<void> {
  const job = await readAnyJob(world.db, jobId);
  if (job?.status !== "queued") return;
  await finishFailed(world, job, failure("internal_error", "The job could not be run to its end."));
}
