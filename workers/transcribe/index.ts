import { log } from "../../shared/log.ts";
import { consume } from "../../shared/queue/consume.ts";
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
    await consume(batch, {
      queue: "transcribe",
      parse: parseTranscribeMessage,
      work: (message) => work(createDeps(env), message),
      logCrash: ({ job_id }, crash) => log("job.attempt_crashed", { job_id, ...crash }),
    });
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
