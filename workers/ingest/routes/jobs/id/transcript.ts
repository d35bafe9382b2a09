import { createRoute, z } from "@hono/zod-openapi";
import { requireKey } from "../../../access/require-key.ts";
import { createRouter } from "../../../http/router.ts";
import { answerTranscript } from "../../../jobs/answer-transcript.ts";
import { ExportQuery, renderOptionsOf } from "../../../jobs/export-query.ts";
import { findJob } from "../../../jobs/find-job.ts";
import { problems, TranscriptSchema } from "../../../openapi/schemas.ts";

export const transcript = createRouter();

const read = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/transcript",
  tags: ["jobs"],
  summary: "Read the transcript in a format of choice",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }), query: ExportQuery },
  responses: {
    200: {
      description: "The transcript",
      content: {
        "application/json": { schema: TranscriptSchema },
        "text/plain": { schema: z.string() },
        "application/x-subrip": { schema: z.string() },
        "text/vtt": { schema: z.string() },
        "text/markdown": { schema: z.string() },
        "text/csv": { schema: z.string() },
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": {
          schema: z.string().openapi({ format: "binary" }),
        },
        "application/zip": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
    ...problems(404, 409, 410, 422),
  },
});

transcript.openapi(read, async (c) => {
  const job = await findJob(c, c.req.valid("param").id);
  const query = c.req.valid("query");
  return answerTranscript(c, job, {
    format: query.format ?? job.options.response_format,
    layer: query.layer,
    options: renderOptionsOf(query),
  });
});
