import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Edit, Layer } from "../../../../../shared/edits/layer.ts";
import { resolveEdits } from "../../../../../shared/edits/resolve-edits.ts";
import { type Job, showTime } from "../../../../../shared/job.ts";
import { MAX_EDIT_CHARACTERS, MAX_EDITS, MAX_SPEAKER_ID_CHARACTERS } from "../../../../../shared/limits.ts";
import { listRevisions, readLayer, readRevision } from "../../../../../shared/storage/edits.ts";
import { loadTranscript } from "../../../../../shared/storage/transcripts.ts";
import { requireKey } from "../../../access/require-key.ts";
import { depsOf, type IngestApp } from "../../../app.ts";
import { readJson } from "../../../http/read-body.ts";
import { parseFields, refuseFields } from "../../../http/refuse-fields.ts";
import { createRouter } from "../../../http/router.ts";
import { findJob, requireTranscript } from "../../../jobs/find-job.ts";
import { reviseTranscript } from "../../../jobs/revise-transcript.ts";
import { etagOf, requireRevision, revisionConflict } from "../../../jobs/revision.ts";
import { EditsSchema, json, problems } from "../../../openapi/schemas.ts";

export const edits = createRouter();

const params = z.object({ id: z.string() });
const headers = z.object({
  "if-match": z
    .string()
    .optional()
    .openapi({ description: "The ETag that GET of this path answered; required." }),
});
const tags = ["jobs"];
const security = [{ key: [] }];

const wordId = z.union([z.number(), z.string().max(100)]);

/** `to` may be left out for a single word. */
const EditFields = z
  .strictObject({
    from: wordId,
    to: wordId.optional(),
    text: z.string().max(MAX_EDIT_CHARACTERS).optional(),
    speaker: z.string().min(1).max(MAX_SPEAKER_ID_CHARACTERS).optional(),
  })
  .refine(({ text, speaker }) => text !== undefined || speaker !== undefined, "needs `text` or `speaker`");

const EditsRequest = z.strictObject({ edits: z.array(EditFields).max(MAX_EDITS) });
const RevertRequest = z.strictObject({ revision: z.int().min(0) });

const read = createRoute({
  tags,
  security,
  middleware: [requireKey] as const,
  method: "get",
  path: "/v1/jobs/{id}/edits",
  summary: "The corrections and names of a transcript, and what can be gone back to",
  request: { params },
  responses: { 200: json("Corrections", EditsSchema), ...problems(404, 409) },
});

edits.openapi(read, async (c) => {
  const job = await findJob(c, c.req.valid("param").id);
  requireTranscript(job);
  return answerEdits(c, job, await readLayer(c.env.DB, job));
});

const write = createRoute({
  tags,
  security,
  method: "put",
  path: "/v1/jobs/{id}/edits",
  summary: "Replace all corrections; the machine's transcript stays as it is",
  request: {
    params,
    headers,
    body: { required: true, content: { "application/json": { schema: EditsRequest } } },
  },
  responses: { 200: json("Corrections", EditsSchema), ...problems(400, 404, 409, 412, 422, 428) },
});

edits.openAPIRegistry.registerPath(write);
edits.put("/v1/jobs/:id/edits", requireKey, async (c) => {
  const job = await findJob(c, c.req.param("id"));
  requireTranscript(job);
  requireRevision(c, job);
  const asked = parseFields(EditsRequest, await readJson(c));
  const given = asked.edits.map(({ from, to = from, text, speaker }): Edit => {
    return {
      from,
      to,
      ...(text === undefined ? {} : { text }),
      ...(speaker === undefined ? {} : { speaker }),
    };
  });
  const machine = await loadTranscript(c.env.DB, job);
  const resolved = resolveEdits(machine.words, given);
  if (!resolved.ok) {
    throw refuseFields(resolved.error.map(({ index, message }) => ({ field: `edits.${index}`, message })));
  }
  const layer = { speakers: job.speakers, edits: given };
  return answerRevised(c, layer, await reviseTranscript(depsOf(c), job, layer, machine));
});

const revert = createRoute({
  tags,
  security,
  method: "post",
  path: "/v1/jobs/{id}/edits/revert",
  summary: "Go back to the names and corrections of an earlier revision; 0 is the machine's transcript",
  request: {
    params,
    headers,
    body: { required: true, content: { "application/json": { schema: RevertRequest } } },
  },
  responses: { 200: json("Corrections", EditsSchema), ...problems(400, 404, 409, 412, 422, 428) },
});

edits.openAPIRegistry.registerPath(revert);
edits.post("/v1/jobs/:id/edits/revert", requireKey, async (c) => {
  const job = await findJob(c, c.req.param("id"));
  requireTranscript(job);
  requireRevision(c, job);
  const { revision } = parseFields(RevertRequest, await readJson(c));
  const layer = await readRevision(c.env.DB, job, revision);
  if (!layer) {
    const message = `is not kept; see \`revisions\` of GET /v1/jobs/${job.id}/edits`;
    throw refuseFields([{ field: "revision", message }]);
  }
  const machine = await loadTranscript(c.env.DB, job);
  return answerRevised(c, layer, await reviseTranscript(depsOf(c), job, layer, machine));
});

async function answerRevised(c: Context<IngestApp>, layer: Layer, job: Job | null) {
  if (!job) throw revisionConflict("another one");
  return answerEdits(c, job, layer);
}

async function answerEdits(c: Context<IngestApp>, job: Job, layer: Layer) {
  const revisions = await listRevisions(c.env.DB, job);
  c.header("etag", etagOf(job));
  return c.json(
    {
      job_id: job.id,
      revision: job.revision,
      speakers: layer.speakers,
      edits: layer.edits,
      revisions: revisions.map(({ n, edits: count, createdAt }) => ({
        revision: n,
        edits: count,
        created_at: showTime(createdAt) ?? "",
      })),
    },
    200,
  );
}
