import { createRoute, z } from "@hono/zod-openapi";
import { newId } from "../../../shared/id.ts";
import { seal } from "../../../shared/seal.ts";
import { newWebhookSecret } from "../../../shared/sign-webhook.ts";
import { insertTenant, listTenants, type Tenant } from "../../../shared/storage/tenants.ts";
import { requireOperator } from "../auth.ts";
import { pageQuery, showPage } from "../page.ts";
import { createRouter } from "../router.ts";
import { json, pageOf, problems, TenantSchema } from "../schemas.ts";

export const tenants = createRouter();

const create = createRoute({
  method: "post",
  path: "/v1/tenants",
  tags: ["operator"],
  summary: "Create a tenant",
  security: [{ key: [] }],
  middleware: [requireOperator] as const,
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: z.strictObject({ name: z.string().min(1).max(200) }) } },
    },
  },
  responses: { 201: json("The tenant", TenantSchema), ...problems(400, 401, 403, 422) },
});

tenants.openapi(create, async (c) => {
  const now = c.get("now")();
  const tenant: Tenant = { id: newId("ten", now), name: c.req.valid("json").name, createdAt: now };
  const secret = newWebhookSecret(crypto.getRandomValues(new Uint8Array(32)));
  await insertTenant(c.env.DB, tenant, await seal(c.get("config").signingKey, secret));
  return c.json(showTenant(tenant), 201);
});

const list = createRoute({
  method: "get",
  path: "/v1/tenants",
  tags: ["operator"],
  summary: "List tenants, newest first",
  security: [{ key: [] }],
  middleware: [requireOperator] as const,
  request: { query: z.object(pageQuery) },
  responses: { 200: json("A page", pageOf(TenantSchema)), ...problems(401, 403, 422) },
});

tenants.openapi(list, async (c) => {
  const { limit, after } = c.req.valid("query");
  return c.json(showPage(await listTenants(c.env.DB, after, limit + 1), limit, showTenant), 200);
});

function showTenant(tenant: Tenant) {
  return { id: tenant.id, name: tenant.name, created_at: new Date(tenant.createdAt).toISOString() };
}
