import { createRoute, z } from "@hono/zod-openapi";
import { DEFAULT_RATE_LIMIT, MAX_ENDPOINTS } from "../../../../shared/limits.ts";
import { insertEndpoint, listEndpoints } from "../../../../shared/storage/endpoints.ts";
import type { Endpoint } from "../../../../shared/webhooks/endpoint.ts";
import { requireKey } from "../../access/require-key.ts";
import { Refusal } from "../../http/problem.ts";
import { requireDestination } from "../../http/require-destination.ts";
import { createRouter } from "../../http/router.ts";
import { json, pageOf, problems } from "../../openapi/schemas.ts";
import { EndpointChanges, EndpointSchema, showEndpoint } from "../../openapi/webhook-schemas.ts";
import { makeSecret } from "../../webhooks/make-secret.ts";

export const endpoints = createRouter();

const tags = ["webhooks"];
const security = [{ key: [] }];

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
      content: { "application/json": { schema: EndpointChanges.required({ url: true }) } },
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
  requireDestination(c.get("config"), url);
  const now = c.get("now")();
  const { id, createdAt } = await c.get("run").idFor("ep");
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
