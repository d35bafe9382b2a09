import type { AnswerSlice } from "../../../shared/answer-slice.ts";
import { LAST_WRITE_MS } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { backoffMs } from "../../../shared/queue/backoff.ts";
import { answerMessage } from "../../../shared/queue/message.ts";
import type { Call } from "../../../shared/storage/calls.ts";
import { keepSlices, moveKept, sliceAnswer } from "../../../shared/storage/kept-answers.ts";
import { isPassing } from "../../../shared/storage/passing-error.ts";
import { type Answer, saveRawAnswer } from "../../../shared/storage/raw-answers.ts";
import type { Deps } from "../deps.ts";

/** Between rounds, each of which waits for R2 and for D1 too. */
const ROUND_PAUSE = { baseMs: 2_000, maxMs: 20_000 };
/** Each moves an answer of a megabyte or so. */
const MOVED_A_SWEEP = 20;

/**
 * Keeps an answer that was paid for: in R2, or in D1 while R2 takes nothing, or in the queue while neither does, whose
 * messages write themselves into D1. When not even the queue takes it, the rounds go on as long as the invocation,
 * which began at `begun`, may.
 */
export async function keepAnswer(deps: Deps, call: Call, answer: Answer, begun: number): Promise<void> {
  let slices: AnswerSlice[] | null = null;
  for (let n = 1; ; n++) {
    try {
      return await saveRawAnswer(deps.bucket, call, answer);
    } catch (error) {
      note(call, "r2", error);
    }
    slices ??= await sliceAnswer(call, answer);
    try {
      return await keepSlices(deps.db, call.job.id, slices);
    } catch (error) {
      note(call, "d1", error);
    }
    try {
      for (const slice of slices) await deps.transcribeQueue.send(answerMessage(call.job.id, slice));
      return;
    } catch (error) {
      log("answer.not_kept", {
        job_id: call.job.id,
        part: call.part,
        by: "queue",
        error: describeError(error),
      });
      if (deps.now() >= begun + LAST_WRITE_MS) throw error;
    }
    await deps.pause(backoffMs(n, deps.random(), ROUND_PAUSE));
  }
}

/** @throws an error that does not pass: trying again, or elsewhere, would hide a mistake of ours */
function note(call: Call, by: string, error: unknown): void {
  log("answer.not_kept", { job_id: call.job.id, part: call.part, by, error: describeError(error) });
  if (!isPassing(error)) throw error;
}

/** Part of the sweep: what D1 keeps goes into R2 once R2 takes it. */
export async function moveKeptAnswers(deps: Pick<Deps, "db" | "bucket">): Promise<void> {
  const count = await moveKept(deps, MOVED_A_SWEEP);
  if (count > 0) log("sweep.answers_moved", { count });
}
