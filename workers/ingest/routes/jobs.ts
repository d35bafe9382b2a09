import { createRoute, z } from "@hono/zod-openapi";
import { isId, newId } from "../../../shared/id.ts";
import { isFinished, JOB_STATUSES, type Job, showJob, showTime } from "../../../shared/job.ts";
import { MAX_WAIT_SECONDS } from "../../../shared/limits.ts";
import { eventMessage, jobMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import { listJobs } from "../../../shared/storage/job-list.ts";
import { cancelJob, readJob, requeueJob } from "../../../shared/storage/jobs.ts";
import { eventOf } from "../../../shared/webhooks/event.ts";
import type { EventType } from "../../../shared/webhooks/event-types.ts";
import { requireKey } from "../access/require-key.ts";
import { idRange, pageQuery, timeQuery } from "../http/paging.ts";
import { Refusal } from "../http/problem.ts";
import { createRouter } from "../http/router.ts";
import { removeJob } from "../jobs/remove-job.ts";
import { showJobTo } from "../jobs/show-job-to.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { JobSchema, json, pageOf, problems } from "../openapi/schemas.ts";

export const jobs = createRouter();

const params = z.object({ id: z.string() });
const security = [{ key: [] }];

const list = createRoute({
  method: "get",
  path: "/v1/jobs",
  tags: ["jobs"],
  summary: "List jobs, newest first",
  description:
    "A page of more than one of `status`, `external_id` and `tag` can be short or empty although there is more: go on " +
    "while there is a `next`.",
  security,
  middleware: [requireKey] as const,
  request: {
    query: z.object({
      ...pageQuery,
      status: z.enum(JOB_STATUSES).optional(),
      external_id: z.string().optional(),
      tag: z.string().optional(),
      ...timeQuery,
    }),
  },
  responses: { 200: json("A page", pageOf(JobSchema)), ...problems(422) },
});

jobs.openapi(list, async (c) => {
  const query = c.req.valid("query");
  const { limit, status, external_id, tag } = query;
  const { tenantId, jobId } = c.get("key");
  if (jobId !== null) {
    // A link to a job lists it alone, whatever is asked for: a filter would tell of tags that it does not show.
    const only = await findJob(c.env.DB, tenantId, jobId);
    return c.json({ data: [showJobTo(c, only)], next: null }, 200);
  }
  const filter = { status, externalId: external_id, tag, ...idRange("job", query) };
  const page = await listJobs(c.env.DB, tenantId, filter, limit);
  return c.json({ data: page.data.map(showJob), next: page.next }, 200);
});

const read = createRoute({
  method: "get",
  path: "/v1/jobs/{id}",
  tags: ["jobs"],
  summary: "Read a job, or wait for its end",
  security,
  middleware: [requireKey] as const,
  request: {
    params,
    query: z.object({
      wait: z.coerce
        .number()
        .min(0)
        .transform((seconds) => Math.min(seconds, MAX_WAIT_SECONDS))
        .optional()
        .openapi({ description: `Seconds to wait for the end, at most ${MAX_WAIT_SECONDS}.` }),
    }),
  },
  responses: { 200: json("The job", JobSchema), ...problems(404, 422) },
});

jobs.openapi(read, async (c) => {
  const job = await findJob(c.env.DB, c.get("key").tenantId, c.req.valid("param").id);
  const { wait } = c.req.valid("query");
  if (wait === undefined || isFinished(job.status)) return c.json(showJobTo(c, job), 200);
  const waited = await waitForJob(c.env.DB, job, wait * 1000, c.req.raw.signal, c.get("now"));
  return c.json(showJobTo(c, waited), 200);
});

const cancel = createRoute({
  method: "post",
  path: "/v1/jobs/{id}/cancel",
  tags: ["jobs"],
  summary: "Cancel a job that has not finished",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: { 200: json("The canceled job", JobSchema), ...problems(404, 409) },
});

jobs.openapi(cancel, async (c) => {
  const job = await findJob(c.env.DB, c.get("key").tenantId, c.req.valid("param").id);
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

const retry = createRoute({
  method: "post",
  path: "/v1/jobs/{id}/retry",
  tags: ["jobs"],
  summary: "Run a failed or canceled job again; what was paid for is used",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: { 202: json("The job, waiting again", JobSchema), ...problems(404, 409, 410) },
});

jobs.openapi(retry, async (c) => {
  const { id, retention } = await findJob(c.env.DB, c.get("key").tenantId, c.req.valid("param").id);
  if (retention.audioRemovedAt !== null) {
    throw new Refusal("gone", `The recording was removed at ${showTime(retention.audioRemovedAt)}.`);
  }
  if (!(await requeueJob(c.env.DB, id, c.get("now")()))) {
    throw new Refusal("job_state", "Only a failed or canceled job can be retried.");
  }
  await wake(c.env.TRANSCRIBE_QUEUE, [jobMessage(id)]);
  return c.json(showJob(await findJob(c.env.DB, c.get("key").tenantId, id)), 202);
});

const remove = createRoute({
  method: "delete",
  path: "/v1/jobs/{id}",
  tags: ["jobs"],
  summary: "Delete a job with its recording and transcript",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: { 204: { description: "Deleted" }, ...problems(404) },
});

jobs.openapi(remove, async (c) => {
  const job = await findJob(c.env.DB, c.get("key").tenantId, c.req.valid("param").id);
  await removeJob(c.env, job, "requested", c.get("now")());
  return c.body(null, 204);
});

/** A tenant's job. Another tenant's is as little there as one that never was. */
export async function findJob(db: D1Database, tenantId: string, id: string): Promise<Job> {
  const job = isId("job", id) ? await readJob(db, tenantId, id) : null;
  if (!job) throw new Refusal("not_found", "There is no such job.");
  return job;
}
