import { newId } from "../../shared/id.ts";
import { log } from "../../shared/log.ts";
import { laneMessage } from "../../shared/queue/message.ts";
import { urlOfChannel } from "../../shared/slack/notice.ts";
import { createDeliveries, type Target } from "../../shared/storage/deliveries.ts";
import { readUndelivered } from "../../shared/storage/events.ts";
import { laneOfUrl, wants } from "../../shared/webhooks/endpoint.ts";
import { goesToWebhookUrl } from "../../shared/webhooks/event.ts";
import type { Deps } from "./deps.ts";
import { processLane } from "./process-lane.ts";

/** Creates an event's deliveries and has each lane processed. Handling an event twice creates nothing twice. */
export async function dispatchEvent(deps: Deps, eventId: string): Promise<void> {
  const found = await readUndelivered(deps.db, eventId);
  if (!found) return log("event.gone", { event_id: eventId });
  const now = deps.now();
  const lanes = await createDeliveries(deps.db, found.event, targetsOf(found, now), now);
  const [mine, ...others] = lanes;
  if (mine !== undefined) await processLane(deps, mine);
  // Each in its own invocation: a Worker has few connections, and a slow endpoint occupies them.
  if (others.length > 0) await deps.notifyQueue.sendBatch(others.map((id) => ({ body: laneMessage(id) })));
}

type Found = NonNullable<Awaited<ReturnType<typeof readUndelivered>>>;

function targetsOf({ event, webhookUrl, thread, endpoints }: Found, now: number): Target[] {
  const own: { lane: string; url: string }[] = [];
  if (webhookUrl !== null && goesToWebhookUrl(event.type)) {
    own.push({ lane: laneOfUrl(event.tenantId, webhookUrl), url: webhookUrl });
  }
  if (thread !== null) own.push({ lane: thread.lane, url: urlOfChannel(thread.teamId, thread.channelId) });
  const fitting = endpoints
    .filter((endpoint) => wants(endpoint, event.type))
    .map(({ id, url }) => ({ lane: id, url }));
  return [...own, ...fitting].map((target) => ({ id: newId("dlv", now), ...target }));
}
