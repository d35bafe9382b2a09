import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Layer } from "../../../../shared/edits/layer.ts";
import { type Job, showJob } from "../../../../shared/job.ts";
import { MAX_METADATA_BYTES, MAX_SPEAKER_NAME_CHARACTERS } from "../../../../shared/limits.ts";
import { changeDetails, readLayer } from "../../../../shared/storage/edits.ts";
import { requireKey } from "../../access/require-key.ts";
import type { IngestApp } from "../../app.ts";
import { parseBody, refuseFields } from "../../http/parse-body.ts";
import { Refusal } from "../../http/problem.ts";
import { readJson } from "../../http/read-json.ts";
import { createRouter } from "../../http/router.ts";
import { JobOptionFields } from "../../jobs/job-options.ts";
import { reviseTranscript } from "../../jobs/revise-transcript.ts";
import { JobSchema, json, problems } from "../../openapi/schemas.ts";
import { findJob } from "../jobs.ts";
import { depsOf, etagOf } from "./id/edits.ts";
import { requireTranscript } from "./id/transcript.ts";

export const jobDetails = createRouter();

const name = z
  .string()
  .max(MAX_SPEAKER_NAME_CHARACTERS)
  .transform((text) => text.replace(/[\s\p{Cc}]+/gu, " ").trim())
  .refine((text) => text !== "", "must not be empty; null takes a name away");

const { metadata, tags, external_id } = JobOptionFields.shape;

const DetailsRequest = z.strictObject({
  metadata: metadata.unwrap().optional().openapi({ description: "Key by key; null takes a key out." }),
  tags: tags.unwrap().optional().openapi({ description: "All of them." }),
  external_id: external_id.unwrap().optional(),
  speakers: z
    .record(z.string(), name.nullable())
    .optional()
    .openapi({
      type: "object",
      additionalProperties: { type: ["string", "null"] },
      description:
        "Names by speaker id, one by one; null takes a name away. Two ids of one name are one speaker.",
      example: { SPEAKER_00: "Ada" },
    }),
});

const change = createRoute({
  method: "patch",
  path: "/v1/jobs/{id}",
  tags: ["jobs"],
  summary: "Change a job's metadata, tags, external id, or the names of its speakers",
  security: [{ key: [] }],
  request: {
    params: z.object({ id: z.string() }),
    headers: z.object({
      "if-match": z
        .string()
        .optional()
        .openapi({ description: "Of `speakers`: the revision they are changed from." }),
    }),
    body: { required: true, content: { "application/json": { schema: DetailsRequest } } },
  },
  responses: { 200: json("The job", JobSchema), ...problems(400, 404, 409, 412, 422) },
});

jobDetails.openAPIRegistry.registerPath(change);
jobDetails.patch("/v1/jobs/:id", requireKey, async (c) => {
  let job = await findJob(c.env.DB, c.get("key").tenantId, c.req.param("id"));
  const request = parseBody(DetailsRequest, await readJson(c.req.raw));
  const { speakers, external_id: externalId, ...details } = request;
  // What is wrong with the names is said before anything is changed.
  if (speakers) await nextLayer(c, job, speakers);
  if (details.metadata || details.tags || externalId !== undefined) {
    const changed = await changeDetails(c.env.DB, job, { ...details, externalId });
    if (!changed.ok) refuseDetails(changed.error);
    job = changed.value;
  }
  if (speakers) job = await nameSpeakers(c, job, speakers);
  return c.json(showJob(job), 200);
});

/** Somebody else's change of the names came between reading and writing this often. */
const MOST_TRIES = 5;

type Names = Record<string, string | null>;

/** Without If-Match the names are added to whatever is there: to name one speaker takes no look at the others. */
async function nameSpeakers(c: Context<IngestApp>, first: Job, names: Names): Promise<Job> {
  let job = first;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const layer = await nextLayer(c, job, names);
    if (JSON.stringify(layer.speakers) === JSON.stringify(job.speakers)) return job;
    const named = await reviseTranscript(depsOf(c), job, layer, null);
    if (named) return named;
    job = await findJob(c.env.DB, job.tenantId, job.id);
  }
  throw new Refusal("revision_conflict", "Others are changing this transcript.");
}

/** The job's layer with these names in it. @throws Refusal when they cannot be given */
async function nextLayer(c: Context<IngestApp>, job: Job, names: Names): Promise<Layer> {
  requireTranscript(job);
  const expected = c.req.header("if-match");
  if (expected !== undefined && expected !== etagOf(job) && expected !== "*") {
    throw new Refusal("revision_conflict", `The transcript's revision is ${job.revision} by now.`);
  }
  const layer = await readLayer(c.env.DB, job);
  const known = new Set([...job.result.speakers, ...layer.edits.flatMap(({ speaker }) => speaker ?? [])]);
  const errors = Object.keys(names)
    .filter((id) => !known.has(id))
    .map((id) => ({
      field: `speakers.${id}`,
      message: `is no speaker of this transcript; it has ${[...known].join(", ") || "none"}`,
    }));
  if (errors.length > 0) refuseFields(errors);
  const speakers: Record<string, string> = { ...layer.speakers };
  for (const [id, name] of Object.entries(names)) {
    if (name === null) delete speakers[id];
    else speakers[id] = name;
  }
  return { ...layer, speakers };
}

function refuseDetails(reason: "gone" | "metadata_too_large" | "busy"): never {
  if (reason === "gone") throw new Refusal("not_found", "The job has been deleted.");
  if (reason === "busy") throw new Refusal("revision_conflict", "Others are changing this job.");
  const message = `must be at most ${MAX_METADATA_BYTES} bytes of JSON together with what is there`;
  refuseFields([{ field: "metadata", message }]);
}
