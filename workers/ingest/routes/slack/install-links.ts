import { createRoute, z } from "@hono/zod-openapi";
import { SLACK_LINK_MS } from "../../../../shared/limits.ts";
import { insertInstallLink } from "../../../../shared/storage/slack-installs.ts";
import { requireKey } from "../../access/require-key.ts";
import { createRouter } from "../../http/router.ts";
import { json, problems } from "../../openapi/schemas.ts";
import { makeInstallSecret } from "../../slack/install-links.ts";
import { requireSlack } from "../../slack/receive.ts";

export const slackInstallLinks = createRouter();

const LinkSchema = z
  .object({
    url: z.string().openapi({
      example: "https://diarist.example.com/slack/install?link=…",
      description: "An admin of the workspace opens it. It is a secret, and works once.",
    }),
    expires_at: z.iso.datetime(),
  })
  .openapi("SlackInstallLink");

const link = createRoute({
  method: "post",
  path: "/v1/slack/install-links",
  tags: ["slack"],
  summary:
    "Make a link with which an admin connects a Slack workspace to this tenant; it works once, for a day",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  responses: { 201: json("The link", LinkSchema), ...problems(503) },
});

slackInstallLinks.openapi(link, async (c) => {
  requireSlack(c);
  const now = c.get("now")();
  const { tenantId, id: keyId, expiresAt: keyExpiresAt } = c.get("key");
  const { secret, hash } = await makeInstallSecret();
  const expiresAt = Math.min(now + SLACK_LINK_MS, keyExpiresAt ?? Number.POSITIVE_INFINITY);
  await insertInstallLink(c.env.DB, hash, { tenantId, keyId, expiresAt }, now);
  const url = `${c.get("config").baseUrl}/slack/install?link=${secret}`;
  return c.json({ url, expires_at: new Date(expiresAt).toISOString() }, 201);
});
