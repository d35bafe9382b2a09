import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { MAX_FAILURES, MAX_UPSTREAM_FAILURES } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import { partMessage } from "../../shared/message.ts";
import type { Part } from "../../shared/part.ts";
import { readAnyJob } from "../../shared/storage/job-work.ts";
import { claimPart, dividePart, finishPart } from "../../shared/storage/parts.ts";
import { buyAnswer } from "./buy-answer.ts";
import { holdPart, workUnder } from "./claim.ts";
import { divideAudio } from "./divide-audio.ts";
import { preparePart } from "./prepare-part.ts";
import { purposesOf } from "./purposes.ts";
import { runJob } from "./run-job.ts";
import { fail, type Setback } from "./setback.ts";
import type { World } from "./world.ts";

/** One attempt at one part: its audio, its answer. Whoever finishes the last one goes on to assemble the job. */
export async function runPart(world: World, jobId: string, n: number): Promise<void> {
  const part = await claimPart(world.db, jobId, n, world.now());
  const job = part && (await readAnyJob(world.db, jobId));
  if (!part || !job) return log("part.not_claimed", { job_id: jobId, part: n });
  log("part.claimed", { job_id: jobId, part: n, attempt: part.attempt });
  let wake: number[] = [];
  let isLast = false;
  await workUnder(world, holdPart(world, job, part), async (gone) => {
    const step = await work(world, job, part, gone);
    if ("kind" in step) return step;
    wake = step.wake;
    isLast = step.last;
    return null;
  });
  if (wake.length > 0) {
    await world.transcribeQueue.sendBatch(wake.map((next) => ({ body: partMessage(jobId, next) })));
  }
  if (isLast) await runJob(world, jobId);
}

type Step = { wake: number[]; last: boolean };

async function work(world: World, job: Job, part: Part, gone: AbortSignal): Promise<Setback | Step> {
  if (part.failures >= MAX_FAILURES) {
    return fail(failure("internal_error", `Part ${part.n} was given up after ${part.failures} attempts.`));
  }
  const prepared = await preparePart(world, job, part);
  if (!prepared.ok) return prepared.error;
  const audio = prepared.value;
  const { partsAtOnce } = world.config;

  let upstreamMs = 0;
  for (const purpose of purposesOf(job)) {
    const call = { job, part: part.n, attempt: part.attempt, purpose, seconds: part.end - part.start };
    const answer = await buyAnswer(world, call, audio, gone);
    if (!answer.ok) {
      if (!isTooMuch(answer.error, part)) return answer.error;
      const pieces = await divideAudio(world, job, part, audio);
      if (pieces.length < 2) return answer.error;
      log("part.divided", { job_id: job.id, part: part.n, pieces: pieces.length });
      const wake = await dividePart(world.db, part, pieces, partsAtOnce, world.now());
      return wake ? { wake, last: false } : { kind: "lost" };
    }
    upstreamMs += answer.value.upstreamMs;
  }
  const finished = await finishPart(world.db, part, upstreamMs, partsAtOnce, world.now());
  return finished ?? { kind: "lost" };
}

/** What smaller pieces may cure: the upstream's limits at once, its failures when one more try has not helped. */
function isTooMuch(setback: Setback, part: Part): boolean {
  if (setback.kind === "fail") {
    return setback.failure.code === "audio_too_long" || setback.failure.code === "file_too_large";
  }
  const isFailing = setback.kind === "again" && setback.atMost === MAX_UPSTREAM_FAILURES;
  return isFailing && part.failures + 1 >= MAX_UPSTREAM_FAILURES;
}
