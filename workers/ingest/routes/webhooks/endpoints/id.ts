import { createRoute, z } from "@hono/zod-openapi";
import { firstIdAt, newId } from "../../../../../shared/id.ts";
import { MAX_REPLAY_MS } from "../../../../../shared/limits.ts";
import { laneMessage, replayMessage } from "../../../../../shared/queue/message.ts";
import { wake } from "../../../../../shared/queue/wake.ts";
import { createTest, readDelivery } from "../../../../../shared/storage/deliveries.ts";
import { type Replay, readReplay, startReplay } from "../../../../../shared/storage/replays.ts";
import { rotateSecret } from "../../../../../shared/storage/webhook-secrets.ts";
import { webhookTest } from "../../../../../shared/webhooks/endpoint-events.ts";
import { idFor, wasRunBefore } from "../../../access/idempotency.ts";
import { makeSecret } from "../../../access/make-secret.ts";
import { requireKey } from "../../../access/require-key.ts";
import { Refusal } from "../../../http/problem.ts";
import { createRouter } from "../../../http/router.ts";
import { DeliverySchema, json, problems } from "../../../openapi/schemas.ts";
import { ReplaySchema, RotatedSchema, RotationSchema, showReplay } from "../../../openapi/webhook-schemas.ts";
import { showDelivery } from "../deliveries.ts";
import { findEndpoint } from "../endpoints.ts";

export const endpointActions = createRouter();

const tags = ["webhooks"];
const security = [{ key: [] }];
const params = z.object({ id: z.string() });
const time = z.iso.datetime({ offset: true });

const rotate = createRoute({
  method: "post",
  path: "/v1/webhooks/endpoints/{id}/rotate-secret",
  tags,
  summary: "Change the endpoint's secret and keys; the old ones sign too for a while",
  security,
  middleware: [requireKey] as const,
  request: { params, body: { required: false, content: { "application/json": { schema: RotationSchema } } } },
  responses: {
    200: json("The new secret, shown this once", RotatedSchema),
    ...problems(400, 404, 409, 422),
  },
});

endpointActions.openapi(rotate, async (c) => {
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

const test = createRoute({
  method: "post",
  path: "/v1/webhooks/endpoints/{id}/test",
  tags,
  summary: "Send a signed webhook.test, once; the delivery tells what came of it",
  security,
  middleware: [requireKey] as const,
  request: { params },
  responses: { 202: json("Its delivery", DeliverySchema), ...problems(404, 409) },
});

endpointActions.openapi(test, async (c) => {
  const endpoint = await findEndpoint(c);
  if (!endpoint.enabled) throw new Refusal("endpoint_disabled", "A disabled endpoint is sent nothing.");
  const now = c.get("now")();
  const { id } = await idFor(c, "dlv");
  if (!wasRunBefore(c) || !(await readDelivery(c.env.DB, endpoint.tenantId, id))) {
    const target = { id, lane: endpoint.id, url: endpoint.url };
    await createTest(c.env.DB, webhookTest(newId("evt", now), endpoint, now), target, now);
  }
  const delivery = await readDelivery(c.env.DB, endpoint.tenantId, id);
  if (!delivery) throw new Error("the delivery was just written");
  await wake(c.env.NOTIFY_QUEUE, [laneMessage(endpoint.id)]);
  return c.json(showDelivery(delivery), 202);
});

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

endpointActions.openapi(replay, async (c) => {
  const { since, until, status } = c.req.valid("json") ?? {};
  const endpoint = await findEndpoint(c);
  if (!endpoint.enabled) throw new Refusal("endpoint_disabled", "A disabled endpoint is sent nothing.");
  const now = c.get("now")();
  const range = readRange(since, until, now);
  const { id } = await idFor(c, "rpl");
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
  const refuse = (message: string) => {
    return new Refusal("invalid_params", `since: ${message}`, [{ field: "since", message }]);
  };
  if (range.since < 0 || range.since >= range.until)
    throw refuse("must be before until, and not in the future");
  if (range.until - range.since > MAX_REPLAY_MS) throw refuse("must be at most 14 days before until");
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

endpointActions.openapi(progress, async (c) => {
  const { id } = await findEndpoint(c);
  const found = await readReplay(c.env.DB, id);
  if (!found) throw new Refusal("not_found", "Nothing has been replayed to this endpoint.");
  return c.json(showReplay(found), 200);
});
