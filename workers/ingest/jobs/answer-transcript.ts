import type { Context } from "hono";
import { applyLayer } from "../../../shared/edits/apply-layer.ts";
import { MACHINE } from "../../../shared/edits/layer.ts";
import { transcriptName } from "../../../shared/file-name.ts";
import type { Job, TranscriptFormat } from "../../../shared/job.ts";
import { type RenderOptions, renderTranscript } from "../../../shared/render/render.ts";
import { readLayer } from "../../../shared/storage/edits.ts";
import { loadTranscript, readTranscriptSlices } from "../../../shared/storage/transcripts.ts";
import type { IngestApp } from "../app.ts";
import { exportHeaders } from "../http/served-headers.ts";
import { streamPieces } from "../http/stream-pieces.ts";
import { requireTranscript } from "./find-job.ts";

type Asked = {
  format: TranscriptFormat;
  layer: "machine" | "edited";
  options?: Omit<RenderOptions, "speakerNames">;
};

/**
 * The transcript in the format and layer asked for. An unedited transcript as verbose_json is streamed slice by slice,
 * byte for byte as it was saved.
 * @throws Refusal when the job has no transcript
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
  const name = transcriptName(job.audio.filename);
  if (format === "verbose_json" && revision === 0) {
    const headers = exportHeaders("application/json; charset=utf-8", `${name}.json`);
    return c.body(streamPieces(readTranscriptSlices(c.env.DB, job)), 200, { ...headers, etag });
  }
  const people = revision === 0 ? MACHINE : await readLayer(c.env.DB, job);
  const transcript = applyLayer(await loadTranscript(c.env.DB, job), people);
  const rendered = renderTranscript(transcript, format, { ...options, speakerNames: people.speakers }, name);
  const headers = exportHeaders(rendered.contentType, `${name}.${rendered.extension}`);
  return c.body(streamPieces(rendered.pieces), 200, { ...headers, etag });
}

/** RFC 9110, 13.1.2: a list, compared weakly, since a proxy that compresses makes our tag weak. */
function namesEtag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
