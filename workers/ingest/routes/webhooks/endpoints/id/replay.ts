import { createRoute, z } from "@hono/zod-openapi";
import { firstIdAt } from "../../../../../../shared/id.ts";
import { MAX_REPLAY_MS } from "../../../../../../shared/limits.ts";
import { replayMessage } from "../../../../../../shared/queue/message.ts";
import { wake } from "../../../../../../shared/queue/wake.ts";
import { type Replay, readReplay, startReplay } from "../../../../../../shared/storage/replays.ts";
import { requireKey } from "../../../../access/require-key.ts";
import { Refusal } from "../../../../http/problem.ts";
import { refuseFields } from "../../../../http/refuse-fields.ts";
import { createRouter } from "../../../../http/router.ts";
import { json, problems } from "../../../../openapi/schemas.ts";
import { ReplaySchema, showReplay } from "../../../../openapi/webhook-schemas.ts";
import { findEndpoint } from "../../../../webhooks/find-endpoint.ts";

export const replays = createRouter();

const tags = ["webhooks"];
const security = [{ key: [] }];
const params = z.object({ id: z.string() });
const time = z.iso.datetime({ offset: true });

const replay = createRoute({
  method: "post",
  path: "/v1/webhooks/endpoints/{id}/replay",
  tags,
  summary: "Send again, in the background, what the endpoint has not got",
  description:
    "Every event of the range that the endpoint wants and that was not delivered to it, whether it failed, was " +
    "discarded, or came while it was disabled or did not exist; with `status`, the deliveries of that status instead. " +
    "At most 14 days and 10,000 events; a receiver that has one already knows it by its webhook-id.",
  security,
  middleware: [requireKey] as const,
  request: {
    params,
    body: {
      required: false,
      content: {
        "application/json": {
          schema: z.strictObject({
            since: time.optional().openapi({ description: "14 days ago unless given." }),
            until: time.optional().openapi({ description: "Exclusive; now unless given." }),
            status: z.enum(["delivered", "failed", "discarded"]).optional(),
          }),
        },
      },
    },
  },
  responses: { 202: json("The replay", ReplaySchema), ...problems(400, 404, 409, 422) },
});

replays.openapi(replay, async (c) => {
  const { since, until, status } = c.req.valid("json") ?? {};
  const endpoint = await findEndpoint(c);
  if (!endpoint.enabled) throw new Refusal("endpoint_disabled", "A disabled endpoint is sent nothing.");
  const now = c.get("now")();
  const range = readRange(since, until, now);
  const { id } = await c.get("run").idFor("rpl");
  const started: Replay = {
    id,
    endpointId: endpoint.id,
    tenantId: endpoint.tenantId,
    status: "running",
    ...range,
    only: status ?? null,
    cursor: firstIdAt("evt", range.since),
    scanned: 0,
    replayed: 0,
    createdAt: now,
    finishedAt: null,
  };
  if (!(await startReplay(c.env.DB, started))) {
    const last = await readReplay(c.env.DB, endpoint.id);
    if (last?.id === id) return c.json(showReplay(last), 202);
    throw new Refusal("replay_running", "A replay is running for this endpoint.");
  }
  await wake(c.env.NOTIFY_QUEUE, [replayMessage(endpoint.id)]);
  return c.json(showReplay(started), 202);
});

function readRange(since: string | undefined, until: string | undefined, now: number) {
  const range = {
    until: until === undefined ? now : Math.min(Date.parse(until), now),
    since: since === undefined ? now - MAX_REPLAY_MS : Date.parse(since),
  };
  if (range.since < 0 || range.since >= range.until)
    throw refuseFields([{ field: "since", message: "must be before until, and not in the future" }]);
  if (range.until - range.since > MAX_REPLAY_MS) {
    throw refuseFields([{ field: "since", message: "must be at most 14 days before until" }]);
  }
  return range;
}

const progress = createRoute({
  method: "get",
  path: "/v1/webhooks/endpoints/{id}/replay",
  tags,
  summary: "How far the endpoint's last replay has come",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: { 200: json("The replay", ReplaySchema), ...problems(404) },
});

replays.openapi(progress, async (c) => {
  const { id } = await findEndpoint(c);
  const found = await readReplay(c.env.DB, id);
  if (!found) throw new Refusal("not_found", "Nothing has been replayed to this endpoint.");
  return c.json(showReplay(found), 200);
});
