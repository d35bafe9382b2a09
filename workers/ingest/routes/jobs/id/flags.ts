import { createRoute, z } from "@hono/zod-openapi";
import { applyLayer } from "../../../../../shared/edits/apply-layer.ts";
import { MACHINE } from "../../../../../shared/edits/layer.ts";
import { countFlags, findFlags } from "../../../../../shared/flags/flag-finder.ts";
import { readLayer } from "../../../../../shared/storage/edits.ts";
import { loadTranscript } from "../../../../../shared/storage/transcripts.ts";
import { requireKey } from "../../../access/require-key.ts";
import { createRouter } from "../../../http/router.ts";
import { layerQuery } from "../../../jobs/export-query.ts";
import { findJob, requireTranscript } from "../../../jobs/find-job.ts";
import { FlagsSchema, json, problems } from "../../../openapi/schemas.ts";

export const flags = createRouter();

const read = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/flags",
  tags: ["jobs"],
  summary: "The places of a transcript that deserve a second look, in order of time",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }), query: z.object({ layer: layerQuery }) },
  responses: { 200: json("Flags", FlagsSchema), ...problems(404, 409, 422) },
});

flags.openapi(read, async (c) => {
  const job = await findJob(c, c.req.valid("param").id);
  requireTranscript(job);
  const isEdited = c.req.valid("query").layer === "edited" && job.revision > 0;
  const layer = isEdited ? await readLayer(c.env.DB, job) : MACHINE;
  const found = findFlags(applyLayer(await loadTranscript(c.env.DB, job), layer));
  return c.json({ job_id: job.id, counts: countFlags(found), data: found }, 200);
});
