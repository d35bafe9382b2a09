import { createRoute, z } from "@hono/zod-openapi";
import { unseal } from "../../../../shared/secrets/seal.ts";
import { readWebhookSecret } from "../../../../shared/storage/tenants.ts";
import { rotateSecret } from "../../../../shared/storage/webhook-secrets.ts";
import { requireKey } from "../../access/require-key.ts";
import { Refusal } from "../../http/problem.ts";
import { createRouter } from "../../http/router.ts";
import { json, problems } from "../../openapi/schemas.ts";
import { RotatedSchema, RotationSchema } from "../../openapi/webhook-schemas.ts";
import { makeSecret } from "../../webhooks/make-secret.ts";

export const webhookSecret = createRouter();

const read = createRoute({
  method: "get",
  path: "/v1/webhooks/secret",
  tags: ["webhooks"],
  summary: "The secret that signs what goes to a job's webhook_url",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  responses: { 200: json("The secret", z.object({ secret: z.string() })) },
});

webhookSecret.openapi(read, async (c) => {
  const sealed = await readWebhookSecret(c.env.DB, c.get("key").tenantId);
  if (!sealed) throw new Refusal("not_found", "The tenant has no secret.");
  return c.json({ secret: await unseal(c.get("config").signingKey, sealed) }, 200);
});

const rotate = createRoute({
  method: "post",
  path: "/v1/webhooks/secret/rotate",
  tags: ["webhooks"],
  summary: "Change that secret; the old one signs too for a while",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { body: { required: false, content: { "application/json": { schema: RotationSchema } } } },
  responses: {
    200: json("The new secret", RotatedSchema.omit({ public_key: true })),
    ...problems(400, 409, 422),
  },
});

webhookSecret.openapi(rotate, async (c) => {
  const { keep_old_for } = RotationSchema.parse(c.req.valid("json"));
  const now = c.get("now")();
  const { secret, stored } = await makeSecret(c.get("config").signingKey, now, { withPair: false });
  const expires = now + keep_old_for * 1000;
  if (!(await rotateSecret(c.env.DB, c.get("key").tenantId, stored, expires))) {
    throw new Refusal("secret_limit", "No more secrets can be valid at the same time.");
  }
  return c.json({ secret, old_expires_at: new Date(expires).toISOString() }, 200);
});
