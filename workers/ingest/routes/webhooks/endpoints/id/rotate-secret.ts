import { createRoute, z } from "@hono/zod-openapi";
import { rotateSecret } from "../../../../../../shared/storage/webhook-secrets.ts";
import { requireKey } from "../../../../access/require-key.ts";
import { Refusal } from "../../../../http/problem.ts";
import { createRouter } from "../../../../http/router.ts";
import { json, problems } from "../../../../openapi/schemas.ts";
import { RotatedSchema, RotationSchema } from "../../../../openapi/webhook-schemas.ts";
import { findEndpoint } from "../../../../webhooks/find-endpoint.ts";
import { makeSecret } from "../../../../webhooks/make-secret.ts";

export const endpointSecret = createRouter();

const rotate = createRoute({
  method: "post",
  path: "/v1/webhooks/endpoints/{id}/rotate-secret",
  tags: ["webhooks"],
  summary: "Change the endpoint's secret and keys; the old ones sign too for a while",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: {
    params: z.object({ id: z.string() }),
    body: { required: false, content: { "application/json": { schema: RotationSchema } } },
  },
  responses: {
    200: json("The new secret, shown this once", RotatedSchema),
    ...problems(400, 404, 409, 422),
  },
});

endpointSecret.openapi(rotate, async (c) => {
  const { keep_old_for } = RotationSchema.parse(c.req.valid("json"));
  const { id } = await findEndpoint(c);
  const now = c.get("now")();
  const { secret, stored } = await makeSecret(c.get("config").signingKey, now, { withPair: true });
  const expires = now + keep_old_for * 1000;
  if (!(await rotateSecret(c.env.DB, id, stored, expires))) {
    throw new Refusal("secret_limit", "No more secrets can be valid at the same time.");
  }
  const old_expires_at = new Date(expires).toISOString();
  return c.json({ secret, public_key: stored.publicKey, old_expires_at }, 200);
});
