import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { isId } from "../../../../shared/id.ts";
import { laneMessage } from "../../../../shared/queue/message.ts";
import { wake } from "../../../../shared/queue/wake.ts";
import { NOTICE_TYPES } from "../../../../shared/slack/notice.ts";
import {
  type Attempt,
  DELIVERY_STATUSES,
  listDeliveries,
  readDelivery,
  redeliver,
} from "../../../../shared/storage/deliveries.ts";
import { readEndpoint } from "../../../../shared/storage/endpoints.ts";
import { endpointOfLane } from "../../../../shared/webhooks/endpoint.ts";
import { ENDPOINT_EVENT_TYPES, EVENT_TYPES } from "../../../../shared/webhooks/event-types.ts";
import { requireKey } from "../../access/require-key.ts";
import type { IngestApp } from "../../app.ts";
import { idRange, pageQuery, timeQuery } from "../../http/paging.ts";
import { Refusal } from "../../http/problem.ts";
import { createRouter } from "../../http/router.ts";
import { DeliverySchema, json, pageOf, problems } from "../../openapi/schemas.ts";
import { showDelivery } from "../../webhooks/show-delivery.ts";

export const deliveries = createRouter();

const list = createRoute({
  method: "get",
  path: "/v1/webhooks/deliveries",
  tags: ["webhooks"],
  summary: "List deliveries, newest first",
  description:
    "A page of one `type` can be short or empty although there is more: go on while there is a `next`.",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: {
    query: z.object({
      ...pageQuery,
      job_id: z.string().optional(),
      endpoint_id: z.string().optional(),
      status: z.enum(DELIVERY_STATUSES).optional(),
      type: z.enum([...EVENT_TYPES, ...ENDPOINT_EVENT_TYPES, ...NOTICE_TYPES]).optional(),
      ...timeQuery,
    }),
  },
  responses: { 200: json("A page", pageOf(DeliverySchema)), ...problems(422) },
});

deliveries.openapi(list, async (c) => {
  const query = c.req.valid("query");
  const filter = {
    jobId: query.job_id,
    lane: query.endpoint_id,
    status: query.status,
    type: query.type,
    ...idRange("dlv", query),
  };
  const page = await listDeliveries(c.env.DB, c.get("key").tenantId, filter, query.limit);
  return c.json({ data: page.data.map(showDelivery), next: page.next }, 200);
});

const read = createRoute({
  method: "get",
  path: "/v1/webhooks/deliveries/{id}",
  tags: ["webhooks"],
  summary: "One delivery with every attempt",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json("The delivery", DeliverySchema), ...problems(404) },
});

deliveries.openapi(read, async (c) => {
  const delivery = await findDelivery(c, c.req.valid("param").id);
  return c.json({ ...showDelivery(delivery), attempts: delivery.attempts.map(showAttempt) }, 200);
});

const again = createRoute({
  method: "post",
  path: "/v1/webhooks/deliveries/{id}/redeliver",
  tags: ["webhooks"],
  summary: "Send it again at once, under the same webhook-id",
  description:
    "One attempt, whatever the status; it is not retried by itself. A delivery that waits for its next attempt has " +
    "it now, and goes on from there.",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: { 202: json("The delivery", DeliverySchema), ...problems(404, 409) },
});

deliveries.openapi(again, async (c) => {
  const delivery = await findDelivery(c, c.req.valid("param").id);
  const endpointId = endpointOfLane(delivery.lane);
  if (endpointId !== null) {
    const endpoint = await readEndpoint(c.env.DB, delivery.tenantId, endpointId);
    if (!endpoint) throw new Refusal("not_found", "The endpoint has been deleted.");
    if (!endpoint.enabled) throw new Refusal("endpoint_disabled", "A disabled endpoint is sent nothing.");
  }
  const now = c.get("now")();
  if (!(await redeliver(c.env.DB, delivery, now)))
    throw new Refusal("not_found", "It has just been deleted.");
  await wake(c.env.NOTIFY_QUEUE, [laneMessage(delivery.lane)]);
  const due = { ...delivery, status: "pending" as const, nextAttemptAt: now, finishedAt: null };
  return c.json(showDelivery(due), 202);
});

async function findDelivery(c: Context<IngestApp>, id: string) {
  const delivery = isId("dlv", id) ? await readDelivery(c.env.DB, c.get("key").tenantId, id) : null;
  if (!delivery) throw new Refusal("not_found", "There is no such delivery.");
  return delivery;
}

/** A URL that may not be called fails before anything is sent. */
function stageOf(error: string | null): "before" | "during" | null {
  if (error === null) return null;
  return error === "refused" ? "before" : "during";
}

function showAttempt(attempt: Attempt) {
  return {
    n: attempt.n,
    url: attempt.url,
    started_at: new Date(attempt.startedAt).toISOString(),
    duration_ms: attempt.durationMs,
    http_status: attempt.httpStatus,
    error: attempt.error,
    stage: stageOf(attempt.error),
    response: attempt.response,
  };
}
