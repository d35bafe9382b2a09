import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type Job, showTime, TRANSCRIPT_FORMATS } from "../../../shared/job.ts";
import { renderTranscript } from "../../../shared/render/render.ts";
import { readTranscript, readTranscriptSlices } from "../../../shared/storage/transcripts.ts";
import type { Transcript } from "../../../shared/transcript.ts";
import type { IngestApp } from "../app.ts";
import { requireKey } from "../auth.ts";
import { Refusal } from "../problem.ts";
import { createRouter } from "../router.ts";
import { problems, TranscriptSchema } from "../schemas.ts";
import { findJob } from "./jobs.ts";

export const transcripts = createRouter();

const read = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/transcript",
  tags: ["jobs"],
  summary: "Read the transcript in a format of choice",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: {
    params: z.object({ id: z.string() }),
    query: z.object({ format: z.enum(TRANSCRIPT_FORMATS).optional() }),
  },
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
      },
    },
    ...problems(401, 404, 409, 410, 422),
  },
});

transcripts.openapi(read, async (c) => {
  const job = await findJob(c.env.DB, c.get("key").tenantId, c.req.valid("param").id);
  return answerTranscript(c, job, c.req.valid("query").format ?? job.options.response_format);
});

/** The transcript in the format asked. verbose_json is streamed slice by slice, byte for byte as it was saved. */
export async function answerTranscript(
  c: Context<IngestApp>,
  job: Job,
  format: (typeof TRANSCRIPT_FORMATS)[number],
) {
  if (job.status !== "completed" || !job.result) {
    throw new Refusal("not_ready", `The job is ${job.status}.`);
  }
  const { transcriptRemovedAt } = job.retention;
  if (transcriptRemovedAt !== null) {
    throw new Refusal("gone", `The transcript was removed at ${showTime(transcriptRemovedAt)}.`);
  }
  const etag = `"${job.result.transcript_sha256}-${format}"`;
  if (namesEtag(c.req.header("if-none-match"), etag)) return c.body(null, 304, { etag });
  if (format === "verbose_json") {
    const headers = { "content-type": "application/json; charset=utf-8", etag };
    return c.body(streamText(readTranscriptSlices(c.env.DB, job)), 200, headers);
  }
  const transcript = JSON.parse(await readTranscript(c.env.DB, job)) as Transcript; // saved by us, valid
  const { body, contentType } = renderTranscript(transcript, format);
  return c.body(body, 200, { "content-type": contentType, etag });
}

/** RFC 9110, 13.1.2: a list, compared weakly, since a proxy that compresses makes our tag a weak one. */
function namesEtag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

function streamText(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}
