import { failure } from "../../shared/failure.ts";
import { isFinished } from "../../shared/job.ts";
import type { TranscribeMessage } from "../../shared/queue/message.ts";
import { readAnyJob } from "../../shared/storage/job-work.ts";
import { listParts } from "../../shared/storage/parts.ts";
import type { Deps } from "./deps.ts";
import { finishFailed } from "./finish-job.ts";

/**
 * Fails a job whose messages, or those of one of its parts, kept failing, and announces it. Work that is in progress was
 * started by another message and is left alone; if its Worker dies, the sweep counts that and ends it in time.
 */
export async function endDeadJob(deps: Deps, message: TranscribeMessage): Promise<void> {
  const job = await readAnyJob(deps.db, message.job_id);
  if (!job || isFinished(job.status)) return;
  const gaveUp = failure("internal_error", "The job could not be run to its end.");
  if (message.part === undefined) {
    if (job.status === "queued") await finishFailed(deps, job, gaveUp);
    return;
  }
  const part = (await listParts(deps.db, job.id)).find(({ n }) => n === message.part);
  if (part?.status === "waiting") await finishFailed(deps, job, gaveUp, part);
}
