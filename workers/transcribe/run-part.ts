import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { MAX_FAILED_CALLS, MAX_FAILURES } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import type { Part, PartAudio, PartName } from "../../shared/part.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { claimPart, dividePart, finishPart, listParts } from "../../shared/storage/parts.ts";
import { assembleJob } from "./assemble/assemble-job.ts";
import { holdPart, workUnder } from "./claim.ts";
import type { Deps } from "./deps.ts";
import { fail, leaveForNext, type Setback } from "./outcome.ts";
import { preparePart } from "./parts/prepare-part.ts";
import { divideAudio } from "./parts/split-audio.ts";
import { buyAnswer } from "./speech/buy-answer.ts";
import { purposesOf } from "./speech/purposes.ts";
import { wakeParts } from "./wake.ts";

/** One attempt at one part. */
export async function runPart(deps: Deps, name: PartName): Promise<void> {
  const started = deps.now();
  const claimed = await claimPart(deps.db, name, started);
  if (!claimed) return log("part.not_claimed", { job_id: name.jobId, part: name.n });
  await workOnPart(deps, claimed.job, claimed.part, started);
}

/** A held part: its audio, its answer. Whoever finishes the last one goes on to assemble the job. */
export async function workOnPart(deps: Deps, job: Job, part: Part, started: number): Promise<void> {
  log("part.claimed", { job_id: job.id, part: part.n, attempt: part.attempt });
  const ended = await workUnder(deps, holdPart(deps, job, part), (gone) =>
    work(deps, job, part, started, gone),
  );
  if (ended?.job) await assembleJob(deps, ended.job, await listParts(deps.db, job.id), started);
}

/** The job when this was its last part: it is held now. */
type Ended = { job: Job | null };

async function work(
  deps: Deps,
  job: Job,
  part: Part,
  started: number,
  gone: AbortSignal,
): Promise<Result<Ended, Setback>> {
  if (part.failures >= MAX_FAILURES) {
    const message = `Part ${part.n} was given up after ${part.failures} attempts that did not end.`;
    return err(fail(failure("internal_error", message)));
  }
  const prepared = await preparePart(deps, job, part);
  if (!prepared.ok) return prepared;
  const audio = prepared.value;

  let upstreamMs = 0;
  for (const purpose of purposesOf(job)) {
    const late = leaveForNext(deps, started);
    if (late) return err(late);
    const call = { job, part: part.n, attempt: part.attempt, purpose, seconds: part.end - part.start };
    const answer = await buyAnswer(deps, call, audio, gone);
    if (!answer.ok)
      return isTooMuch(answer.error, part) ? divide(deps, job, part, audio, answer.error) : answer;
    upstreamMs += answer.value.upstreamMs;
  }
  const finished = await finishPart(deps.db, part, upstreamMs, deps.config.tenantShare, deps.now());
  await wakeParts(deps, finished.wake);
  return finished.isLost ? err({ kind: "lost" }) : ok({ job: finished.job });
}

/** Puts smaller pieces in the part's place; when there can be none, what was said stands. */
async function divide(
  deps: Deps,
  job: Job,
  part: Part,
  audio: PartAudio,
  said: Setback,
): Promise<Result<Ended, Setback>> {
  const pieces = await divideAudio(deps, job, part, audio);
  if (pieces.length < 2) return err(said);
  log("part.split", { job_id: job.id, part: part.n, pieces: pieces.length });
  const divided = await dividePart(deps.db, part, pieces, deps.config.tenantShare, deps.now());
  await wakeParts(deps, divided.wake);
  return divided.isLost ? err({ kind: "lost" }) : ok({ job: null });
}

/** What smaller pieces may cure: the upstream's limits at once, its failures when one more try has not helped. */
function isTooMuch(setback: Setback, part: Part): boolean {
  if (setback.kind === "failed_call") return part.failedCalls + 1 >= MAX_FAILED_CALLS;
  const limits = ["audio_too_long", "file_too_large", "public_url_missing"];
  return setback.kind === "fail" && limits.includes(setback.failure.code);
}
