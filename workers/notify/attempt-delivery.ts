import { log } from "../../shared/log.ts";
import type { DeliveryOutcome, DueDelivery } from "../../shared/storage/deliveries.ts";
import { checkDestination } from "../../shared/webhooks/destination.ts";
import { nextAttemptAt } from "../../shared/webhooks/retry-schedule.ts";
import { signWebhook } from "../../shared/webhooks/sign-webhook.ts";
import type { Deps } from "./deps.ts";
import { type Attempt, sendWebhook } from "./send-webhook.ts";

const GONE = 410;

/** The result of a send; `refused`: the URL may not be called, so nothing was sent. */
type Sent = Omit<Attempt, "error"> & { error: Attempt["error"] | "refused" };

/**
 * One attempt at one delivery: checks the URL, signs, sends, and decides what follows. Errors before the send are
 * thrown, except a refused URL.
 * @param keys to sign with, the current secret's first
 */
export async function attemptDelivery(
  deps: Deps,
  delivery: DueDelivery,
  url: string,
  keys: string[],
): Promise<DeliveryOutcome> {
  const startedAt = deps.now();
  const sent = await send(deps, delivery, url, keys, startedAt);
  const next = plan(deps, delivery, sent);
  log("delivery.attempted", {
    delivery_id: delivery.id,
    event_id: delivery.eventId,
    n: delivery.tries + 1,
    status: sent.status,
    error: sent.error,
    outcome: "at" in next ? "will_retry" : next.status,
  });
  const { durationMs, status: httpStatus, error, response } = sent;
  return { delivery, attempt: { url, startedAt, durationMs, httpStatus, error, response }, next };
}

async function send(
  deps: Deps,
  delivery: DueDelivery,
  url: string,
  keys: string[],
  now: number,
): Promise<Sent> {
  const { allowLocal, baseUrl } = deps.config;
  const destination = checkDestination(url, { allowLocal, ownHosts: [baseUrl] });
  if (!destination.ok) {
    return { status: null, durationMs: 0, response: "", error: "refused", retryAfter: null };
  }
  return sendWebhook(deps.fetch, {
    url: destination.url.href,
    headers: await signWebhook(keys, delivery.eventId, Math.floor(now / 1000), delivery.body),
    body: delivery.body,
    now: deps.now,
  });
}

function plan(deps: Deps, delivery: DueDelivery, sent: Sent): DeliveryOutcome["next"] {
  const now = deps.now();
  if (sent.error === null) return { status: "delivered", finishedAt: now };
  if (sent.error === "refused" || sent.status === GONE) return { status: "discarded", finishedAt: now };
  const at = nextAttemptAt({
    attempt: delivery.step,
    nowMs: now,
    random: deps.random(),
    retryAfter: sent.retryAfter,
    status: sent.status,
    timedOut: sent.error === "timeout",
  });
  return at === null ? { status: "failed", finishedAt: now } : { at };
}
