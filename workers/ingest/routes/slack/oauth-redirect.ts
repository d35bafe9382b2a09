import { Hono } from "hono";
import { html } from "hono/html";
import { log } from "../../../../shared/log.ts";
import { hashKey } from "../../../../shared/secrets/api-key.ts";
import { currentKeyId, seal } from "../../../../shared/secrets/seal.ts";
import { isKeyLive } from "../../../../shared/storage/keys.ts";
import { saveInstall, takeInstallState } from "../../../../shared/storage/slack-installs.ts";
import type { IngestApp } from "../../app.ts";
import { Refusal } from "../../http/problem.ts";
import { createSlackDeps } from "../../slack/deps.ts";
import { exchangeCode, missingScopes, redirectUri } from "../../slack/exchange-code.ts";
import { requireSlack } from "../../slack/receive.ts";

/** OAuth v2, the way back from Slack: with a code for a token. */
export const slackRedirect = new Hono<IngestApp>();

slackRedirect.get("/slack/oauth_redirect", async (c) => {
  requireSlack(c);
  const now = c.get("now")();
  const { signingKey, baseUrl } = c.get("config");
  const { state = "", code = "", error } = c.req.query();
  const link = await takeInstallState(c.env.DB, await hashKey(state), now);
  if (!link || link.expiresAt <= now) {
    throw new Refusal("slack_link", "This installation has expired, or was finished before.");
  }
  if (!(await isKeyLive(c.env.DB, link.keyId, now))) {
    throw new Refusal("slack_link", "The API key that made the link has ended.");
  }
  if (error !== undefined) {
    throw new Refusal("slack_link", `Slack says that it was not allowed (${error.slice(0, 100)}).`);
  }
  if (code === "") throw new Refusal("slack_link", "Slack has sent no code.");
  const granted = await exchangeCode(createSlackDeps(c.env), code, redirectUri(baseUrl));
  const { team } = granted;
  const saved = await saveInstall(
    c.env.DB,
    {
      teamId: team.id,
      tenantId: link.tenantId,
      keyId: link.keyId,
      teamName: team.name,
      appId: granted.appId,
      botUserId: granted.botUserId,
      installedBy: granted.installedBy,
      scopes: granted.scopes,
      token: await seal(signingKey, granted.token),
      sealedWith: await currentKeyId(signingKey),
      installedAt: now,
    },
    link.hash,
  );
  if (saved === "link_used") throw new Refusal("slack_link", "The link was used meanwhile.");
  if (saved === "other_tenant") {
    throw new Refusal(
      "slack_other_tenant",
      "The workspace is connected to another customer of this deployment.",
    );
  }
  log("slack.installed", { team: team.id, tenant_id: link.tenantId });
  const missing = missingScopes(granted.scopes);
  c.header("cache-control", "no-store");
  c.header(
    "content-security-policy",
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  );
  return c.html(html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <title>Diarist is installed</title>
      <body style="font: 1rem/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
        <h1>Diarist is installed in ${team.name}</h1>
        <p>Invite it to a channel with <code>/invite @Diarist</code> and share a recording there, or send it one directly.</p>
        ${missing.length > 0 ? html`<p><strong>Missing permissions: ${missing.join(", ")}.</strong> Add them to the app and install it again.</p>` : ""}
      </body>
    </html>`);
});
