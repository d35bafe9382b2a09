import { createRoute, z } from "@hono/zod-openapi";
import { seal } from "../../../shared/secrets/seal.ts";
import { readQuotas } from "../../../shared/storage/quota.ts";
import { changeTenant, insertTenant, listTenants, type Tenant } from "../../../shared/storage/tenants.ts";
import type { TenantLimits } from "../../../shared/tenant-limits.ts";
import { newWebhookSecret } from "../../../shared/webhooks/sign-webhook.ts";
import { findTenant } from "../access/find-tenant.ts";
import { showQuota } from "../access/quota.ts";
import { requireKey } from "../access/require-key.ts";
import { pageQuery, showPage } from "../http/paging.ts";
import { Refusal } from "../http/problem.ts";
import { createRouter } from "../http/router.ts";
import { json, pageOf, problems, QuotaSchema, TenantSchema } from "../openapi/schemas.ts";

export const tenants = createRouter();

const tags = ["operator"];
const security = [{ key: [] }];
const params = z.object({ id: z.string() });
const name = z.string().min(1).max(200);
const limit = z.int().min(0).nullish();
/** null, or left out: no limit. */
const limits = z
  .strictObject({
    minutes_per_month: z.number().min(0).nullish(),
    jobs_at_once: limit,
    requests_per_minute: z.int().min(1).nullish(),
    bytes_stored: limit,
  })
  .transform(
    (given): TenantLimits => ({
      minutes_per_month: given.minutes_per_month ?? undefined,
      jobs_at_once: given.jobs_at_once ?? undefined,
      requests_per_minute: given.requests_per_minute ?? undefined,
      bytes_stored: given.bytes_stored ?? undefined,
    }),
  );

const create = createRoute({
  method: "post",
  path: "/v1/tenants",
  tags,
  summary: "Create a tenant",
  security,
  middleware: [requireKey] as const,
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: z.strictObject({ name, limits: limits.optional() }) } },
    },
  },
  responses: { 201: json("The tenant", TenantSchema), ...problems(400, 409, 422) },
});

tenants.openapi(create, async (c) => {
  const asked = c.req.valid("json");
  const { id, createdAt } = await c.get("run").idFor("ten");
  const tenant: Tenant = { id, name: asked.name, limits: asked.limits ?? {}, createdAt };
  const secret = newWebhookSecret(crypto.getRandomValues(new Uint8Array(32)));
  await insertTenant(c.env.DB, tenant, await seal(c.get("config").signingKey, secret));
  return c.json(showTenant(tenant), 201);
});

const list = createRoute({
  method: "get",
  path: "/v1/tenants",
  tags,
  summary: "List tenants, newest first",
  security,
  middleware: [requireKey] as const,
  request: { query: z.object(pageQuery) },
  responses: { 200: json("A page", pageOf(TenantSchema)), ...problems(422) },
});

tenants.openapi(list, async (c) => {
  const { limit, after } = c.req.valid("query");
  return c.json(showPage(await listTenants(c.env.DB, after, limit + 1), limit, showTenant), 200);
});

const read = createRoute({
  method: "get",
  path: "/v1/tenants/{id}",
  tags,
  summary: "Read a tenant, and where it stands with its limits",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: {
    200: json("The tenant", TenantSchema.extend({ quotas: z.array(QuotaSchema) })),
    ...problems(404),
  },
});

tenants.openapi(read, async (c) => {
  const tenant = await findTenant(c.env.DB, c.req.valid("param").id);
  const quotas = await readQuotas(c.env.DB, tenant.id, tenant.limits, c.get("now")());
  return c.json({ ...showTenant(tenant), quotas: quotas.map(showQuota) }, 200);
});

const change = createRoute({
  method: "patch",
  path: "/v1/tenants/{id}",
  tags,
  summary: "Change a tenant's name or limits",
  description:
    "`limits` replaces all of them; what is null or left out is no limit. It holds from the next request on.",
  security,
  middleware: [requireKey] as const,
  request: {
    params,
    body: {
      required: true,
      content: {
        "application/json": { schema: z.strictObject({ name: name.optional(), limits: limits.optional() }) },
      },
    },
  },
  responses: { 200: json("The tenant", TenantSchema), ...problems(400, 404, 422) },
});

tenants.openapi(change, async (c) => {
  const changed = await changeTenant(c.env.DB, c.req.valid("param").id, c.req.valid("json"));
  if (!changed) throw new Refusal("not_found", "There is no such tenant.");
  return c.json(showTenant(changed), 200);
});

function showTenant({ id, name, limits, createdAt }: Tenant) {
  return {
    id,
    name,
    limits: {
      minutes_per_month: limits.minutes_per_month ?? null,
      jobs_at_once: limits.jobs_at_once ?? null,
      requests_per_minute: limits.requests_per_minute ?? null,
      bytes_stored: limits.bytes_stored ?? null,
    },
    created_at: new Date(createdAt).toISOString(),
  };
}
