import { createRoute, z } from "@hono/zod-openapi";
import { isFinished, showJob } from "../../../../shared/job.ts";
import {
  MAX_METADATA_BYTES,
  MAX_SPEAKER_NAME_CHARACTERS,
  MAX_WAIT_SECONDS,
} from "../../../../shared/limits.ts";
import { changeDetails } from "../../../../shared/storage/edits.ts";
import { requireKey } from "../../access/require-key.ts";
import { depsOf } from "../../app.ts";
import { Refusal } from "../../http/problem.ts";
import { readJson } from "../../http/read-body.ts";
import { parseFields, refuseFields } from "../../http/refuse-fields.ts";
import { createRouter } from "../../http/router.ts";
import { findJob, showJobTo } from "../../jobs/find-job.ts";
import { JobOptionFields } from "../../jobs/job-options.ts";
import { nameSpeakers, withNames } from "../../jobs/name-speakers.ts";
import { removeJob } from "../../jobs/remove-job.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { JobSchema, json, problems } from "../../openapi/schemas.ts";

export const job = createRouter();

const params = z.object({ id: z.string() });
const security = [{ key: [] }];

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

job.openapi(read, async (c) => {
  const found = await findJob(c, c.req.valid("param").id);
  const { wait } = c.req.valid("query");
  if (wait === undefined || isFinished(found.status)) return c.json(showJobTo(c, found), 200);
  const waited = await waitForJob(c.env.DB, found, wait * 1000, c.req.raw.signal, c.get("now"));
  return c.json(showJobTo(c, waited), 200);
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

job.openapi(remove, async (c) => {
  const found = await findJob(c, c.req.valid("param").id);
  await removeJob(depsOf(c), found, "requested");
  return c.body(null, 204);
});

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
  security,
  request: {
    params,
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

job.openAPIRegistry.registerPath(change);
job.patch("/v1/jobs/:id", requireKey, async (c) => {
  let found = await findJob(c, c.req.param("id"));
  const request = parseFields(DetailsRequest, await readJson(c));
  const { speakers, external_id: externalId, ...details } = request;
  // Wrong names are refused before anything is changed.
  if (speakers) await withNames(c, found, speakers);
  if (details.metadata || details.tags || externalId !== undefined) {
    const changed = await changeDetails(c.env.DB, found, { ...details, externalId });
    if (!changed.ok) throw refuseDetails(changed.error);
    found = changed.value;
  }
  if (speakers) found = await nameSpeakers(c, found, speakers);
  return c.json(showJob(found), 200);
});

function refuseDetails(reason: "gone" | "metadata_too_large" | "busy"): Refusal {
  if (reason === "gone") return new Refusal("not_found", "The job has been deleted.");
  if (reason === "busy") return new Refusal("revision_conflict", "Others are changing this job.");
  const message = `must be at most ${MAX_METADATA_BYTES} bytes of JSON together with what is there`;
  return refuseFields([{ field: "metadata", message }]);
}
