import type { Failure } from "../../shared/failure.ts";
import { newId } from "../../shared/id.ts";
import type { Job, JobResult } from "../../shared/job.ts";
import { DOWNLOAD_URL_SECONDS } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import type { Part } from "../../shared/part.ts";
import { eventMessage } from "../../shared/queue/message.ts";
import { wake } from "../../shared/queue/wake.ts";
import { signLink } from "../../shared/secrets/signed-link.ts";
import { completed, completeJob, failed, failJob } from "../../shared/storage/job-work.ts";
import { eventOf } from "../../shared/webhooks/event.ts";
import type { EventType } from "../../shared/webhooks/event-types.ts";
import type { Deps } from "./deps.ts";

/** Completes a job whose transcript this attempt has saved, and announces it. False: the claim was lost; nothing has changed. */
export async function finishCompleted(
  deps: Deps,
  job: Job,
  result: JobResult,
  upstreamMs: number,
  speakers: Job["speakers"] = {},
): Promise<boolean> {
  const done = completed(job, result, upstreamMs, deps.now(), speakers);
  const event = await makeEvent(deps, "job.completed", done);
  if (!(await completeJob(deps.db, done, event))) return false;
  log("job.completed", { job_id: job.id, attempt: job.attempt, audio_seconds: result.duration });
  await wake(deps.notifyQueue, [eventMessage(event.id)]);
  return true;
}

/** Ends the job as failed and announces it. `because` is the claimed part that failed, if one did. */
export async function finishFailed(
  deps: Deps,
  job: Job,
  error: Failure,
  because: Part | null = null,
): Promise<void> {
  const done = failed(job, error, deps.now());
  const event = await makeEvent(deps, "job.failed", done);
  if (!(await failJob(deps.db, done, event, because))) return log("job.claim_lost", { job_id: job.id });
  log("job.failed", { job_id: job.id, attempt: job.attempt, code: error.code });
  await wake(deps.notifyQueue, [eventMessage(event.id)]);
}

async function makeEvent(deps: Deps, type: EventType, job: Job) {
  const { signingKey, baseUrl, mediaBaseUrl } = deps.config;
  const expires = Math.floor(deps.now() / 1000) + DOWNLOAD_URL_SECONDS;
  const link =
    type === "job.completed"
      ? await signLink(
          signingKey,
          { kind: "transcript", jobId: job.id, expires, ...(job.revision > 0 ? { layer: "edited" } : {}) },
          "transcript.json",
        )
      : null;
  return eventOf(newId("evt", deps.now()), type, job, { baseUrl, downloadUrl: link && mediaBaseUrl + link });
}
