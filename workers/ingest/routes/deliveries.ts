import { createRoute, z } from "@hono/zod-openapi";
import { isId } from "../../../shared/id.ts";
import { showTime } from "../../../shared/job.ts";
import {
  type Attempt,
  type Delivery,
  listDeliveries,
  readDelivery,
} from "../../../shared/storage/deliveries.ts";
import { requireKey } from "../auth.ts";
import { pageQuery, showPage } from "../page.ts";
import { Refusal } from "../problem.ts";
import { createRouter } from "../router.ts";
import { DeliverySchema, json, pageOf, problems } from "../schemas.ts";

export const deliveries = createRouter();

const list = createRoute({
  method: "get",
  path: "/v1/webhooks/deliveries",
  tags: ["webhooks"],
  summary: "List deliveries, newest first",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: {
    query: z.object({
      ...pageQuery,
      job_id: z.string().optional(),
      status: z.enum(["pending", "delivered", "failed", "discarded"]).optional(),
    }),
  },
  responses: { 200: json("A page", pageOf(DeliverySchema)), ...problems(401, 422) },
});

deliveries.openapi(list, async (c) => {
  const { limit, after, job_id, status } = c.req.valid("query");
  const filter = { jobId: job_id, status, before: after };
  const found = await listDeliveries(c.env.DB, c.get("key").tenantId, filter, limit + 1);
  return c.json(showPage(found, limit, showDelivery), 200);
});

const read = createRoute({
  method: "get",
  path: "/v1/webhooks/deliveries/{id}",
  tags: ["webhooks"],
  summary: "One delivery with every attempt",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json("The delivery", DeliverySchema), ...problems(401, 404) },
});

deliveries.openapi(read, async (c) => {
  const { id } = c.req.valid("param");
  const delivery = isId("dlv", id) ? await readDelivery(c.env.DB, c.get("key").tenantId, id) : null;
  if (!delivery) throw new Refusal("not_found", "There is no such delivery.");
  return c.json({ ...showDelivery(delivery), attempts: delivery.attempts.map(showAttempt) }, 200);
});

function showDelivery(delivery: Delivery & { type: string }) {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    type: delivery.type,
    job_id: delivery.jobId,
    url: delivery.url,
    status: delivery.status,
    tries: delivery.tries,
    next_attempt_at: showTime(delivery.nextAttemptAt),
    created_at: new Date(delivery.createdAt).toISOString(),
    finished_at: showTime(delivery.finishedAt),
  };
}

function showAttempt(attempt: Attempt) {
  return {
    n: attempt.n,
    url: attempt.url,
    started_at: new Date(attempt.startedAt).toISOString(),
    duration_ms: attempt.durationMs,
    http_status: attempt.httpStatus,
    error: attempt.error,
    response: attempt.response,
  };
}
