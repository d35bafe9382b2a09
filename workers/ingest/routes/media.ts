import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { describeError, log } from "../../../shared/log.ts";
import { openLink } from "../../../shared/secrets/signed-link.ts";
import { noteFetched } from "../../../shared/storage/calls.ts";
import { closeStorageGate } from "../../../shared/storage/gates.ts";
import { readAnyJob } from "../../../shared/storage/job-work.ts";
import { isKeyLive } from "../../../shared/storage/keys.ts";
import { StorageAwayError } from "../../../shared/storage/passing-error.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { createRouter } from "../http/router.ts";
import { serveObject } from "../http/serve-object.ts";
import { answerTranscript } from "../jobs/answer-transcript.ts";
import { problems } from "../openapi/schemas.ts";

export const media = createRouter();

const read = createRoute({
  method: "get",
  path: "/media/{token}/{name}",
  tags: ["media"],
  summary: "What a signed link gives away without a key; ranges of a recording are honoured",
  request: { params: z.object({ token: z.string(), name: z.string() }) },
  responses: {
    200: { description: "A recording, for the speech API, or a transcript, for a webhook's receiver" },
    206: { description: "The range asked for" },
    ...problems(404, 409, 410, 416),
  },
});

media.openapi(read, async (c) => {
  const grant = await openLink(c.get("config").signingKey, c.req.valid("param").token, c.get("now")());
  if (!grant) throw new Refusal("not_found", "The link is not valid or has expired.");
  if (grant.kind === "audio") {
    const { call, keyId } = grant;
    if (keyId !== undefined) await requireLiveKey(c, keyId);
    if (call) c.executionCtx.waitUntil(noteFetched(c.env.DB, call, c.get("now")()).catch(logUnnoted));
    return serveObject(c, grant.key, grant.contentType, null).catch(async (error: unknown) => {
      if (call && error instanceof StorageAwayError) await noteUnserved(c);
      throw error;
    });
  }
  const job = await readAnyJob(c.env.DB, grant.jobId);
  if (!job) throw new Refusal("not_found", "The job has been deleted.");
  return answerTranscript(c, job, { format: "verbose_json", layer: grant.layer ?? "machine" });
});

/** The recording is served all the same; the time that a call took tells nearly as well. */
function logUnnoted(error: unknown): void {
  log("media.fetch_not_noted", { error: describeError(error) });
}

/**
 * The speech API could not have the audio, whatever it makes of that: its call is waited with until storage is back. Noted
 * before the response, so that it is known when the speech API refuses the call.
 */
async function noteUnserved(c: Context<IngestApp>): Promise<void> {
  const note = () => closeStorageGate(c.env.DB, c.get("now")(), Math.random());
  await note().catch(note).catch(logUnnoted);
}

/** To end a share is to end all that was had through it. */
async function requireLiveKey(c: Context<IngestApp>, keyId: string): Promise<void> {
  if (await isKeyLive(c.env.DB, keyId, c.get("now")())) return;
  throw new Refusal("not_found", "The link has ended with the shared link that it was had through.");
}
