import { createRoute, z } from "@hono/zod-openapi";
import { newId } from "../../../../../../shared/id.ts";
import { laneMessage } from "../../../../../../shared/queue/message.ts";
import { wake } from "../../../../../../shared/queue/wake.ts";
import { createTest, readDelivery } from "../../../../../../shared/storage/deliveries.ts";
import { webhookTest } from "../../../../../../shared/webhooks/endpoint-events.ts";
import { requireKey } from "../../../../access/require-key.ts";
import { Refusal } from "../../../../http/problem.ts";
import { createRouter } from "../../../../http/router.ts";
import { DeliverySchema, json, problems } from "../../../../openapi/schemas.ts";
import { findEndpoint } from "../../../../webhooks/find-endpoint.ts";
import { showDelivery } from "../../../../webhooks/show-delivery.ts";

export const endpointTest = createRouter();

const test = createRoute({
  method: "post",
  path: "/v1/webhooks/endpoints/{id}/test",
  tags: ["webhooks"],
  summary: "Send a signed webhook.test, once; the delivery tells what came of it",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: { 202: json("Its delivery", DeliverySchema), ...problems(404, 409) },
});

endpointTest.openapi(test, async (c) => {
  const endpoint = await findEndpoint(c);
  if (!endpoint.enabled) throw new Refusal("endpoint_disabled", "A disabled endpoint is sent nothing.");
  const now = c.get("now")();
  const run = c.get("run");
  const { id } = await run.idFor("dlv");
  if (!run.isRepeat || !(await readDelivery(c.env.DB, endpoint.tenantId, id))) {
    const target = { id, lane: endpoint.id, url: endpoint.url };
    await createTest(c.env.DB, webhookTest(newId("evt", now), endpoint, now), target, now);
  }
  const delivery = await readDelivery(c.env.DB, endpoint.tenantId, id);
  if (!delivery) throw new Error("the delivery was just written");
  await wake(c.env.NOTIFY_QUEUE, [laneMessage(endpoint.id)]);
  return c.json(showDelivery(delivery), 202);
});
