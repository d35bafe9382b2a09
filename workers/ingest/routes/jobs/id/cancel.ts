import { createRoute, z } from "@hono/zod-openapi";
import { newId } from "../../../../../shared/id.ts";
import { showJob } from "../../../../../shared/job.ts";
import { eventMessage } from "../../../../../shared/queue/message.ts";
import { wake } from "../../../../../shared/queue/wake.ts";
import { cancelJob } from "../../../../../shared/storage/jobs.ts";
import { eventOf } from "../../../../../shared/webhooks/event.ts";
import type { EventType } from "../../../../../shared/webhooks/event-types.ts";
import { requireKey } from "../../../access/require-key.ts";
import { Refusal } from "../../../http/problem.ts";
import { createRouter } from "../../../http/router.ts";
import { findJob } from "../../../jobs/find-job.ts";
import { JobSchema, json, problems } from "../../../openapi/schemas.ts";

export const cancel = createRouter();

const post = createRoute({
  method: "post",
  path: "/v1/jobs/{id}/cancel",
  tags: ["jobs"],
  summary: "Cancel a job that has not finished",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json("The canceled job", JobSchema), ...problems(404, 409) },
});

cancel.openapi(post, async (c) => {
  const job = await findJob(c, c.req.valid("param").id);
  const { baseUrl } = c.get("config");
  const now = c.get("now")();
  const eventId = newId("evt", now);
  const type: EventType = "job.canceled";
  const canceled = await cancelJob(c.env.DB, job, now, async (done) =>
    eventOf(eventId, type, done, { baseUrl, downloadUrl: null }),
  );
  if (!canceled) throw new Refusal("job_state", "The job has already finished.");
  await wake(c.env.NOTIFY_QUEUE, [eventMessage(eventId)]);
  return c.json(showJob(canceled), 200);
});
