/** `/oauth/v2/authorize`: the page on which an admin allows the app into a workspace, and what follows. */

import { randomBytes } from "node:crypto";
import { textReply } from "../stand-in/reply.ts";
import { type Asked, htmlReply, type Reply, redirectReply } from "./http.ts";
import type { Slack } from "./slack.ts";
import { addUser, type Install, installOf } from "./workspace.ts";

const CODE_LIVES_MS = 600_000;

/** GET shows the page, POST is the admin's answer: `decision` (allow or cancel) and `team`. */
export function answerAuthorize(slack: Slack, asked: Asked): Reply {
  const wrong = refusal(slack, asked.url.searchParams);
  if (wrong !== undefined)
    return htmlReply(400, `<h1>Something went wrong</h1><p>${wrong}</p>`, "bad_request");
  if (asked.http === "GET") return htmlReply(200, page(slack, asked.url));
  const answer = new URLSearchParams(asked.body.toString());
  const back = new URL(asked.url.searchParams.get("redirect_uri") ?? "");
  const state = asked.url.searchParams.get("state");
  if (state !== null) back.searchParams.set("state", state);
  if (answer.get("decision") !== "allow") {
    back.searchParams.set("error", "access_denied");
    return redirectReply(back.href, "access_denied");
  }
  const team = slack.workspace.teams.get(answer.get("team") ?? "");
  if (team === undefined) return textReply(400, "no such workspace", "team_not_found");
  back.searchParams.set("code", issueCode(slack, team.id, asked.url.searchParams));
  return redirectReply(back.href);
}

/** What Slack tells the admin instead of asking, if the app's request is wrong. */
function refusal({ app }: Slack, query: URLSearchParams): string | undefined {
  if (query.get("client_id") !== app.client_id) return "invalid_client_id";
  if (!query.get("scope")) return "no_scopes: the app asks for nothing";
  if (!URL.canParse(query.get("redirect_uri") ?? "")) return "bad_redirect_uri";
  return undefined;
}

function issueCode({ workspace }: Slack, team: string, query: URLSearchParams): string {
  const scopes = (query.get("scope") ?? "").split(",").map((scope) => scope.trim());
  const installer =
    [...workspace.users.values()].find((user) => user.team === team && !user.is_bot)?.id ?? "";
  const known = installOf(workspace, team);
  // Installed again, an app keeps its token and its bot, and may have asked for more.
  const install: Install = known
    ? { ...known, scopes: [...new Set([...known.scopes, ...scopes])], installer }
    : {
        team,
        token: `xoxb-${randomBytes(24).toString("hex")}`,
        bot_user: addUser(workspace, team, "diarist", true).id,
        bot_id: workspace.newId("B"),
        scopes,
        installer,
      };
  const code = randomBytes(16).toString("hex");
  const expiresAt = workspace.now().getTime() + CODE_LIVES_MS;
  const redirectUri = query.get("redirect_uri") ?? "";
  workspace.codes.set(code, {
    code,
    redirect_uri: redirectUri,
    install,
    expires_at: expiresAt,
    is_used: false,
  });
  return code;
}

function page({ workspace }: Slack, url: URL): string {
  const teams = [...workspace.teams.values()].map(({ id, name }) => `<option value="${id}">${name}</option>`);
  const scopes = (url.searchParams.get("scope") ?? "")
    .split(",")
    .map((scope) => `<li>${scope.replace(/[^\w:.]/g, "")}</li>`);
  return `<!DOCTYPE html><html lang="en"><head><title>Slack (stand-in)</title></head><body>
<h1>The app asks for access to a workspace</h1><ul>${scopes.join("")}</ul>
<form method="post"><select name="team">${teams.join("")}</select>
<button name="decision" value="allow">Allow</button> <button name="decision" value="cancel">Cancel</button></form>
</body></html>`;
}
