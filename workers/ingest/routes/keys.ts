import { createRoute, z } from "@hono/zod-openapi";
import { newId } from "../../../shared/id.ts";
import { showTime } from "../../../shared/job.ts";
import { type ApiKey, insertKey, listKeys, readTenant, revokeKey } from "../../../shared/storage/tenants.ts";
import { hashKey, requireKey, requireOperator } from "../auth.ts";
import { Refusal } from "../problem.ts";
import { createRouter } from "../router.ts";
import { json, KeySchema, pageOf, problems } from "../schemas.ts";

export const keys = createRouter();

const KEY_BYTES = 32;

const create = createRoute({
  method: "post",
  path: "/v1/keys",
  tags: ["operator"],
  summary: "Create an API key for a tenant; it is shown this once",
  security: [{ key: [] }],
  middleware: [requireOperator] as const,
  request: {
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.strictObject({ name: z.string().min(1).max(200), tenant: z.string() }),
        },
      },
    },
  },
  responses: {
    201: json("The key", KeySchema.extend({ key: z.string() })),
    ...problems(400, 401, 403, 404, 422),
  },
});

keys.openapi(create, async (c) => {
  const { name, tenant } = c.req.valid("json");
  if (!(await readTenant(c.env.DB, tenant))) throw new Refusal("not_found", "There is no such tenant.");
  const now = c.get("now")();
  const secret = `dk_${Buffer.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES))).toString("base64url")}`;
  const key: ApiKey = { id: newId("key", now), tenantId: tenant, name, createdAt: now, revokedAt: null };
  await insertKey(c.env.DB, key, await hashKey(secret));
  return c.json({ ...showKey(key), key: secret }, 201);
});

const list = createRoute({
  method: "get",
  path: "/v1/keys",
  tags: ["keys"],
  summary: "List the tenant's keys, newest first",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  responses: { 200: json("All keys", pageOf(KeySchema)), ...problems(401) },
});

keys.openapi(list, async (c) => {
  const found = await listKeys(c.env.DB, c.get("key").tenantId);
  return c.json({ data: found.map(showKey), next: null }, 200);
});

const revoke = createRoute({
  method: "delete",
  path: "/v1/keys/{id}",
  tags: ["keys"],
  summary: "Revoke a key at once",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: { 204: { description: "Revoked" }, ...problems(401, 404) },
});

keys.openapi(revoke, async (c) => {
  const done = await revokeKey(c.env.DB, c.get("key").tenantId, c.req.valid("param").id, c.get("now")());
  if (!done) throw new Refusal("not_found", "There is no such live key.");
  return c.body(null, 204);
});

function showKey(key: ApiKey) {
  return {
    id: key.id,
    tenant_id: key.tenantId,
    name: key.name,
    created_at: new Date(key.createdAt).toISOString(),
    revoked_at: showTime(key.revokedAt),
  };
}
