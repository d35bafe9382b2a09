import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type Job, showJob } from "../../../../../shared/job.ts";
import { readJob } from "../../../../../shared/storage/jobs.ts";
import { requireKey } from "../../../access/require-key.ts";
import { depsOf, type IngestApp, ownerOf } from "../../../app.ts";
import { outliveClient } from "../../../http/outlive-client.ts";
import { parseJson, readText } from "../../../http/read-body.ts";
import { createRouter } from "../../../http/router.ts";
import { createJob } from "../../../jobs/create-job.ts";
import { findJob } from "../../../jobs/find-job.ts";
import { checkOptions } from "../../../jobs/job-options.ts";
import { namedVoices } from "../../../jobs/named-voices.ts";
import { OptionsAgain, optionsAgain } from "../../../jobs/options-again.ts";
import { JobSchema, json, problems } from "../../../openapi/schemas.ts";
import { copyRecording } from "../../../submit/copy-recording.ts";

export const transcribeAgain = createRouter();

// Registered by hand: the options are checked once, together with those of the first job.
transcribeAgain.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/v1/jobs/{id}/transcribe-again",
    tags: ["jobs"],
    summary: "Have the same recording transcribed once more, as a new job",
    description:
      "Options that are left out are those of the first job, with its metadata and tags. Names of speakers go to who has their voices now. Nothing is reused: a new call is paid for. Needs `jobs:read` too.",
    security: [{ key: [] }],
    request: {
      params: z.object({ id: z.string() }),
      body: { required: false, content: { "application/json": { schema: OptionsAgain } } },
    },
    responses: { 202: json("The new job", JobSchema), ...problems(400, 404, 409, 410, 422) },
  }),
);

transcribeAgain.post("/v1/jobs/:id/transcribe-again", requireKey, async (c) => {
  const job = await outliveClient(c, begin(c, c.req.param("id")));
  return c.json(showJob(job), 202, { location: `/v1/jobs/${job.id}` });
});

async function begin(c: Context<IngestApp>, id: string): Promise<Job> {
  const run = c.get("run");
  const place = await run.idFor("job");
  const owner = ownerOf(c);
  const made = run.isRepeat ? await readJob(c.env.DB, owner.tenantId, place.id) : null;
  if (made) return made;

  const first = await findJob(c, id);
  const text = await readText(c);
  const changes = text.trim() === "" ? {} : parseJson(text, "The body");
  const options = checkOptions(c.get("config"), optionsAgain(first, changes));
  const deps = depsOf(c);
  const voices = await namedVoices(c.env.DB, first);
  const copy = await copyRecording(deps, c.get("key"), first, place);
  return createJob(deps, owner, options, { ...copy, voices });
}
