import { createRoute, z } from "@hono/zod-openapi";
import { showTime } from "../../../shared/job.ts";
import { requireKey } from "../auth.ts";
import { Refusal } from "../problem.ts";
import { createRouter } from "../router.ts";
import { problems } from "../schemas.ts";
import { serveObject } from "../serve-object.ts";
import { findJob } from "./jobs.ts";

export const audio = createRouter();

const read = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/audio",
  tags: ["jobs"],
  summary: "The recording; ranges are honoured",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: { description: "The recording" },
    206: { description: "The range asked for" },
    ...problems(401, 404, 409, 410, 416),
  },
});

audio.openapi(read, async (c) => {
  const job = await findJob(c.env.DB, c.get("key").tenantId, c.req.valid("param").id);
  const { audioRemovedAt } = job.retention;
  if (audioRemovedAt !== null) {
    throw new Refusal("gone", `The recording was removed at ${showTime(audioRemovedAt)}.`);
  }
  if (job.audioKey === null) throw new Refusal("audio_gone", "The recording has not been fetched yet.");
  const contentType = job.audio.content_type ?? "application/octet-stream";
  return serveObject(c, job.audioKey, contentType, job.audio.filename);
});
