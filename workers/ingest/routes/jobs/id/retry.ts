import { createRoute, z } from "@hono/zod-openapi";
import { showJob, showTime } from "../../../../../shared/job.ts";
import { jobMessage } from "../../../../../shared/queue/message.ts";
import { wake } from "../../../../../shared/queue/wake.ts";
import { requeueJob } from "../../../../../shared/storage/jobs.ts";
import { requireKey } from "../../../access/require-key.ts";
import { Refusal } from "../../../http/problem.ts";
import { createRouter } from "../../../http/router.ts";
import { findJob } from "../../../jobs/find-job.ts";
import { JobSchema, json, problems } from "../../../openapi/schemas.ts";

export const retry = createRouter();

const post = createRoute({
  method: "post",
  path: "/v1/jobs/{id}/retry",
  tags: ["jobs"],
  summary: "Run a failed or canceled job again; what was paid for is used",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: { 202: json("The job, waiting again", JobSchema), ...problems(404, 409, 410) },
});

retry.openapi(post, async (c) => {
  const { id, retention } = await findJob(c, c.req.valid("param").id);
  if (retention.audioRemovedAt !== null) {
    throw new Refusal("gone", `The recording was removed at ${showTime(retention.audioRemovedAt)}.`);
  }
  if (!(await requeueJob(c.env.DB, id, c.get("now")()))) {
    throw new Refusal("job_state", "Only a failed or canceled job can be retried.");
  }
  await wake(c.env.TRANSCRIBE_QUEUE, [jobMessage(id)]);
  return c.json(showJob(await findJob(c, id)), 202);
});
