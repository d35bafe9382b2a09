import { DEFAULT_RATE_LIMIT, LANE_CONCURRENCY } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import { eventMessage } from "../../shared/queue/message.ts";
import { unseal } from "../../shared/secrets/seal.ts";
import type { DueDelivery } from "../../shared/storage/deliveries.ts";
import type { Lane } from "../../shared/storage/lanes.ts";
import type { WebhookSecret } from "../../shared/storage/webhook-secrets.ts";
import type { Endpoint } from "../../shared/webhooks/endpoint.ts";
import { nextSendAt } from "../../shared/webhooks/send-pace.ts";
import { attemptDelivery } from "./attempt-delivery.ts";
import type { Deps } from "./deps.ts";
import { createRecorder } from "./record-outcomes.ts";
import { type Health, updateEndpointHealth } from "./update-endpoint-health.ts";

type Sender = { endpoint: Endpoint | null; secrets: WebhookSecret[] };

/**
 * Makes the attempts that are due, a few at a time and within the endpoint's rate, and records them as they come in.
 * What does not fit into the time stays due: waiting is not an attempt.
 * @returns how many were made
 */
export async function sendDue(
  deps: Deps,
  lane: Lane,
  { endpoint, secrets }: Sender,
  due: DueDelivery[],
  until: number,
): Promise<number> {
  if (due.length === 0) return 0;
  const keys = await openSecrets(deps, secrets, endpoint?.ed25519 ?? false);
  const rate = endpoint?.rateLimit ?? DEFAULT_RATE_LIMIT;
  const recorder = createRecorder(deps);
  const health: Health = { endpoint, disabledBy: null };
  const waiting = [...due];
  let made = 0;

  async function takeTurns(): Promise<void> {
    while (waiting.length > 0 && !health.disabledBy) {
      const now = deps.now();
      const at = nextSendAt(lane.recent, rate, now);
      const delivery = at < until ? waiting.shift() : undefined;
      if (!delivery) return;
      lane.recent.push(at);
      if (at > now) await deps.pause(at - now);
      const url = endpoint?.url ?? delivery.url;
      const outcome = await attemptDelivery(deps, delivery, url, keys);
      made++;
      recorder.add(outcome, updateEndpointHealth(deps, health, outcome));
    }
  }
  await Promise.all(Array.from({ length: LANE_CONCURRENCY }, takeTurns));
  await recorder.done();
  if (health.disabledBy) await announceDisabled(deps, lane, health.disabledBy);
  return made;
}

/** The keys to sign with, the current secret's first. */
async function openSecrets(deps: Deps, secrets: WebhookSecret[], ed25519: boolean): Promise<string[]> {
  const opened = await Promise.all(
    secrets.map(async ({ sealed }) => (await unseal(deps.config.signingKey, sealed)).split(" ")),
  );
  return opened.flatMap(([secret = "", privateKey]) =>
    ed25519 && privateKey ? [secret, privateKey] : [secret],
  );
}

async function announceDisabled(deps: Deps, lane: Lane, eventId: string): Promise<void> {
  log("endpoint.disabled", { endpoint_id: lane.id, event_id: eventId });
  await deps.notifyQueue.send(eventMessage(eventId));
}
