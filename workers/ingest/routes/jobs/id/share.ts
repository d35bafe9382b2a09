import { createRoute, z } from "@hono/zod-openapi";
import { showTime } from "../../../../../shared/job.ts";
import { DEFAULT_SHARE_SECONDS, MAX_SHARE_SECONDS, MAX_SHARES } from "../../../../../shared/limits.ts";
import { hashKey, newKeySecret } from "../../../../../shared/secrets/api-key.ts";
import { type ApiKey, endShares, insertKey, listShares } from "../../../../../shared/storage/keys.ts";
import { requireKey } from "../../../access/require-key.ts";
import { Refusal } from "../../../http/problem.ts";
import { createRouter } from "../../../http/router.ts";
import { findJob } from "../../../jobs/find-job.ts";
import { json, problems } from "../../../openapi/schemas.ts";

/** Links for people without a key. They open the page at one job, to read and listen. */
export const share = createRouter();

const path = "/v1/jobs/{id}/share";
const tags = ["jobs"];
const security = [{ key: [] }];
const params = z.object({ id: z.string() });
const time = z.string().nullable();
const ShareSchema = z
  .object({ id: z.string(), created_at: time, expires_at: time, last_used_at: time })
  .openapi("Share");
const ShareRequest = z.strictObject({
  expires_in: z.int().min(60).max(MAX_SHARE_SECONDS).default(DEFAULT_SHARE_SECONDS).openapi({
    description: "Seconds; a week unless given. No longer than the key that makes it.",
  }),
});

const create = createRoute({
  method: "post",
  path,
  tags,
  summary: "Make a link with which anybody can read this job, and nothing else",
  description:
    "The link is shown this once. What is behind its `#/shared/` is an API key that reads this job: its transcript, " +
    "its recording, its names and corrections. It ends by itself, with the job, or by DELETE.",
  security,
  middleware: [requireKey] as const,
  request: {
    params,
    body: { required: false, content: { "application/json": { schema: ShareRequest } } },
  },
  responses: {
    201: json("The link", ShareSchema.extend({ url: z.string() })),
    ...problems(400, 404, 409, 422),
  },
});

share.openapi(create, async (c) => {
  const { expires_in } = ShareRequest.parse(c.req.valid("json") ?? {});
  const { tenantId, id: keyId, expiresAt: keyExpiresAt } = c.get("key");
  const job = await findJob(c, c.req.valid("param").id);
  const now = c.get("now")();
  if ((await listShares(c.env.DB, job.id, now)).length >= MAX_SHARES) {
    throw new Refusal("share_limit", `A job has at most ${MAX_SHARES} links at a time.`);
  }
  const { id, createdAt } = await c.get("run").idFor("key");
  const secret = newKeySecret();
  const share: ApiKey = {
    id,
    tenantId,
    name: `link made with ${keyId}`,
    scopes: ["jobs:read"],
    createdAt,
    expiresAt: Math.min(createdAt + expires_in * 1000, keyExpiresAt ?? Number.POSITIVE_INFINITY),
    lastUsedAt: null,
    revokedAt: null,
    jobId: job.id,
  };
  await insertKey(c.env.DB, share, await hashKey(secret));
  return c.json({ ...showShare(share), url: `${c.get("config").baseUrl}/#/shared/${secret}` }, 201);
});

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "The links that open this job now, newest first; not the links themselves",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: {
    200: json("All links", z.object({ data: z.array(ShareSchema), next: z.null() })),
    ...problems(404),
  },
});

share.openapi(list, async (c) => {
  const job = await findJob(c, c.req.valid("param").id);
  const found = await listShares(c.env.DB, job.id, c.get("now")());
  return c.json({ data: found.map(showShare), next: null }, 200);
});

const end = createRoute({
  method: "delete",
  path,
  tags,
  summary: "End all links to this job at once",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: { 204: { description: "None opens it any more" }, ...problems(404) },
});

share.openapi(end, async (c) => {
  const job = await findJob(c, c.req.valid("param").id);
  await endShares(c.env.DB, job.id);
  return c.body(null, 204);
});

function showShare({ id, createdAt, expiresAt, lastUsedAt }: ApiKey) {
  return {
    id,
    created_at: showTime(createdAt),
    expires_at: showTime(expiresAt),
    last_used_at: showTime(lastUsedAt),
  };
}
