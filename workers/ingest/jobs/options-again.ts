import { z } from "@hono/zod-openapi";
import type { Job } from "../../../shared/job.ts";
import { refuseFields } from "../http/refuse-fields.ts";
import { JobOptionFields } from "./job-options.ts";

const { reuse: _, ...fields } = JobOptionFields.shape;

/** What a second transcript of a recording may be asked for, for the OpenAPI document: no default but the first job's. */
export const OptionsAgain = z.strictObject(
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      (field instanceof z.ZodDefault ? field.unwrap() : field).optional(),
    ]),
  ),
);

/**
 * The options of another job of the same recording, for `checkOptions`: those of the first, but for the changes.
 * @throws Refusal when the changes ask for reuse
 */
export function optionsAgain(job: Job, changes: Record<string, unknown>): Record<string, unknown> {
  if (changes["reuse"] !== undefined && changes["reuse"] !== false) {
    throw refuseFields([{ field: "reuse", message: "is false here: nothing is reused" }]);
  }
  const { diarize, ...options } = job.options;
  const isOtherTask = changes["task"] !== undefined && changes["task"] !== job.task;
  return {
    ...options,
    ...(isOtherTask ? {} : { diarize }), // its default depends on the task
    task: job.task,
    webhook_url: job.webhookUrl,
    metadata: job.metadata,
    external_id: job.externalId,
    tags: job.tags,
    retain_audio_days: job.retention.audioDays,
    retain_transcript_days: job.retention.transcriptDays,
    ...changes,
    reuse: false,
  };
}
