import { z } from "@hono/zod-openapi";
import { showJob } from "../../../shared/job.ts";
import { requireKey } from "../access/require-key.ts";
import { createRouter } from "../http/router.ts";
import { FileHeaders } from "../jobs/file-headers.ts";
import { JobOptionFields } from "../jobs/job-options.ts";
import { JobSchema, json, problems } from "../openapi/schemas.ts";
import { receiveJob } from "../submit/receive-job.ts";

export const submit = createRouter();

const recording = z.string().openapi({ format: "binary" });
const filename = z.string().optional().openapi({ description: "Of the recording." });

// Registered by hand: a validated body would be read into memory whole before the handler sees it.
submit.openAPIRegistry.registerPath({
  method: "post",
  path: "/v1/jobs",
  tags: ["jobs"],
  summary: "Create a job",
  description:
    "Three bodies: a form with the recording (or its URL) as `file`; the recording itself, with options in the query string; JSON with the URL as `file`, or with the id of a finished upload as `upload`.",
  security: [{ key: [] }],
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

submit.post("/v1/jobs", requireKey, async (c) => {
  const receiving = receiveJob(c);
  // A client that goes away takes its Worker along; this leaves time to clean up what it had sent.
  c.executionCtx.waitUntil(receiving.catch(() => undefined));
  const job = await receiving;
  return c.json(showJob(job), 202, { location: `/v1/jobs/${job.id}` });
});
