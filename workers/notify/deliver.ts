import { checkDestination } from "../../shared/destination.ts";
import { log } from "../../shared/log.ts";
import { deliveryMessage } from "../../shared/message.ts";
import { nextAttemptAt } from "../../shared/retry-schedule.ts";
import { unseal } from "../../shared/seal.ts";
import { signWebhook } from "../../shared/sign-webhook.ts";
import {
  type Attempt,
  claimDelivery,
  type Delivery,
  recordAttempt,
} from "../../shared/storage/deliveries.ts";
import { readEvent } from "../../shared/storage/events.ts";
import { readWebhookSecret } from "../../shared/storage/tenants.ts";
import { type Attempt as Sent, sendWebhook } from "./send-webhook.ts";
import type { World } from "./world.ts";

const GONE = 410;

/** What came of the sending; `refused`: the URL may not be called, so nothing was sent. */
type Outcome = Omit<Sent, "error"> & { error: Sent["error"] | "refused" };

/**
 * One attempt at one delivery: claim, sign, send, put on record, and plan the next. What fails before or after the
 * sending is thrown and does not count against the destination.
 */
export async function deliver(world: World, deliveryId: string): Promise<void> {
  const delivery = await claimDelivery(world.db, deliveryId, world.now());
  if (!delivery) return log("delivery.not_claimed", { delivery_id: deliveryId });
  const event = await readEvent(world.db, delivery.eventId);
  const sealedSecret = await readWebhookSecret(world.db, delivery.tenantId);
  if (!event || !sealedSecret) return log("delivery.gone", { delivery_id: deliveryId });

  const startedAt = world.now();
  const sent = await send(
    world,
    delivery,
    event,
    await unseal(world.config.signingKey, sealedSecret),
    startedAt,
  );
  const attempt: Attempt = {
    n: delivery.tries + 1,
    url: delivery.url,
    startedAt,
    durationMs: sent.durationMs,
    httpStatus: sent.status,
    error: sent.error,
    response: sent.response,
  };
  const next = plan(world, delivery, sent);
  if (!(await recordAttempt(world.db, delivery, attempt, next))) {
    return log("delivery.claim_lost", { delivery_id: delivery.id });
  }
  log("delivery.attempted", {
    delivery_id: delivery.id,
    event_id: event.id,
    n: attempt.n,
    status: sent.status,
    error: sent.error,
    outcome: "at" in next ? "will_retry" : next.status,
  });
  if ("at" in next) await wake(world, delivery, next.at);
}

async function send(
  world: World,
  delivery: Delivery,
  event: { id: string; body: string },
  secret: string,
  now: number,
): Promise<Outcome> {
  const { allowLocal, baseUrl } = world.config;
  const destination = checkDestination(delivery.url, { allowLocal, ownHosts: [baseUrl] });
  if (!destination.ok) {
    return { status: null, durationMs: 0, response: "", error: "refused", retryAfter: null };
  }
  return sendWebhook(world.fetch, {
    url: destination.url.href,
    headers: await signWebhook([secret], event.id, Math.floor(now / 1000), event.body),
    body: event.body,
    now: world.now,
  });
}

function plan(world: World, delivery: Delivery, sent: Outcome): Parameters<typeof recordAttempt>[3] {
  const now = world.now();
  if (sent.error === null) return { status: "delivered", finishedAt: now };
  if (sent.error === "refused" || sent.status === GONE) return { status: "discarded", finishedAt: now };
  const at = nextAttemptAt({
    attempt: delivery.tries + 1,
    nowMs: now,
    random: world.random(),
    retryAfter: sent.retryAfter,
    status: sent.status,
    timedOut: sent.error === "timeout",
  });
  return at === null ? { status: "failed", finishedAt: now } : { at };
}

async function wake(world: World, delivery: Delivery, at: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((at - world.now()) / 1000));
  await world.notifyQueue.send(deliveryMessage(delivery.id), { delaySeconds });
}
