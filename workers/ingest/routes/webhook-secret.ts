import { createRoute, z } from "@hono/zod-openapi";
import { unseal } from "../../../shared/seal.ts";
import { readWebhookSecret } from "../../../shared/storage/tenants.ts";
import { requireKey } from "../auth.ts";
import { Refusal } from "../problem.ts";
import { createRouter } from "../router.ts";
import { json, problems } from "../schemas.ts";

export const webhookSecret = createRouter();

const read = createRoute({
  method: "get",
  path: "/v1/webhooks/secret",
  tags: ["webhooks"],
  summary: "The secret that signs what goes to a job's webhook_url",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  responses: { 200: json("The secret", z.object({ secret: z.string() })), ...problems(401) },
});

webhookSecret.openapi(read, async (c) => {
  const sealed = await readWebhookSecret(c.env.DB, c.get("key").tenantId);
  if (!sealed) throw new Refusal("not_found", "The tenant has no secret.");
  return c.json({ secret: await unseal(c.get("config").signingKey, sealed) }, 200);
});
