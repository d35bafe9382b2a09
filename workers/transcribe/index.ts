import { describeError, log } from "../../shared/log.ts";
import { consume } from "../../shared/queue/consume.ts";
import { parseTranscribeMessage } from "../../shared/queue/message.ts";
import { patientBucket, patientDatabase } from "../../shared/storage/patient.ts";
import { readConfig } from "./config.ts";
import { reviveDeadLetter } from "./dead-letter.ts";
import type { Deps } from "./deps.ts";
import { sweepImports } from "./import/sweep-imports.ts";
import { runMessage } from "./run-message.ts";
import { moveKeptAnswers } from "./speech/keep-answer.ts";
import { wakeJobs } from "./sweep.ts";

const DEAD_LETTERS = "diarist-transcribe-dlq";

export default {
  async queue(batch, env) {
    const work = batch.queue === DEAD_LETTERS ? reviveDeadLetter : runMessage;
    await consume(batch, {
      queue: "transcribe",
      parse: parseTranscribeMessage,
      work: (message) => work(createDeps(env), message),
      logCrash: ({ job_id }, crash) => log("job.attempt_crashed", { job_id, ...crash }),
    });
  },

  async scheduled(_event, env) {
    const deps = createDeps(env);
    for (const sweep of [wakeJobs, sweepImports, moveKeptAnswers]) {
      // A sweep that fails does not stop the others.
      await sweep(deps).catch((error: unknown) => {
        log("sweep.failed", { part: sweep.name, error: describeError(error) });
      });
    }
  },
} satisfies ExportedHandler<Cloudflare.TranscribeEnv>;

function createDeps(env: Cloudflare.TranscribeEnv): Deps {
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const patience = { pause, random: Math.random };
  return {
    db: patientDatabase(env.DB, patience),
    bucket: patientBucket(env.BUCKET, patience),
    transcribeQueue: env.TRANSCRIBE_QUEUE,
    notifyQueue: env.NOTIFY_QUEUE,
    config: readConfig(env),
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    random: Math.random,
    pause,
  };
}
