import { log } from "../../../shared/log.ts";
import { consume } from "../../../shared/queue/consume.ts";
import { parseSlackMessage } from "../../../shared/queue/message.ts";
import { createSlackDeps } from "./deps.ts";
import { runRequest } from "./run-request.ts";

const DEAD_LETTERS = "diarist-slack-dlq";

export function consumeSlack(batch: MessageBatch, env: Cloudflare.IngestEnv): Promise<void> {
  const work = batch.queue === DEAD_LETTERS ? logDeadMessage : run;
  return consume(batch, {
    queue: "slack",
    parse: parseSlackMessage,
    work: ({ slack_request }) => work(slack_request, env),
    logCrash: ({ slack_request: request }, crash) => log("slack.crashed", { request, ...crash }),
  });
}

function run(request: string, env: Cloudflare.IngestEnv): Promise<void> {
  return runRequest(createSlackDeps(env), request);
}

/** Nothing is lost: the request is in D1, and the sweep wakes it. But the operator should know. */
async function logDeadMessage(request: string): Promise<void> {
  log("operator.slack_dead_letter", { request });
}
