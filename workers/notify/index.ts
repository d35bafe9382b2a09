import { describeError, log } from "../../shared/log.ts";
import { backoffMs } from "../../shared/queue/backoff.ts";
import { type NotifyMessage, parseNotifyMessage } from "../../shared/queue/message.ts";
import { readConfig } from "./config.ts";
import { reviveDeadMessage } from "./dead-letter.ts";
import type { Deps } from "./deps.ts";
import { dispatchEvent } from "./dispatch-event.ts";
import { processLane } from "./process-lane.ts";
import { runReplay } from "./run-replay.ts";
import { sweep } from "./sweep.ts";

const DEAD_LETTERS = "diarist-notify-dlq";

export default {
  async queue(batch, env, ctx) {
    const work = batch.queue === DEAD_LETTERS ? reviveDeadMessage : notify;
    await Promise.all(batch.messages.map((message) => handle(message, () => createDeps(env, ctx), work)));
  },

  async scheduled(_event, env, ctx) {
    await sweep(createDeps(env, ctx));
  },
} satisfies ExportedHandler<Cloudflare.NotifyEnv>;

function notify(deps: Deps, message: NotifyMessage): Promise<void> {
  if ("event_id" in message) return dispatchEvent(deps, message.event_id);
  if ("lane" in message) return processLane(deps, message.lane);
  return runReplay(deps, message.replay);
}

/** One message alone: it is acknowledged or retried, and never throws, so that it cannot take others along. */
async function handle(
  message: Message,
  makeDeps: () => Deps,
  work: (deps: Deps, message: NotifyMessage) => Promise<void>,
): Promise<void> {
  const body = parseNotifyMessage(message.body);
  if (!body) {
    log("message.malformed", { queue: "notify", id: message.id });
    return message.ack();
  }
  try {
    await work(makeDeps(), body);
    message.ack();
  } catch (error) {
    log("notify.crashed", { ...body, try: message.attempts, error: describeError(error) });
    const delayMs = backoffMs(message.attempts, Math.random(), { baseMs: 5_000, maxMs: 600_000 });
    message.retry({ delaySeconds: Math.ceil(delayMs / 1000) });
  }
}

function createDeps(env: Cloudflare.NotifyEnv, ctx: Pick<ExecutionContext, "waitUntil">): Deps {
  return {
    db: env.DB,
    notifyQueue: env.NOTIFY_QUEUE,
    config: readConfig(env),
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    random: Math.random,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    waitUntil: (work) => ctx.waitUntil(work),
  };
}
