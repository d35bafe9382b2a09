import type { Job, JobResult } from "../../../shared/job.ts";
import { log } from "../../../shared/log.ts";
import { findDuplicate } from "../../../shared/storage/job-work.ts";
import { copyTranscript } from "../../../shared/storage/transcripts.ts";
import type { Deps } from "../deps.ts";

/** Saves the transcript of a finished job with the same audio and options as this job's own; null: there is none. */
export async function reuseTranscript(deps: Deps, job: Job): Promise<JobResult | null> {
  const twin = await findDuplicate(deps.db, job);
  if (!twin?.result) return null;
  if (!(await copyTranscript(deps.db, twin, job))) return null; // deleted since it was found
  log("job.transcript_reused", { job_id: job.id, from: twin.id });
  return { ...twin.result, reused_from: twin.result.reused_from ?? twin.id };
}
