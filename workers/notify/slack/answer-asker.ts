import { SLACK_CALL_MS } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { isResponseUrl } from "../../../shared/slack/hosts.ts";
import type { ChannelDelivery } from "../../../shared/storage/slack-deliveries.ts";
import { readThread } from "../../../shared/storage/slack-threads.ts";
import type { Deps } from "../deps.ts";

const CLOSED = "I may not write in this channel. Invite me first (`/invite @Diarist`), and ask again.";

/**
 * Replies to the person who asked, visible only to them, that the channel is closed to us. Slack accepts that for 30
 * minutes and needs no permission for it. It is tried once; otherwise the failed delivery is the only record.
 */
export async function answerAsker(deps: Deps, delivery: ChannelDelivery): Promise<void> {
  const isFirst = delivery.type === "job.queued" || delivery.type === "slack.notice";
  if (!isFirst) return;
  const url =
    delivery.jobId === null
      ? (JSON.parse(delivery.notice ?? "{}").response_url ?? null) // written by slack-notices.ts
      : ((await readThread(deps.db, delivery.jobId))?.responseUrl ?? null);
  if (typeof url !== "string" || !isResponseUrl(url, deps.config.slack)) return;
  try {
    const { status, body } = await deps.fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ response_type: "ephemeral", text: CLOSED }),
      redirect: "manual",
      signal: AbortSignal.timeout(SLACK_CALL_MS),
    });
    await body?.cancel();
    if (status !== 200)
      log("slack.asker_not_answered", { delivery_id: delivery.id, error: `http_${status}` });
  } catch (error) {
    log("slack.asker_not_answered", { delivery_id: delivery.id, error: describeError(error) });
  }
}
