import { Hono } from "hono";
import { SLACK_STATE_MS } from "../../../../shared/limits.ts";
import { hashKey } from "../../../../shared/secrets/api-key.ts";
import { BOT_SCOPES } from "../../../../shared/slack/scopes.ts";
import { insertInstallState } from "../../../../shared/storage/slack-installs.ts";
import type { IngestApp } from "../../app.ts";
import { Refusal } from "../../http/problem.ts";
import { redirectUri } from "../../slack/exchange-code.ts";
import { makeInstallSecret } from "../../slack/install-links.ts";
import { requireSlack } from "../../slack/receive.ts";

/** OAuth v2, the way to Slack: from a tenant's link. */
export const slackInstall = new Hono<IngestApp>();

/** Opening a link does not use it up: chat apps open links to show a preview. */
slackInstall.get("/slack/install", async (c) => {
  requireSlack(c);
  const link = c.req.query("link") ?? "";
  if (link === "") throw new Refusal("slack_link", "The address has no link to a tenant in it.");
  const now = c.get("now")();
  const { slack, baseUrl } = c.get("config");
  const state = await makeInstallSecret();
  const expires = now + SLACK_STATE_MS;
  if (!(await insertInstallState(c.env.DB, state.hash, await hashKey(link), expires, now))) {
    throw new Refusal("slack_link", "The link is not known, has been used or has expired.");
  }
  const authorize = new URL("/oauth/v2/authorize", slack.hosts.apiUrl);
  authorize.searchParams.set("client_id", slack.clientId);
  authorize.searchParams.set("scope", BOT_SCOPES.join(","));
  authorize.searchParams.set("redirect_uri", redirectUri(baseUrl));
  authorize.searchParams.set("state", state.secret);
  c.header("cache-control", "no-store");
  c.header("referrer-policy", "no-referrer");
  return c.redirect(authorize.href, 302);
});
