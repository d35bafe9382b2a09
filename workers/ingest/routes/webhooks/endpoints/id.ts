import { createRoute, z } from "@hono/zod-openapi";
import { MAX_REPLAY_MS } from "../../../../../shared/limits.ts";
import { laneMessage } from "../../../../../shared/queue/message.ts";
import { wake } from "../../../../../shared/queue/wake.ts";
import { deleteEndpoint, updateEndpoint } from "../../../../../shared/storage/endpoints.ts";
import { countMissed } from "../../../../../shared/storage/replays.ts";
import { listSecrets } from "../../../../../shared/storage/webhook-secrets.ts";
import type { Endpoint } from "../../../../../shared/webhooks/endpoint.ts";
import { requireKey, requireScopes } from "../../../access/require-key.ts";
import { Refusal } from "../../../http/problem.ts";
import { requireDestination } from "../../../http/require-destination.ts";
import { createRouter } from "../../../http/router.ts";
import { json, problems } from "../../../openapi/schemas.ts";
import {
  EndpointChanges,
  EndpointSchema,
  MissedSchema,
  SecretsSchema,
  showEndpoint,
  showSecret,
} from "../../../openapi/webhook-schemas.ts";
import { findEndpoint } from "../../../webhooks/find-endpoint.ts";

export const endpoint = createRouter();

const tags = ["webhooks"];
const security = [{ key: [] }];
const params = z.object({ id: z.string() });

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

endpoint.openapi(read, async (c) => {
  const found = await findEndpoint(c);
  const secrets = await listSecrets(c.env.DB, found.id, c.get("now")());
  return c.json({ ...showEndpoint(found), secrets: secrets.map(showSecret) }, 200);
});

const update = createRoute({
  method: "patch",
  path: "/v1/webhooks/endpoints/{id}",
  tags,
  summary: "Change an endpoint; enabling it again says what it has missed",
  security,
  middleware: [requireKey] as const,
  request: { params, body: { required: true, content: { "application/json": { schema: EndpointChanges } } } },
  responses: {
    200: json("The endpoint", EndpointSchema.extend({ missed: MissedSchema.optional() })),
    ...problems(400, 404, 409, 422),
  },
});

endpoint.openapi(update, async (c) => {
  const fields = c.req.valid("json");
  if (fields.url !== undefined) {
    requireScopes(c.get("key"), ["jobs:read"]); // as for a new endpoint: it is sent links to transcripts
    requireDestination(c.get("config"), fields.url);
  }
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

function change(before: Endpoint, fields: z.infer<typeof EndpointChanges>, now: number): Endpoint {
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

endpoint.openapi(remove, async (c) => {
  const { id } = await findEndpoint(c);
  await deleteEndpoint(c.env.DB, id);
  await wake(c.env.NOTIFY_QUEUE, [laneMessage(id)]);
  return c.body(null, 204);
});
