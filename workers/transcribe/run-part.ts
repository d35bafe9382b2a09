import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { MAX_FAILED_CALLS, MAX_FAILURES } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import type { Part, PartAudio, PartName } from "../../shared/part.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { claimPart, dividePart, finishPart, listParts } from "../../shared/storage/parts.ts";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { assembleJob } from "./assemble/assemble-job.ts";
import { holdPart, workUnder } from "./claim.ts";
import type { Deps } from "./deps.ts";
import { fail, leaveForNext, type Setback } from "./outcome.ts";
import { preparePart } from "./parts/prepare-part.ts";
import { divideAudio } from "./parts/split-audio.ts";
import { wakeParts } from "./parts/wake-parts.ts";
import { buyAnswer } from "./speech/buy-answer.ts";
import { combineAnswers, purposesOf } from "./speech/part-answers.ts";

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
  if (ended) await assembleJob(deps, ended.job, ended.parts, started, ended.only);
}

/** After the last part: the claimed job, its parts, and the transcript of a part that is the only one. */
type Ended = { job: Job; parts: Part[]; only: Transcript | null };

async function work(
  deps: Deps,
  job: Job,
  part: Part,
  started: number,
  gone: AbortSignal,
): Promise<Result<Ended | null, Setback>> {
  if (part.failures >= MAX_FAILURES) {
    const message = `Part ${part.n} was given up after ${part.failures} attempts that did not end.`;
    return err(fail(failure("internal_error", message)));
  }
  const prepared = await preparePart(deps, job, part);
  if (!prepared.ok) return prepared;
  const audio = prepared.value;

  let upstreamMs = 0;
  const answers: Transcript[] = [];
  for (const purpose of purposesOf(job)) {
    const late = leaveForNext(deps, started);
    if (late) return err(late);
    const call = { job, part: part.n, attempt: part.attempt, purpose, seconds: part.end - part.start };
    const answer = await buyAnswer(deps, call, audio, gone);
    if (!answer.ok)
      return isTooMuch(answer.error, part) ? divide(deps, job, part, audio, answer.error) : answer;
    upstreamMs += answer.value.upstreamMs;
    answers.push(answer.value.transcript);
  }
  const finished = await finishPart(deps.db, part, upstreamMs, deps.config.tenantShare, deps.now());
  await wakeParts(deps, finished.wake);
  if (finished.isLost) return err({ kind: "lost" });
  if (!finished.job) return ok(null);
  const parts = await listParts(deps.db, job.id);
  return ok({ job: finished.job, parts, only: parts.length === 1 ? combineAnswers(answers) : null });
}

/** Puts smaller pieces in the part's place; when there can be none, what was said stands. */
async function divide(
  deps: Deps,
  job: Job,
  part: Part,
  audio: PartAudio,
  said: Setback,
): Promise<Result<Ended | null, Setback>> {
  const pieces = await divideAudio(deps, job, part, audio);
  if (pieces.length < 2) return err(said);
  log("part.divided", { job_id: job.id, part: part.n, pieces: pieces.length });
  const divided = await dividePart(deps.db, part, pieces, deps.config.tenantShare, deps.now());
  await wakeParts(deps, divided.wake);
  return divided.isLost ? err({ kind: "lost" }) : ok(null);
}

/** What smaller pieces may cure: the upstream's limits at once, its failures when one more try has not helped. */
function isTooMuch(setback: Setback, part: Part): boolean {
  if (setback.kind === "failed_call") return part.failedCalls + 1 >= MAX_FAILED_CALLS;
  const limits = ["audio_too_long", "file_too_large", "public_url_missing"];
  return setback.kind === "fail" && limits.includes(setback.failure.code);
}
