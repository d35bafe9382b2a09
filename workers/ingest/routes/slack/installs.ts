import { createRoute, z } from "@hono/zod-openapi";
import { SLACK_LINK_MS } from "../../../../shared/limits.ts";
import { log } from "../../../../shared/log.ts";
import type { Scope } from "../../../../shared/scope.ts";
import {
  deleteInstall,
  insertInstallLink,
  listInstalls,
  readInstall,
  type SlackInstall,
} from "../../../../shared/storage/slack-installs.ts";
import { requireKey } from "../../access/require-key.ts";
import { pageQuery } from "../../http/paging.ts";
import { Refusal } from "../../http/problem.ts";
import { createRouter } from "../../http/router.ts";
import { json, pageOf, problems } from "../../openapi/schemas.ts";
import { makeInstallSecret } from "../../slack/install-links.ts";
import { requireSlack } from "../../slack/receive.ts";
import { missingScopes } from "./install.ts";

export const slackInstalls = createRouter();

const tags = ["slack"];
const security = [{ key: [] }];

/** What people in a connected workspace can do: a key gives no scope that it has not. */
const GIVEN: Scope[] = ["jobs:read", "jobs:write"];

const LinkSchema = z
  .object({
    url: z.string().openapi({
      example: "https://diarist.example.com/slack/install?link=…",
      description: "An admin of the workspace opens it. It is a secret, and works once.",
    }),
    expires_at: z.iso.datetime(),
  })
  .openapi("SlackInstallLink");

const InstallSchema = z
  .object({
    team: z.string().openapi({ example: "T024BE7LH" }),
    object: z.literal("slack_install"),
    team_name: z.string(),
    scopes: z.array(z.string()).openapi({ description: "As granted." }),
    missing_scopes: z.array(z.string()).openapi({ description: "Without which something will not work." }),
    key_id: z.string().openapi({ description: "Made the link; the workspace's jobs count as its jobs." }),
    installed_by: z.string().nullable().openapi({ description: "A user of the workspace." }),
    installed_at: z.iso.datetime(),
  })
  .openapi("SlackInstall");

const link = createRoute({
  method: "post",
  path: "/v1/slack/install-links",
  tags,
  summary:
    "Make a link with which an admin connects a Slack workspace to this tenant; it works once, for a day",
  security,
  middleware: [requireKey] as const,
  responses: { 201: json("The link", LinkSchema), ...problems(503) },
});

slackInstalls.openapi(link, async (c) => {
  requireSlack(c);
  const now = c.get("now")();
  const { tenantId, id: keyId, scopes } = c.get("key");
  const lacking = GIVEN.filter((scope) => !scopes.includes(scope));
  if (lacking.length > 0) {
    throw new Refusal("scope_missing", `The API key lacks ${lacking.join(" and ")}, which it would give.`);
  }
  const { secret, hash } = await makeInstallSecret();
  const expiresAt = now + SLACK_LINK_MS;
  await insertInstallLink(c.env.DB, hash, { tenantId, keyId, expiresAt }, now);
  const url = `${c.get("config").baseUrl}/slack/install?link=${secret}`;
  return c.json({ url, expires_at: new Date(expiresAt).toISOString() }, 201);
});

const list = createRoute({
  method: "get",
  path: "/v1/slack/installs",
  tags,
  summary: "List the Slack workspaces that are connected, by their ids",
  security,
  middleware: [requireKey] as const,
  request: { query: z.object(pageQuery) },
  responses: { 200: json("A page", pageOf(InstallSchema)), ...problems(422) },
});

slackInstalls.openapi(list, async (c) => {
  const { limit, after } = c.req.valid("query");
  const found = await listInstalls(c.env.DB, c.get("key").tenantId, after, limit + 1);
  const data = found.slice(0, limit);
  const next = found.length > limit ? (data.at(-1)?.teamId ?? null) : null;
  return c.json({ data: data.map(show), next }, 200);
});

const remove = createRoute({
  method: "delete",
  path: "/v1/slack/installs/{team}",
  tags,
  summary: "Disconnect a Slack workspace: its token is forgotten, its jobs stay",
  security,
  middleware: [requireKey] as const,
  request: { params: z.object({ team: z.string() }) },
  responses: { 204: { description: "Disconnected" }, ...problems(404) },
});

slackInstalls.openapi(remove, async (c) => {
  const { team } = c.req.valid("param");
  const { tenantId } = c.get("key");
  const install = await readInstall(c.env.DB, team);
  if (install?.tenantId !== tenantId) throw new Refusal("not_found", "No such workspace is connected.");
  await deleteInstall(c.env.DB, team, install.installedAt);
  log("slack.disconnected", { team, tenant_id: tenantId });
  return c.body(null, 204);
});

function show(install: SlackInstall): z.infer<typeof InstallSchema> {
  return {
    team: install.teamId,
    object: "slack_install",
    team_name: install.teamName,
    scopes: install.scopes.split(",").filter((scope) => scope !== ""),
    missing_scopes: missingScopes(install.scopes),
    key_id: install.keyId,
    installed_by: install.installedBy,
    installed_at: new Date(install.installedAt).toISOString(),
  };
}
