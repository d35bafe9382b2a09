import { createRoute, z } from "@hono/zod-openapi";
import { log } from "../../../../shared/log.ts";
import {
  deleteInstall,
  listInstalls,
  readInstall,
  type SlackInstall,
} from "../../../../shared/storage/slack-installs.ts";
import { requireKey } from "../../access/require-key.ts";
import { pageQuery } from "../../http/paging.ts";
import { Refusal } from "../../http/problem.ts";
import { createRouter } from "../../http/router.ts";
import { json, pageOf, problems } from "../../openapi/schemas.ts";
import { missingScopes } from "../../slack/exchange-code.ts";

export const slackInstalls = createRouter();

const tags = ["slack"];
const security = [{ key: [] }];

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
