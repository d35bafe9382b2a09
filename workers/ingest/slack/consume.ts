import { describeError, log } from "../../../shared/log.ts";
import { backoffMs } from "../../../shared/queue/backoff.ts";
import { parseSlackMessage } from "../../../shared/queue/message.ts";
import { createSlackDeps } from "./deps.ts";
import { runRequest } from "./run-request.ts";

const DEAD_LETTERS = "diarist-slack-dlq";

/** Each message alone: it is acknowledged or retried, and never throws, so that it cannot take others along. */
export async function consumeSlack(batch: MessageBatch, env: Cloudflare.IngestEnv): Promise<void> {
  await Promise.all(batch.messages.map((message) => handle(message, batch.queue, env)));
}

async function handle(message: Message, queue: string, env: Cloudflare.IngestEnv): Promise<void> {
  const body = parseSlackMessage(message.body);
  if (!body) {
    log("message.malformed", { queue: "slack", id: message.id });
    return message.ack();
  }
  if (queue === DEAD_LETTERS) {
    // The request itself is in D1, where the sweep finds it again; but the operator should know.
    log("operator.slack_dead_letter", { request: body.slack_request });
    return message.ack();
  }
  try {
    await runRequest(createSlackDeps(env), body.slack_request);
    message.ack();
  } catch (error) {
    const failed = { request: body.slack_request, try: message.attempts, error: describeError(error) };
    log("slack.crashed", failed);
    const delayMs = backoffMs(message.attempts, Math.random(), { baseMs: 5_000, maxMs: 600_000 });
    message.retry({ delaySeconds: Math.ceil(delayMs / 1000) });
  }
}
