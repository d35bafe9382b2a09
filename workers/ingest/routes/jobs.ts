import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { JOB_STATUSES, type Job, showJob } from "../../../shared/job.ts";
import { listJobs } from "../../../shared/storage/job-list.ts";
import { requireKey } from "../access/require-key.ts";
import { depsOf, type IngestApp, ownerOf } from "../app.ts";
import { outliveClient } from "../http/outlive-client.ts";
import { idRange, pageQuery, timeQuery } from "../http/paging.ts";
import { createRouter } from "../http/router.ts";
import { createJob } from "../jobs/create-job.ts";
import { FileHeaders } from "../jobs/file-headers.ts";
import { findJob, showJobTo } from "../jobs/find-job.ts";
import { checkOptions, JobOptionFields } from "../jobs/job-options.ts";
import { JobSchema, json, pageOf, problems } from "../openapi/schemas.ts";
import { receive } from "../submit/receive.ts";

export const jobs = createRouter();

const security = [{ key: [] }];
const recording = z.string().openapi({ format: "binary" });
const filename = z.string().optional().openapi({ description: "Of the recording." });

// Registered by hand: validation would read the whole body into memory.
jobs.openAPIRegistry.registerPath({
  method: "post",
  path: "/v1/jobs",
  tags: ["jobs"],
  summary: "Create a job",
  description:
    "Three bodies: a form with the recording (or its URL) as `file`; the recording itself, with options in the query string; JSON with the URL as `file`, or with the id of a finished upload as `upload`.",
  security,
  request: {
    query: JobOptionFields.partial().extend({ filename }),
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: JobOptionFields.extend({ file: recording, filename, file_headers: FileHeaders.optional() }),
        },
        "application/json": {
          schema: JobOptionFields.extend({
            file: z.string().optional().openapi({ format: "uri" }),
            upload: z.string().optional().openapi({ description: "`upl_…`, in place of `file`." }),
            filename,
            file_headers: FileHeaders.optional(),
          }),
        },
        "application/octet-stream": { schema: recording },
        "audio/*": { schema: recording },
        "video/*": { schema: recording },
      },
    },
  },
  responses: {
    202: json("Accepted", JobSchema),
    ...problems(400, 404, 409, 410, 413, 415, 422),
  },
});

jobs.post("/v1/jobs", requireKey, async (c) => {
  const job = await outliveClient(c, submit(c));
  return c.json(showJob(job), 202, { location: `/v1/jobs/${job.id}` });
});

async function submit(c: Context<IngestApp>): Promise<Job> {
  await using sent = await receive(c);
  const options = checkOptions(c.get("config"), sent.fields);
  return createJob(depsOf(c), ownerOf(c), options, await sent.source());
}

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
    // A share link lists its job alone. Filters are ignored: they would reveal tags that the link does not show.
    const only = await findJob(c, jobId);
    return c.json({ data: [showJobTo(c, only)], next: null }, 200);
  }
  const filter = { status, externalId: external_id, tag, ...idRange("job", query) };
  const page = await listJobs(c.env.DB, tenantId, filter, limit);
  return c.json({ data: page.data.map(showJob), next: page.next }, 200);
});
