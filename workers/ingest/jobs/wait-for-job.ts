import { isFinished, type Job } from "../../../shared/job.ts";
import { readJob } from "../../../shared/storage/jobs.ts";

const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 1_000;

/** Waits until the job is finished, the time is over or the signal aborts. @returns the job as last seen */
export async function waitForJob(
  db: D1Database,
  job: Job,
  waitMs: number,
  signal: AbortSignal,
  now: () => number,
): Promise<Job> {
  const until = now() + waitMs;
  let last = job;
  for (let pause = FIRST_LOOK_MS; !signal.aborted; pause = Math.min(LONGEST_LOOK_MS, pause * 1.5)) {
    const left = until - now();
    if (left <= 0) break;
    await scheduler.wait(Math.min(pause, left));
    const seen = await readJob(db, job.tenantId, job.id);
    if (!seen) break; // it was deleted: all we know is the last state
    last = seen;
    if (isFinished(seen.status)) break;
  }
  return last;
}
