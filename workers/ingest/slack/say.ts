import { newId } from "../../../shared/id.ts";
import { laneMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import type { Say } from "../../../shared/slack/notice.ts";
import { sayInChannel } from "../../../shared/storage/slack-notices.ts";
import type { SlackRequest } from "../../../shared/storage/slack-requests.ts";
import type { FilePlace } from "../../../shared/storage/slack-threads.ts";
import type { SlackDeps } from "./deps.ts";

/**
 * Has the notify Worker post a message, which ends the request. If a file is refused, only its first event gets a
 * reply.
 */
export async function say(
  deps: SlackDeps,
  request: SlackRequest,
  tenantId: string,
  what: Say,
  refused: FilePlace | null = null,
): Promise<void> {
  const now = deps.now();
  const ids = { id: newId("slk", now), deliveryId: newId("dlv", now) };
  const lane = await sayInChannel(deps.env.DB, request, ids, tenantId, what, now, refused);
  if (lane !== null) await wake(deps.env.NOTIFY_QUEUE, [laneMessage(lane)]);
}
