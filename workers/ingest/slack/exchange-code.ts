import { describeError, log } from "../../../shared/log.ts";
import { callSlack } from "../../../shared/slack/call-slack.ts";
import { BOT_SCOPES } from "../../../shared/slack/scopes.ts";
import { Refusal } from "../http/problem.ts";
import type { SlackDeps } from "./deps.ts";

/** What Slack returns for a code. */
type Granted = {
  token: string;
  scopes: string;
  appId: string;
  botUserId: string;
  team: { id: string; name: string };
  installedBy: string | null;
};

/** The response of oauth.v2.access; other fields are ignored. */
type OauthAccess = {
  access_token?: string;
  token_type?: string;
  scope?: string;
  app_id?: string;
  bot_user_id?: string;
  team?: { id?: string; name?: string } | null;
  authed_user?: { id?: string };
  is_enterprise_install?: boolean;
  expires_in?: number;
};

/** Where Slack sends an admin who has installed the app. */
export function redirectUri(baseUrl: string): string {
  return `${baseUrl}/slack/oauth_redirect`;
}

/** The scopes that the app needs and was not granted. @param granted separated by commas */
export function missingScopes(granted: string): string[] {
  const having = new Set(granted.split(","));
  return BOT_SCOPES.filter((scope) => !having.has(scope));
}

/** @throws Refusal when Slack does not take the code, or gives what we cannot use */
export async function exchangeCode(
  deps: Pick<SlackDeps, "fetch" | "config" | "now">,
  code: string,
  redirectUri: string,
): Promise<Granted> {
  const { clientId, clientSecret, hosts } = deps.config.slack;
  const api = { fetch: deps.fetch, baseUrl: hosts.apiUrl, token: "", now: deps.now };
  const args = { client_id: clientId, client_secret: clientSecret, code, redirect_uri: redirectUri };
  const answer = await callSlack<OauthAccess>(api, "oauth.v2.access", args).catch((error: unknown) => {
    log("slack.code_refused", { error: describeError(error) });
    throw new Refusal("slack_refused", `Slack refused the code (${describeError(error)}).`);
  });
  const { access_token: token, bot_user_id: botUserId, app_id: appId, team } = answer;
  if (answer.is_enterprise_install || !team?.id) {
    throw new Refusal(
      "slack_link",
      "The app was installed for a whole organisation. Install it in one workspace at a time.",
    );
  }
  if (answer.expires_in !== undefined) {
    throw new Refusal(
      "slack_link",
      "The app has token rotation switched on. Switch it off and install it again.",
    );
  }
  if (!token || answer.token_type !== "bot" || !botUserId || !appId) {
    throw new Refusal("slack_refused", "Slack's response has no bot token.");
  }
  return {
    token,
    scopes: answer.scope ?? "",
    appId,
    botUserId,
    team: { id: team.id, name: team.name ?? team.id },
    installedBy: answer.authed_user?.id ?? null,
  };
}
