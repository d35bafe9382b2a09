import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AUDIO_LINK_SECONDS } from "../../../../../shared/limits.ts";
import { signLink } from "../../../../../shared/secrets/signed-link.ts";
import { requireKey } from "../../../access/require-key.ts";
import type { IngestApp } from "../../../app.ts";
import { createRouter } from "../../../http/router.ts";
import { serveObject } from "../../../http/serve-object.ts";
import { typeOfContainer } from "../../../http/served-headers.ts";
import { findJob, requireAudio } from "../../../jobs/find-job.ts";
import { json, problems } from "../../../openapi/schemas.ts";

export const jobAudio = createRouter();

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
    ...problems(404, 409, 410, 416),
  },
});

jobAudio.openapi(read, async (c) => {
  const { key, contentType, filename } = await findAudio(c, c.req.valid("param").id);
  return serveObject(c, key, contentType, filename);
});

const link = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/audio/link",
  tags: ["jobs"],
  summary: "A link to the recording that needs no key for an hour: for players, which send none",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json(
      "The link",
      z.object({
        url: z.string().openapi({
          description: "A path of this server, or a URL where MEDIA_BASE_URL is set; ranges are honoured.",
        }),
        expires_at: z.string().openapi({ format: "date-time" }),
      }),
    ),
    ...problems(404, 409, 410),
  },
});

jobAudio.openapi(link, async (c) => {
  const { key, contentType } = await findAudio(c, c.req.valid("param").id);
  const { id: keyId, expiresAt, jobId } = c.get("key");
  const until = Math.min(c.get("now")() + AUDIO_LINK_SECONDS * 1000, expiresAt ?? Number.POSITIVE_INFINITY);
  const expires = Math.floor(until / 1000);
  const { signingKey, baseUrl, mediaBaseUrl } = c.get("config");
  // Only a share is looked up at each range: a waveform asks for hundreds.
  const share = jobId === null ? {} : { keyId };
  const grant = { kind: "audio", key, contentType, expires, ...share } as const;
  const path = await signLink(signingKey, grant, "recording");
  const url = mediaBaseUrl === baseUrl ? path : mediaBaseUrl + path;
  return c.json({ url, expires_at: new Date(expires * 1000).toISOString() }, 200);
});

/** @throws Refusal when the recording has not been fetched yet, or has been removed */
async function findAudio(c: Context<IngestApp>, id: string) {
  const job = await findJob(c, id);
  requireAudio(job);
  const contentType = typeOfContainer(job.audio.container);
  return { key: job.audioKey, contentType, filename: job.audio.filename };
}
