import { log } from "../../shared/log.ts";
import { consume } from "../../shared/queue/consume.ts";
import { type NotifyMessage, parseNotifyMessage } from "../../shared/queue/message.ts";
import { patientDatabase } from "../../shared/storage/patient.ts";
import { readConfig } from "./config.ts";
import type { Deps } from "./deps.ts";
import { dispatchEvent } from "./dispatch-event.ts";
import { processLane } from "./process-lane.ts";
import { runReplay } from "./run-replay.ts";
import { sweep } from "./sweep.ts";

const DEAD_LETTERS = "diarist-notify-dlq";

export default {
  async queue(batch, env, ctx) {
    const work = batch.queue === DEAD_LETTERS ? logDeadMessage : notify;
    await consume(batch, {
      queue: "notify",
      parse: parseNotifyMessage,
      work: (message) => work(createDeps(env, ctx), message),
      logCrash: (message, crash) => log("notify.crashed", { ...message, ...crash }),
    });
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

/** Nothing is lost: a message carries only an id, and the sweep wakes what is due in D1. But the operator should know. */
async function logDeadMessage(_deps: Deps, message: NotifyMessage): Promise<void> {
  log("operator.notify_dead_letter", { ...message });
}

function createDeps(env: Cloudflare.NotifyEnv, ctx: Pick<ExecutionContext, "waitUntil">): Deps {
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return {
    db: patientDatabase(env.DB, { pause, random: Math.random }),
    notifyQueue: env.NOTIFY_QUEUE,
    config: readConfig(env),
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    random: Math.random,
    pause,
    waitUntil: (work) => ctx.waitUntil(work),
  };
}
