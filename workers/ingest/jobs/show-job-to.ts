import type { Context } from "hono";
import { type Job, showJob } from "../../../shared/job.ts";
import type { IngestApp } from "../app.ts";

/** The job as this caller may see it: whoever has a link to it sees the recording, and nothing of what is kept with it. */
export function showJobTo(c: Context<IngestApp>, job: Job) {
  const shown = showJob(job);
  if (c.get("key").jobId === null) return shown;
  const options = { ...shown.options, prompt: null };
  return { ...shown, options, webhook_url: null, metadata: {}, tags: [], external_id: null };
}
