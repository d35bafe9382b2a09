import type { Job } from "../../shared/job.ts";
import { HEARTBEAT_MS } from "../../shared/limits.ts";
import { describeError, log } from "../../shared/log.ts";
import { extendLease, readAnyJob } from "../../shared/storage/job-work.ts";
import type { World } from "./world.ts";

/**
 * Does the work under a claim that is kept alive. The signal aborts only when the job has been deleted: after a
 * cancellation an answer that is being paid for is still fetched and kept, should the job be retried.
 */
export async function holdLease<T>(
  world: World,
  job: Job,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController();
  const timer = setInterval(() => void beat(world, job, gone), HEARTBEAT_MS);
  try {
    return await work(gone.signal);
  } finally {
    clearInterval(timer);
  }
}

async function beat(world: World, job: Job, gone: AbortController): Promise<void> {
  try {
    if (await extendLease(world.db, job, world.now())) return;
    if ((await readAnyJob(world.db, job.id)) === null) gone.abort(new Error("the job was deleted"));
  } catch (error) {
    // The next beat may get through; if none does, the claim runs out, which is what a claim is for.
    log("job.heartbeat_failed", { job_id: job.id, error: describeError(error) });
  }
}
