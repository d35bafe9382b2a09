import { createRoute, z } from "@hono/zod-openapi";
import { readQuotas } from "../../../shared/storage/quota.ts";
import { readTenant } from "../../../shared/storage/tenants.ts";
import { listUsage, type UsageDay } from "../../../shared/storage/usage.ts";
import { dayOf, monthOf } from "../../../shared/tenant-limits.ts";
import { tenantFor } from "../access/find-tenant.ts";
import { showQuota } from "../access/quota.ts";
import { requireKey } from "../access/require-key.ts";
import { pageQuery } from "../http/paging.ts";
import { refuseFields } from "../http/refuse-fields.ts";
import { createRouter } from "../http/router.ts";
import { json, problems, QuotaSchema } from "../openapi/schemas.ts";

export const usage = createRouter();

const day = z.iso.date().optional();

const UsageSchema = z
  .object({
    day: z.string().openapi({ format: "date", description: "UTC." }),
    key_id: z.string().nullable().openapi({ description: "null: from before keys were noted." }),
    jobs: z.int().openapi({ description: "Created." }),
    audio_seconds: z.number().openapi({ description: "Of jobs that were sent upstream, each once." }),
    upstream_calls: z.int().openapi({ description: "Calls that were, or may have been, billed." }),
    upstream_seconds: z.number().openapi({ description: "Audio in these calls." }),
    upstream_cost: z
      .number()
      .nullable()
      .openapi({ description: "At the operator's UPSTREAM_PRICE_PER_HOUR; null: not set." }),
  })
  .openapi("Usage");

const read = createRoute({
  method: "get",
  path: "/v1/usage",
  tags: ["usage"],
  summary: "What was used, by day and key, newest day first",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: {
    query: z.object({
      ...pageQuery,
      from: day.openapi({ description: "Default: the first of this month, UTC." }),
      to: day.openapi({ description: "Inclusive. Default: today." }),
      key_id: z.string().optional(),
      tenant: z.string().optional().openapi({ description: "With the operator's key." }),
    }),
  },
  responses: {
    200: json(
      "A page, and where the tenant stands with its limits",
      z.object({ data: z.array(UsageSchema), next: z.string().nullable(), quotas: z.array(QuotaSchema) }),
    ),
    ...problems(404, 422),
  },
});

usage.openapi(read, async (c) => {
  const { limit, after, from, to, key_id, tenant: named } = c.req.valid("query");
  const now = c.get("now")();
  const tenantId = await tenantFor(c, named);
  const filter = {
    from: from ?? monthOf(now),
    to: to ?? dayOf(now),
    keyId: key_id,
    after: readCursor(after),
  };
  const found = await listUsage(c.env.DB, tenantId, filter, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = found.length > limit && last ? `${last.day}.${last.keyId}` : null;
  const tenant = await readTenant(c.env.DB, tenantId);
  const quotas = await readQuotas(c.env.DB, tenantId, tenant?.limits ?? {}, now);
  const { pricePerHour } = c.get("config");
  const data = page.map((row) => showUsage(row, pricePerHour));
  return c.json({ data, next, quotas: quotas.map(showQuota) }, 200);
});

/** `2026-11-21.key_…` */
function readCursor(after: string | undefined): { day: string; keyId: string } | undefined {
  if (after === undefined) return undefined;
  const [, day, keyId] = /^(\d{4}-\d\d-\d\d)\.(\w*)$/.exec(after) ?? [];
  if (day !== undefined && keyId !== undefined) return { day, keyId };
  throw refuseFields([{ field: "after", message: "must be the `next` of the page before" }]);
}

function showUsage({ day, keyId, jobs, audioMs, calls, billedMs }: UsageDay, pricePerHour: number | null) {
  return {
    day,
    key_id: keyId === "" ? null : keyId,
    jobs,
    audio_seconds: audioMs / 1000,
    upstream_calls: calls,
    upstream_seconds: billedMs / 1000,
    upstream_cost:
      pricePerHour === null ? null : Math.round((billedMs / 3_600_000) * pricePerHour * 1e6) / 1e6,
  };
}
