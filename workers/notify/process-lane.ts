import { LANE_BATCH, LANE_SENDING_MS } from "../../shared/limits.ts";
import { describeError, log } from "../../shared/log.ts";
import { laneMessage } from "../../shared/queue/message.ts";
import { isSlackLane } from "../../shared/slack/notice.ts";
import { discardPending, readWork } from "../../shared/storage/deliveries.ts";
import { claimLane, type Lane, releaseLane, removeLane } from "../../shared/storage/lanes.ts";
import { endpointOfLane } from "../../shared/webhooks/endpoint.ts";
import { recentSends } from "../../shared/webhooks/send-pace.ts";
import type { Deps } from "./deps.ts";
import { sendDue } from "./send-due.ts";
import { processChannel } from "./slack/process-channel.ts";

/** The most rows that one statement discards. */
const DISCARD_BATCH = 500;

/**
 * Sends what is due in a lane, until nothing is left or the time is over. The caller waits only for the claim. From
 * then on D1 knows who has the lane and until when, so the message has done its work, and no other message waits for a
 * slow receiver.
 */
export async function processLane(deps: Deps, id: string): Promise<void> {
  const lane = await claimLane(deps.db, id, deps.now());
  if (!lane) return log("lane.not_claimed", { lane: id });
  deps.waitUntil(
    work(deps, lane).catch((error: unknown) => {
      // The lane stays claimed; when its lease is over, the sweep wakes it.
      log("lane.crashed", { lane: id, error: describeError(error) });
    }),
  );
}

async function work(deps: Deps, lane: Lane): Promise<void> {
  const isOfEndpoint = endpointOfLane(lane.id) !== null;
  const until = deps.now() + LANE_SENDING_MS;
  for (let done = 0; ; ) {
    const { count, isGone } = isSlackLane(lane.id)
      ? { count: await processChannel(deps, lane, until), isGone: false }
      : await sendWebhooks(deps, lane, until);
    done += count;

    const isUnused = isOfEndpoint ? isGone && count === 0 : done === 0;
    if (isUnused && (await removeLane(deps.db, lane))) return;
    const now = deps.now();
    lane.recent = recentSends(lane.recent, now);
    const isOver = count === 0 || now >= until;
    const released = await releaseLane(deps.db, lane, now, isOver);
    if (released?.wakeAt != null) await wake(deps, lane, released.wakeAt - now);
    if (released || isOver) return;
  }
}

/** `isGone`: the lane's endpoint was deleted. */
async function sendWebhooks(
  deps: Deps,
  lane: Lane,
  until: number,
): Promise<{ count: number; isGone: boolean }> {
  const { endpoint, secrets, due } = await readWork(deps.db, lane, deps.now(), LANE_BATCH);
  const isOpen = endpointOfLane(lane.id) === null || endpoint?.enabled;
  const count = isOpen
    ? await sendDue(deps, lane, { endpoint, secrets }, due, until)
    : await discardPending(deps.db, lane.id, deps.now(), DISCARD_BATCH);
  return { count, isGone: endpoint === null };
}

async function wake(deps: Deps, lane: Lane, delayMs: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil(delayMs / 1000));
  await deps.notifyQueue.send(laneMessage(lane.id), { delaySeconds });
}
