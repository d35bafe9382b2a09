import { createRoute, z } from "@hono/zod-openapi";
import { showTime } from "../../../shared/job.ts";
import { SCOPES, type Scope } from "../../../shared/scope.ts";
import { hashKey, newKeySecret } from "../../../shared/secrets/api-key.ts";
import { type ApiKey, insertKey, listKeys, revokeKey } from "../../../shared/storage/keys.ts";
import { tenantFor } from "../access/find-tenant.ts";
import { requireKey } from "../access/require-key.ts";
import { pageQuery, showPage } from "../http/paging.ts";
import { Refusal } from "../http/problem.ts";
import { refuseFields } from "../http/refuse-fields.ts";
import { createRouter } from "../http/router.ts";
import { json, KeySchema, pageOf, problems } from "../openapi/schemas.ts";

export const keys = createRouter();

const tags = ["keys"];
const security = [{ key: [] }];
const tenant = z
  .string()
  .optional()
  .openapi({ description: "With the operator's key only, and needed there; a tenant's key is for its own." });

const create = createRoute({
  method: "post",
  path: "/v1/keys",
  tags,
  summary: "Create an API key; it is shown this once",
  security,
  middleware: [requireKey] as const,
  request: {
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.strictObject({
            name: z.string().min(1).max(200),
            tenant,
            scopes: z
              .array(z.enum(SCOPES))
              .min(1)
              .transform((scopes) => SCOPES.filter((scope) => scopes.includes(scope)))
              .optional()
              .openapi({ description: "Default: all that the creating key has. None that it has not." }),
            expires_at: z.iso.datetime({ offset: true }).nullish().openapi({
              description: "Default: never, or when the creating key does; not later.",
            }),
          }),
        },
      },
    },
  },
  responses: {
    201: json("The key", KeySchema.extend({ key: z.string() })),
    ...problems(400, 404, 409, 422),
  },
});

keys.openapi(create, async (c) => {
  const asked = c.req.valid("json");
  const tenantId = await tenantFor(c, asked.tenant);
  const own: readonly Scope[] = c.get("isOperator") ? SCOPES : c.get("key").scopes;
  const scopes = asked.scopes ?? [...own];
  const beyond = scopes.filter((scope) => !own.includes(scope));
  if (beyond.length > 0) {
    throw new Refusal("scope_missing", `This key cannot give what it has not: ${beyond.join(", ")}.`);
  }
  const { id, createdAt } = await c.get("run").idFor("key");
  const ownEnd = c.get("isOperator") ? null : c.get("key").expiresAt;
  const expiresAt = readExpiry(asked.expires_at, ownEnd, c.get("now")());
  const secret = newKeySecret();
  const isNew = { lastUsedAt: null, revokedAt: null, jobId: null };
  const key: ApiKey = { id, tenantId, name: asked.name, scopes, createdAt, expiresAt, ...isNew };
  await insertKey(c.env.DB, key, await hashKey(secret));
  return c.json({ ...showKey(key), key: secret }, 201);
});

const list = createRoute({
  method: "get",
  path: "/v1/keys",
  tags,
  summary: "List keys, newest first",
  security,
  middleware: [requireKey] as const,
  request: { query: z.object({ ...pageQuery, tenant }) },
  responses: { 200: json("A page", pageOf(KeySchema)), ...problems(404, 422) },
});

keys.openapi(list, async (c) => {
  const { limit, after, tenant } = c.req.valid("query");
  const found = await listKeys(c.env.DB, await tenantFor(c, tenant), after, limit + 1);
  return c.json(showPage(found, limit, showKey), 200);
});

const revoke = createRoute({
  method: "delete",
  path: "/v1/keys/{id}",
  tags,
  summary: "Revoke a key at once",
  security,
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: { 204: { description: "Revoked" }, ...problems(404) },
});

keys.openapi(revoke, async (c) => {
  const tenantId = c.get("isOperator") ? null : c.get("key").tenantId;
  const done = await revokeKey(c.env.DB, tenantId, c.req.valid("param").id, c.get("now")());
  if (!done) throw new Refusal("not_found", "There is no such live key.");
  return c.body(null, 204);
});

/** @param ownEnd of the key that makes it, which gives no more time than it has */
function readExpiry(given: string | null | undefined, ownEnd: number | null, now: number): number | null {
  if (given === null || given === undefined) return ownEnd;
  const expiresAt = Date.parse(given);
  if (expiresAt <= now) throw refuseFields([{ field: "expires_at", message: "must be in the future" }]);
  if (ownEnd === null || expiresAt <= ownEnd) return expiresAt;
  const message = `must not be after ${showTime(ownEnd)}, when the key that makes it expires`;
  throw refuseFields([{ field: "expires_at", message }]);
}

function showKey(key: ApiKey) {
  return {
    id: key.id,
    tenant_id: key.tenantId,
    name: key.name,
    scopes: key.scopes,
    created_at: new Date(key.createdAt).toISOString(),
    expires_at: showTime(key.expiresAt),
    last_used_at: showTime(key.lastUsedAt),
    revoked_at: showTime(key.revokedAt),
  };
}
