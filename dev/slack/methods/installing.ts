/** How an app comes and goes: oauth.v2.access, auth.revoke, apps.uninstall. */

import type { Arguments } from "../arguments.ts";
import type { Delivery } from "../deliver.ts";
import { revokedEvent, uninstalledEvent } from "../events.ts";
import { tellApp } from "../publish.ts";
import type { Slack } from "../slack.ts";
import { refuse, SlackError } from "../slack-error.ts";
import type { Install } from "../workspace.ts";
import type { Handler, MethodAnswer } from "./method.ts";

/** The one method that is called without a token. */
export function exchangeCode(
  slack: Slack,
  read: Arguments<"oauth.v2.access">,
): MethodAnswer<"oauth.v2.access"> {
  const { app, workspace } = slack;
  if (read.client_id !== app.client_id) throw new SlackError("invalid_client_id");
  if (read.client_secret !== app.client_secret) throw new SlackError("bad_client_secret");
  if (read.grant_type === "refresh_token") {
    throw refuse("invalid_arguments", "this stand-in gives tokens that do not expire");
  }
  const code = workspace.codes.get(read.code ?? "");
  if (code === undefined || code.is_used || workspace.now().getTime() > code.expires_at) {
    throw new SlackError("invalid_code");
  }
  if (read.redirect_uri !== undefined && read.redirect_uri !== code.redirect_uri) {
    throw new SlackError("bad_redirect_uri");
  }
  code.is_used = true;
  const { install } = code;
  workspace.installs.set(install.token, install);
  return {
    access_token: install.token,
    token_type: "bot",
    scope: install.scopes.join(","),
    bot_user_id: install.bot_user,
    app_id: app.app_id,
    team: { id: install.team, name: workspace.teams.get(install.team)?.name ?? "" },
    authed_user: { id: install.installer },
    is_enterprise_install: false,
  };
}

export const revoke: Handler<"auth.revoke"> = ({ slack, install, read }) => {
  if (read.test) return { revoked: false };
  void endInstall(slack, install, "token_revoked");
  return { revoked: true };
};

export const uninstall: Handler<"apps.uninstall"> = ({ slack, install, read }) => {
  if (read.client_id !== slack.app.client_id) throw new SlackError("invalid_client_id");
  if (read.client_secret !== slack.app.client_secret) throw new SlackError("bad_client_secret");
  void endInstall(slack, install, "account_inactive");
  return {};
};

/** The token dies, the bot leaves every conversation, and the app is told; of an uninstallation twice, in no order. */
export async function endInstall(
  slack: Slack,
  install: Install,
  ended: "token_revoked" | "account_inactive",
): Promise<Delivery[]> {
  install.ended = ended;
  for (const channel of slack.workspace.channels.values()) channel.members.delete(install.bot_user);
  const isUninstalled = ended === "account_inactive";
  const told = await Promise.all([
    tellApp(slack, install, revokedEvent(install)),
    ...(isUninstalled ? [tellApp(slack, install, uninstalledEvent())] : []),
  ]);
  return told.flat();
}
