import type { Job, JobResult } from "../../../shared/job.ts";
import { log } from "../../../shared/log.ts";
import { findDuplicate } from "../../../shared/storage/job-work.ts";
import { copyTranscript } from "../../../shared/storage/transcripts.ts";
import type { Deps } from "../deps.ts";

/** Saves the transcript of a finished duplicate as this job's own. Null: there is no duplicate. */
export async function reuseTranscript(deps: Deps, job: Job): Promise<JobResult | null> {
  const duplicate = await findDuplicate(deps.db, job);
  if (!duplicate?.result) return null;
  if (!(await copyTranscript(deps.db, duplicate, job))) return null; // deleted since it was found
  log("job.transcript_reused", { job_id: job.id, from: duplicate.id });
  return { ...duplicate.result, reused_from: duplicate.result.reused_from ?? duplicate.id };
}
