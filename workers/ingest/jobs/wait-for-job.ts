import { isFinished, type Job } from "../../../shared/job.ts";
import { readJob } from "../../../shared/storage/jobs.ts";

const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 1_000;

/** The job as soon as it is finished, or as it is when the time is over or the caller has gone. */
export async function waitForJob(
  db: D1Database,
  job: Job,
  waitMs: number,
  gone: AbortSignal,
  now: () => number,
): Promise<Job> {
  const until = now() + waitMs;
  let last = job;
  for (let pause = FIRST_LOOK_MS; !gone.aborted; pause = Math.min(LONGEST_LOOK_MS, pause * 1.5)) {
    const left = until - now();
    if (left <= 0) break;
    await scheduler.wait(Math.min(pause, left));
    const seen = await readJob(db, job.tenantId, job.id);
    if (!seen) break; // deleted meanwhile: the last state seen is all there is to tell
    last = seen;
    if (isFinished(seen.status)) break;
  }
  return last;
}
