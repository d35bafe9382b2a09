import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import {
  DEFAULT_PART_MINUTES,
  LONGEST_PART_SECONDS,
  MAX_FAILED_CALLS,
  MAX_FAILURES,
} from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import type { Part, PartAudio, PartName } from "../../shared/part.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { readGate } from "../../shared/storage/gates.ts";
import { claimPart, finishPart, listParts, splitPart } from "../../shared/storage/parts.ts";
import { assembleJob } from "./assemble/assemble-job.ts";
import { partClaim, workUnder } from "./claim.ts";
import type { Deps } from "./deps.ts";
import { deferTo, fail, leaveForNext, type Outcome } from "./outcome.ts";
import { preparePart } from "./parts/prepare-part.ts";
import { splitAudio } from "./parts/split-audio.ts";
import { wakeParts } from "./parts/wake-parts.ts";
import { buyAnswer } from "./speech/buy-answer.ts";
import { combineAnswers, type Heard, purposesOf } from "./speech/part-answers.ts";

/** One attempt at one part. */
export async function runPart(deps: Deps, name: PartName): Promise<void> {
  const started = deps.now();
  const claimed = await claimPart(deps.db, name, started);
  if (!claimed) return log("part.not_claimed", { job_id: name.jobId, part: name.n });
  await workOnPart(deps, claimed.job, claimed.part, started);
}

/** Prepares the audio of a claimed part and buys its answer. The invocation that finishes the last part assembles the job. */
export async function workOnPart(deps: Deps, job: Job, part: Part, started: number): Promise<void> {
  log("part.claimed", { job_id: job.id, part: part.n, attempt: part.attempt });
  const ended = await workUnder(deps, partClaim(deps, job, part), started, (signal) =>
    work(deps, job, part, started, signal),
  );
  if (ended) await assembleJob(deps, ended.job, ended.parts, started, ended.only);
}

/** After the last part: the claimed job, its parts, and what was heard of a part that is the only one. */
type Ended = { job: Job; parts: Part[]; only: Heard | null };

async function work(
  deps: Deps,
  job: Job,
  part: Part,
  started: number,
  signal: AbortSignal,
): Promise<Result<Ended | null, Outcome>> {
  if (part.failures >= MAX_FAILURES) {
    const message = `Part ${part.n} was given up after ${part.failures} attempts that did not end.`;
    return err(fail(failure("internal_error", message)));
  }
  const away = await readGate(deps.db, deps.now(), "storage");
  if (away) return err(deferTo(deps, away.closedUntil, away.reason));
  const prepared = await preparePart(deps, job, part);
  if (!prepared.ok) return prepared;
  const audio = prepared.value;

  let upstreamMs = 0;
  const answers: Heard[] = [];
  for (const purpose of purposesOf(job, deps.config.upstream)) {
    const late = leaveForNext(deps, started);
    if (late) return err(late);
    const call = { job, part: part.n, attempt: part.attempt, purpose, seconds: part.end - part.start };
    const answer = await buyAnswer(deps, call, audio, started, signal);
    if (!answer.ok)
      return isTooLarge(answer.error, part) ? splitUp(deps, job, part, audio, answer.error) : answer;
    upstreamMs += answer.value.upstreamMs;
    answers.push(answer.value);
  }
  const finished = await finishPart(deps.db, part, upstreamMs, deps.config.tenantConcurrency, deps.now());
  await wakeParts(deps, finished.wake);
  if (finished.isLost) return err({ kind: "lease_lost" });
  if (!finished.job) return ok(null);
  const parts = await listParts(deps.db, job.id);
  return ok({ job: finished.job, parts, only: parts.length === 1 ? combineAnswers(answers) : null });
}

/** Replaces the part with smaller ones. When it cannot be split, the outcome stands as it is. */
async function splitUp(
  deps: Deps,
  job: Job,
  part: Part,
  audio: PartAudio,
  outcome: Outcome,
): Promise<Result<Ended | null, Outcome>> {
  const seconds = (part.end - part.start) / 2;
  const partSeconds = tookTooLong(outcome, part) ? Math.min(seconds, DEFAULT_PART_MINUTES * 60) : seconds;
  const subParts = await splitAudio(deps, job, part, audio, partSeconds);
  if (subParts.length < 2) return err(outcome);
  log("part.split", { job_id: job.id, part: part.n, sub_parts: subParts.length });
  const split = await splitPart(deps.db, part, subParts, deps.config.tenantConcurrency, deps.now());
  await wakeParts(deps, split.wake);
  return split.isLost ? err({ kind: "lease_lost" }) : ok(null);
}

/** As it is, such a call would be paid for again and time out again. */
function tookTooLong(outcome: Outcome, part: Part): boolean {
  const isTimeout = outcome.kind === "upstream_failed" && outcome.isTimeout;
  return isTimeout && part.end - part.start > LONGEST_PART_SECONDS;
}

/** Smaller parts may help: at once for a limit of the speech API, for a failed call after one more try. */
function isTooLarge(outcome: Outcome, part: Part): boolean {
  if (outcome.kind === "upstream_failed") {
    return tookTooLong(outcome, part) || part.failedCalls + 1 >= MAX_FAILED_CALLS;
  }
  const limits = ["audio_too_long", "file_too_large", "public_url_missing"];
  return outcome.kind === "fail" && limits.includes(outcome.failure.code);
}
