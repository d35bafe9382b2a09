import { SLACK_REQUESTS_KEPT_MS } from "../../../shared/limits.ts";
import { slackMessage } from "../../../shared/queue/message.ts";
import { wakeDue } from "../../../shared/queue/wake-due.ts";
import {
  removeOldSlackRequests,
  sweepSlackRequests,
  sweepSlackRequestsAgain,
} from "../../../shared/storage/slack-requests.ts";

const REMOVE_BATCH = 500;

/** Wakes requests from Slack that are not done yet, and removes those done long ago. */
export async function sweepSlack(
  env: Pick<Cloudflare.IngestEnv, "DB" | "SLACK_QUEUE">,
  now: () => number,
): Promise<void> {
  await wakeDue(env.SLACK_QUEUE, {
    what: "slack_requests",
    sweep: (limit) => sweepSlackRequests(env.DB, now(), limit),
    message: slackMessage,
    again: (ids) => sweepSlackRequestsAgain(env.DB, ids, now()),
  });
  await removeOldSlackRequests(env.DB, now() - SLACK_REQUESTS_KEPT_MS, REMOVE_BATCH);
}
