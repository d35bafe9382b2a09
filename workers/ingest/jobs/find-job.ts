import type { Context } from "hono";
import { isId } from "../../../shared/id.ts";
import { type Job, showJob, showTime } from "../../../shared/job.ts";
import { readJob } from "../../../shared/storage/jobs.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";

/**
 * A job of the caller's tenant. Another tenant's job is not found either.
 * @throws Refusal when there is none
 */
export async function findJob(c: Context<IngestApp>, id: string): Promise<Job> {
  const job = isId("job", id) ? await readJob(c.env.DB, c.get("key").tenantId, id) : null;
  if (!job) throw new Refusal("not_found", "There is no such job.");
  return job;
}

/** @throws Refusal when the job has no transcript yet, or no longer */
export function requireTranscript(job: Job): asserts job is Job & { result: NonNullable<Job["result"]> } {
  if (job.status !== "completed" || !job.result) throw new Refusal("not_ready", `The job is ${job.status}.`);
  const removedAt = job.retention.transcriptRemovedAt;
  if (removedAt !== null) throw new Refusal("gone", `The transcript was removed at ${showTime(removedAt)}.`);
}

/** @throws Refusal when the recording has not been fetched yet, or has been removed */
export function requireAudio(job: Job): asserts job is Job & { audioKey: string } {
  const removedAt = job.retention.audioRemovedAt;
  if (removedAt !== null) throw new Refusal("gone", `The recording was removed at ${showTime(removedAt)}.`);
  if (job.audioKey === null) throw new Refusal("audio_gone", "The recording has not been fetched yet.");
}

/** The job as this caller may see it. A share link shows the recording, but not what the customer keeps with it. */
export function showJobTo(c: Context<IngestApp>, job: Job) {
  const shown = showJob(job);
  if (c.get("key").jobId === null) return shown;
  const options = { ...shown.options, prompt: null };
  return { ...shown, options, webhook_url: null, metadata: {}, tags: [], external_id: null };
}
