import { log } from "../../shared/log.ts";
import type { TranscribeMessage } from "../../shared/queue/message.ts";
import { sweepJobSoon } from "../../shared/storage/job-work.ts";
import { keepSlices } from "../../shared/storage/kept-answers.ts";
import { sweepPartSoon } from "../../shared/storage/parts.ts";
import type { Deps } from "./deps.ts";

/**
 * A message that failed at every try says nothing about its job: it was storage that failed, or a Worker that cannot
 * start. So the job, or part, is woken by the next sweep if it still waits, and fails by counted attempts alone.
 */
export async function reviveDeadLetter(deps: Deps, message: TranscribeMessage): Promise<void> {
  const { job_id: jobId, part, answer } = message;
  const now = deps.now();
  if (answer) await keepSlices(deps.db, jobId, [answer]);
  else if (part === undefined) await sweepJobSoon(deps.db, jobId, now);
  else await sweepPartSoon(deps.db, { jobId, n: part }, now);
  log("operator.dead_letter", { job_id: jobId, part: part ?? answer?.part ?? null });
}
