import { LANE_BATCH, SLACK_CHANNEL_RATE } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { unseal } from "../../../shared/secrets/seal.ts";
import { isClosed, isFinal, SlackError } from "../../../shared/slack/call-slack.ts";
import { type DeliveryOutcome, recordAttempts } from "../../../shared/storage/deliveries.ts";
import type { Lane } from "../../../shared/storage/lanes.ts";
import {
  type ChannelDelivery,
  postponeDelivery,
  postponeLane,
  readDueInChannel,
} from "../../../shared/storage/slack-deliveries.ts";
import { readInstall } from "../../../shared/storage/slack-installs.ts";
import { nextAttemptAt } from "../../../shared/webhooks/retry-schedule.ts";
import type { Deps } from "../deps.ts";
import { answerAsker } from "./answer-asker.ts";
import { Channel, OutOfTimeError } from "./channel.ts";
import { clearPosts, sayNotice } from "./notices.ts";
import { syncThread } from "./sync-thread.ts";

/** Used when Slack does not say how long to wait. */
const LIMITED_MS = 30_000;

/**
 * Makes the deliveries that are due in a channel, one after another, and records each. Waiting for the channel's rate,
 * for Slack's limits or for a running job is not an attempt.
 * @returns how many were made
 */
export async function processChannel(deps: Deps, lane: Lane, until: number): Promise<number> {
  const due = await readDueInChannel(deps.db, lane.id, deps.now(), LANE_BATCH);
  if (due.length === 0) return 0;
  const [, teamId = ""] = lane.id.split(" ");
  const install = await readInstall(deps.db, teamId);
  // A workspace that another customer has connected since does not belong to this lane any more.
  const token =
    install?.tenantId === lane.tenantId ? await unseal(deps.config.signingKey, install.token) : null;
  let made = 0;
  for (const delivery of due) {
    if (deps.now() >= until) break;
    const result = await attempt(deps, lane, delivery, token, until);
    if ("wait" in result) {
      await postponeDelivery(deps.db, delivery, result.wait);
    } else if ("limited" in result) {
      await postponeLane(deps.db, lane.id, result.limited);
      // Later deliveries are due at once, but have to wait too: as if the last message were sent then.
      lane.recent.push(result.limited - 1_000 / SLACK_CHANNEL_RATE);
      break;
    } else {
      await deps.db.batch(recordAttempts(deps.db, [result]));
      made++;
    }
  }
  return made;
}

/** `wait`: it continues at that time; `limited`: Slack accepts nothing more in this channel until then. */
type Attempted = DeliveryOutcome | { wait: number } | { limited: number };

async function attempt(
  deps: Deps,
  lane: Lane,
  delivery: ChannelDelivery,
  token: string | null,
  until: number,
): Promise<Attempted> {
  const startedAt = deps.now();
  if (token === null) {
    const next = { status: "discarded", finishedAt: startedAt } as const;
    return outcome(delivery, startedAt, 0, { status: null, code: "not_installed" }, [], next);
  }
  const api = { fetch: deps.fetch, baseUrl: deps.config.slack.apiUrl, token, now: deps.now };
  const channel = new Channel(deps, lane, api, until);
  try {
    const again = await deliver(deps, channel, delivery);
    const finishedAt = deps.now();
    if (again !== null) return { wait: again };
    const next = { status: "delivered", finishedAt } as const;
    return outcome(delivery, startedAt, finishedAt - startedAt, null, channel.done, next);
  } catch (error) {
    const now = deps.now();
    if (error instanceof OutOfTimeError) return { wait: error.until };
    if (!(error instanceof SlackError)) throw error;
    log("slack.refused", { delivery_id: delivery.id, error: describeError(error) });
    if (error.code === "rate_limited") return { limited: now + (error.retryAfterMs ?? LIMITED_MS) };
    if (isClosed(error.code)) await answerAsker(deps, delivery);
    return outcome(delivery, startedAt, now - startedAt, error, channel.done, plan(deps, delivery, error));
  }
}

function deliver(deps: Deps, channel: Channel, delivery: ChannelDelivery): Promise<number | null> {
  const { jobId, notice } = delivery;
  if (jobId !== null) return syncThread(deps, channel, { ...delivery, jobId });
  if (notice === null) return Promise.resolve(null); // the notice is gone
  const body = JSON.parse(notice); // written by shared/storage/slack-notices.ts
  return delivery.type === "slack.cleared"
    ? clearPosts(channel, body)
    : sayNotice(deps, channel, delivery.eventId, body);
}

function plan(deps: Deps, delivery: ChannelDelivery, error: SlackError): DeliveryOutcome["next"] {
  const now = deps.now();
  if (isFinal(error.code)) return { status: "failed", finishedAt: now };
  const at = nextAttemptAt({
    attempt: delivery.step,
    nowMs: now,
    random: deps.random(),
    status: error.status,
    timedOut: error.code === "timeout",
  });
  return at === null ? { status: "failed", finishedAt: now } : { at };
}

function outcome(
  delivery: ChannelDelivery,
  startedAt: number,
  durationMs: number,
  error: { status: number | null; code: string } | null,
  done: readonly string[],
  next: DeliveryOutcome["next"],
): DeliveryOutcome {
  const httpStatus = error ? error.status : done.length > 0 ? 200 : null;
  log("delivery.attempted", {
    delivery_id: delivery.id,
    event_id: delivery.eventId,
    n: delivery.tries + 1,
    status: httpStatus,
    error: error?.code ?? null,
    outcome: "at" in next ? "will_retry" : next.status,
  });
  const response = done.join(", ");
  const attempt = {
    url: delivery.url,
    startedAt,
    durationMs,
    httpStatus,
    error: error?.code ?? null,
    response,
  };
  return { delivery: { ...delivery, body: "" }, attempt, next };
}
