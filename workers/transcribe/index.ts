import { describeError, log } from "../../shared/log.ts";
import { backoffMs } from "../../shared/queue/backoff.ts";
import { parseTranscribeMessage, type TranscribeMessage } from "../../shared/queue/message.ts";
import { readConfig } from "./config.ts";
import { endDeadJob } from "./dead-letter.ts";
import type { Deps } from "./deps.ts";
import { sweepImports } from "./import/sweep-imports.ts";
import { runJob } from "./run-job.ts";
import { runPart } from "./run-part.ts";
import { wakeJobs } from "./sweep.ts";

const DEAD_LETTERS = "diarist-transcribe-dlq";

export default {
  async queue(batch, env) {
    const work = batch.queue === DEAD_LETTERS ? endDeadJob : run;
    await Promise.all(batch.messages.map((message) => handle(message, env, work)));
  },

  async scheduled(_event, env) {
    const deps = createDeps(env);
    await wakeJobs(deps);
    await sweepImports(deps);
  },
} satisfies ExportedHandler<Cloudflare.TranscribeEnv>;

function run(deps: Deps, message: TranscribeMessage): Promise<void> {
  return message.part === undefined
    ? runJob(deps, message.job_id)
    : runPart(deps, { jobId: message.job_id, n: message.part });
}

/** One message alone: it is acknowledged or retried, and never throws, so that it cannot take others along. */
async function handle(
  message: Message,
  env: Cloudflare.TranscribeEnv,
  work: (deps: Deps, message: TranscribeMessage) => Promise<void>,
): Promise<void> {
  const body = parseTranscribeMessage(message.body);
  if (!body) {
    log("message.malformed", { queue: "transcribe", id: message.id });
    return message.ack();
  }
  try {
    await work(createDeps(env), body);
    message.ack();
  } catch (error) {
    log("job.attempt_crashed", { job_id: body.job_id, try: message.attempts, error: describeError(error) });
    const delayMs = backoffMs(message.attempts, Math.random(), { baseMs: 5_000, maxMs: 600_000 });
    message.retry({ delaySeconds: Math.ceil(delayMs / 1000) });
  }
}

function createDeps(env: Cloudflare.TranscribeEnv): Deps {
  return {
    db: env.DB,
    bucket: env.BUCKET,
    transcribeQueue: env.TRANSCRIBE_QUEUE,
    notifyQueue: env.NOTIFY_QUEUE,
    config: readConfig(env),
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    random: Math.random,
  };
}
