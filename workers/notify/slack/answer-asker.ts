import { SLACK_CALL_MS } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { isResponseUrl } from "../../../shared/slack/hosts.ts";
import type { ChannelDelivery } from "../../../shared/storage/slack-deliveries.ts";
import { readThread } from "../../../shared/storage/slack-threads.ts";
import type { Deps } from "../deps.ts";

const CLOSED = "I may not write in this channel. Invite me first (`/invite @Diarist`), and ask again.";

/**
 * Tells whoever asked, where only they see it, that the channel is closed to us. Slack takes that for half an hour and
 * needs no permission for it. It is tried once: what cannot be told anywhere stays on record as a failed delivery.
 */
export async function answerAsker(deps: Deps, delivery: ChannelDelivery): Promise<void> {
  const isFirst = delivery.type === "job.queued" || delivery.type === "slack.notice";
  if (!isFirst) return;
  const url =
    delivery.jobId === null
      ? (JSON.parse(delivery.notice ?? "{}").response_url ?? null) // slack-notices.ts wrote it
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
