import type { TranscribeMessage } from "../../shared/queue/message.ts";
import { keepSlices } from "../../shared/storage/kept-answers.ts";
import type { Deps } from "./deps.ts";
import { runJob } from "./run-job.ts";
import { runPart } from "./run-part.ts";

/** What a message asks for. When it rejects, the message comes again. */
export async function runMessage(deps: Deps, message: TranscribeMessage): Promise<void> {
  const { job_id: jobId, part, answer } = message;
  if (answer) return keepSlices(deps.db, jobId, [answer]);
  return part === undefined ? runJob(deps, jobId) : runPart(deps, { jobId, n: part });
}
