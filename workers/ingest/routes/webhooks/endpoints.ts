import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { isId } from "../../../../shared/id.ts";
import { DEFAULT_RATE_LIMIT, MAX_ENDPOINTS, MAX_REPLAY_MS } from "../../../../shared/limits.ts";
import { laneMessage } from "../../../../shared/queue/message.ts";
import { wake } from "../../../../shared/queue/wake.ts";
import {
  deleteEndpoint,
  insertEndpoint,
  listEndpoints,
  readEndpoint,
  updateEndpoint,
} from "../../../../shared/storage/endpoints.ts";
import { countMissed } from "../../../../shared/storage/replays.ts";
import { listSecrets } from "../../../../shared/storage/webhook-secrets.ts";
import type { Endpoint } from "../../../../shared/webhooks/endpoint.ts";
import { idFor } from "../../access/idempotency.ts";
import { makeSecret } from "../../access/make-secret.ts";
import { requireKey } from "../../access/require-key.ts";
import type { IngestApp } from "../../app.ts";
import { Refusal } from "../../http/problem.ts";
import { createRouter } from "../../http/router.ts";
import { refuseDestination } from "../../jobs/job-options.ts";
import { json, pageOf, problems } from "../../openapi/schemas.ts";
import {
  EndpointSchema,
  endpointFields,
  MissedSchema,
  SecretsSchema,
  showEndpoint,
  showSecret,
} from "../../openapi/webhook-schemas.ts";

export const endpoints = createRouter();

const tags = ["webhooks"];
const security = [{ key: [] }];
const params = z.object({ id: z.string() });
const changes = z.strictObject(endpointFields).partial();

const create = createRoute({
  method: "post",
  path: "/v1/webhooks/endpoints",
  tags,
  summary: "Create an endpoint; its secret is shown this once",
  security,
  middleware: [requireKey] as const,
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: changes.required({ url: true }) } },
    },
  },
  responses: {
    201: json(
      "The endpoint",
      EndpointSchema.extend({ secret: z.string(), public_key: z.string().nullable() }),
    ),
    ...problems(400, 409, 422),
  },
});

endpoints.openapi(create, async (c) => {
  const { url, description = "", events = null, enabled = true, ...rest } = c.req.valid("json");
  checkUrl(c, url);
  const now = c.get("now")();
  const { id, createdAt } = await idFor(c, "ep");
  const endpoint: Endpoint = {
    id,
    tenantId: c.get("key").tenantId,
    url,
    description,
    events,
    rateLimit: rest.rate_limit ?? DEFAULT_RATE_LIMIT,
    ed25519: rest.ed25519 ?? false,
    enabled,
    disabledAt: enabled ? null : now,
    disabledReason: enabled ? null : "by_you",
    failingSince: null,
    createdAt,
  };
  const { secret, stored } = await makeSecret(c.get("config").signingKey, now, { withPair: true });
  if (!(await insertEndpoint(c.env.DB, endpoint, stored))) {
    throw new Refusal("endpoint_limit", `A tenant has at most ${MAX_ENDPOINTS} endpoints.`);
  }
  c.header("location", `/v1/webhooks/endpoints/${endpoint.id}`);
  return c.json({ ...showEndpoint(endpoint), secret, public_key: stored.publicKey }, 201);
});

const list = createRoute({
  method: "get",
  path: "/v1/webhooks/endpoints",
  tags,
  summary: "List all endpoints, oldest first",
  security,
  middleware: [requireKey] as const,
  responses: { 200: json("All endpoints", pageOf(EndpointSchema)) },
});

endpoints.openapi(list, async (c) => {
  const found = await listEndpoints(c.env.DB, c.get("key").tenantId);
  return c.json({ data: found.map(showEndpoint), next: null }, 200);
});

const read = createRoute({
  method: "get",
  path: "/v1/webhooks/endpoints/{id}",
  tags,
  summary: "One endpoint, with its public keys and when they expire",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: {
    200: json("The endpoint", EndpointSchema.extend({ secrets: SecretsSchema })),
    ...problems(404),
  },
});

endpoints.openapi(read, async (c) => {
  const endpoint = await findEndpoint(c);
  const secrets = await listSecrets(c.env.DB, endpoint.id, c.get("now")());
  return c.json({ ...showEndpoint(endpoint), secrets: secrets.map(showSecret) }, 200);
});

const update = createRoute({
  method: "patch",
  path: "/v1/webhooks/endpoints/{id}",
  tags,
  summary: "Change an endpoint; enabling it again says what it has missed",
  security,
  middleware: [requireKey] as const,
  request: { params, body: { required: true, content: { "application/json": { schema: changes } } } },
  responses: {
    200: json("The endpoint", EndpointSchema.extend({ missed: MissedSchema.optional() })),
    ...problems(400, 404, 409, 422),
  },
});

endpoints.openapi(update, async (c) => {
  const fields = c.req.valid("json");
  if (fields.url !== undefined) checkUrl(c, fields.url);
  const now = c.get("now")();
  const before = await findEndpoint(c);
  const after = change(before, fields, now);
  if (!(await updateEndpoint(c.env.DB, before, after))) {
    throw new Refusal("endpoint_changed", "The endpoint was enabled or disabled at the same moment.");
  }
  if (before.enabled === after.enabled) return c.json(showEndpoint(after), 200);
  await wake(c.env.NOTIFY_QUEUE, [laneMessage(after.id)]);
  if (!after.enabled) return c.json(showEndpoint(after), 200);
  return c.json({ ...showEndpoint(after), missed: await offerReplay(c.env.DB, before, after, now) }, 200);
});

function change(before: Endpoint, fields: z.infer<typeof changes>, now: number): Endpoint {
  const after: Endpoint = {
    ...before,
    url: fields.url ?? before.url,
    description: fields.description ?? before.description,
    events: fields.events === undefined ? before.events : fields.events,
    rateLimit: fields.rate_limit ?? before.rateLimit,
    ed25519: fields.ed25519 ?? before.ed25519,
  };
  if (fields.enabled === undefined || fields.enabled === before.enabled) return after;
  return fields.enabled
    ? { ...after, enabled: true, disabledAt: null, disabledReason: null, failingSince: null }
    : { ...after, enabled: false, disabledAt: now, disabledReason: "by_you" };
}

async function offerReplay(db: D1Database, before: Endpoint, after: Endpoint, now: number) {
  const began = before.failingSince ?? before.disabledAt ?? now;
  const since = new Date(Math.max(began, now - MAX_REPLAY_MS)).toISOString();
  const until = new Date(now).toISOString();
  return {
    events: await countMissed(db, after, Date.parse(since), now),
    since,
    replay: {
      method: "POST" as const,
      path: `/v1/webhooks/endpoints/${after.id}/replay`,
      body: { since, until },
    },
  };
}

const remove = createRoute({
  method: "delete",
  path: "/v1/webhooks/endpoints/{id}",
  tags,
  summary: "Delete an endpoint; what waits for it is discarded, what was sent stays on record",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: { 204: { description: "Deleted" }, ...problems(404) },
});

endpoints.openapi(remove, async (c) => {
  const { id } = await findEndpoint(c);
  await deleteEndpoint(c.env.DB, id);
  await wake(c.env.NOTIFY_QUEUE, [laneMessage(id)]);
  return c.body(null, 204);
});

/** The endpoint in the path. @throws Refusal when this tenant has none of this id */
export async function findEndpoint(c: Context<IngestApp>): Promise<Endpoint> {
  const id = c.req.param("id") ?? "";
  const endpoint = isId("ep", id) ? await readEndpoint(c.env.DB, c.get("key").tenantId, id) : null;
  if (!endpoint) throw new Refusal("not_found", "There is no such endpoint.");
  return endpoint;
}

function checkUrl(c: Context<IngestApp>, url: string): void {
  const refused = refuseDestination(url, c.get("config"));
  if (refused) throw new Refusal("destination_refused", refused);
}
