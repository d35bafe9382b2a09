import { failure } from "../../../shared/failure.ts";
import type { Job } from "../../../shared/job.ts";
import { MAX_FAILURES } from "../../../shared/limits.ts";
import type { Part } from "../../../shared/part.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { jobClaim, workUnder } from "../claim.ts";
import type { Deps } from "../deps.ts";
import { finishCompleted } from "../finish-job.ts";
import { fail, leaveForNext, type Outcome } from "../outcome.ts";
import type { Heard } from "../speech/part-answers.ts";
import { assemble } from "./assemble.ts";

/** Whether a job with these parts is ready to be assembled. */
export function isReady(parts: Part[]): boolean {
  return parts.length > 0 && parts.every((part) => part.status === "done");
}

/**
 * Completes a claimed job from its finished parts. `only` is what was heard of a part that is the only one, when this
 * invocation has it already; all others are read from R2.
 */
export async function assembleJob(
  deps: Deps,
  job: Job,
  parts: Part[],
  started: number,
  only: Heard | null = null,
): Promise<void> {
  await workUnder(deps, jobClaim(deps, job), started, (signal) =>
    complete(deps, job, parts, only, started, signal),
  );
}

async function complete(
  deps: Deps,
  job: Job,
  parts: Part[],
  only: Heard | null,
  started: number,
  signal: AbortSignal,
): Promise<Result<null, Outcome>> {
  if (job.failures >= MAX_FAILURES) {
    const message = `Given up after ${job.failures} attempts to put the parts together.`;
    return err(fail(failure("internal_error", message)));
  }
  const late = leaveForNext(deps, started);
  if (late) return err(late);
  const assembled = await assemble(deps, job, parts, only, started, signal);
  if (!assembled.ok) return assembled;
  const { job: heard, result, upstreamMs, speakers } = assembled.value;
  return (await finishCompleted(deps, heard, result, upstreamMs, speakers))
    ? ok(null)
    : err({ kind: "lease_lost" });
}
