import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { applyLayer } from "../../../../../shared/edits/apply-layer.ts";
import { MACHINE } from "../../../../../shared/edits/layer.ts";
import { transcriptName } from "../../../../../shared/file-name.ts";
import { type Job, showTime, type TranscriptFormat } from "../../../../../shared/job.ts";
import { type RenderOptions, renderTranscript } from "../../../../../shared/render/render.ts";
import { readLayer } from "../../../../../shared/storage/edits.ts";
import { loadTranscript, readTranscriptSlices } from "../../../../../shared/storage/transcripts.ts";
import { requireKey } from "../../../access/require-key.ts";
import type { IngestApp } from "../../../app.ts";
import { Refusal } from "../../../http/problem.ts";
import { createRouter } from "../../../http/router.ts";
import { encodeName } from "../../../http/serve-object.ts";
import { streamPieces } from "../../../http/stream-pieces.ts";
import { ExportQuery, renderOptionsOf } from "../../../jobs/export-query.ts";
import { problems, TranscriptSchema } from "../../../openapi/schemas.ts";
import { findJob } from "../../jobs.ts";

export const transcripts = createRouter();

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

transcripts.openapi(read, async (c) => {
  const job = await findJob(c.env.DB, c.get("key").tenantId, c.req.valid("param").id);
  const query = c.req.valid("query");
  return answerTranscript(c, job, {
    format: query.format ?? job.options.response_format,
    layer: query.layer,
    options: renderOptionsOf(query),
  });
});

type Asked = {
  format: TranscriptFormat;
  layer: "machine" | "edited";
  options?: Omit<RenderOptions, "speakerNames">;
};

/**
 * The transcript as it was asked for. While nobody has changed it, verbose_json is streamed slice by slice, byte for
 * byte as it was saved; so is the machine's layer always.
 */
export async function answerTranscript(
  c: Context<IngestApp>,
  job: Job,
  { format, layer, options = {} }: Asked,
) {
  requireTranscript(job);
  const revision = layer === "edited" ? job.revision : 0;
  const asked = Object.values({ ...options.rules, times: options.times }).join("-");
  const etag = `"${job.result.transcript_sha256}-${format}-${revision}-${asked}"`;
  if (namesEtag(c.req.header("if-none-match"), etag)) return c.body(null, 304, { etag });
  if (format === "verbose_json" && revision === 0) {
    const headers = { "content-type": "application/json; charset=utf-8", etag };
    return c.body(streamPieces(readTranscriptSlices(c.env.DB, job)), 200, headers);
  }
  const people = revision === 0 ? MACHINE : await readLayer(c.env.DB, job);
  const transcript = applyLayer(await loadTranscript(c.env.DB, job), people);
  const name = transcriptName(job.audio.filename);
  const rendered = renderTranscript(transcript, format, { ...options, speakerNames: people.speakers }, name);
  const isFile = format === "docx" || format === "zip";
  return c.body(streamPieces(rendered.pieces), 200, {
    "content-type": rendered.contentType,
    "content-disposition": `${isFile ? "attachment" : "inline"}; filename*=UTF-8''${encodeName(`${name}.${rendered.extension}`)}`,
    etag,
  });
}

/** @throws Refusal when the job has none yet, or no longer */
export function requireTranscript(job: Job): asserts job is Job & { result: NonNullable<Job["result"]> } {
  if (job.status !== "completed" || !job.result) throw new Refusal("not_ready", `The job is ${job.status}.`);
  const removedAt = job.retention.transcriptRemovedAt;
  if (removedAt !== null) throw new Refusal("gone", `The transcript was removed at ${showTime(removedAt)}.`);
}

/** RFC 9110, 13.1.2: a list, compared weakly, since a proxy that compresses makes our tag a weak one. */
function namesEtag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
