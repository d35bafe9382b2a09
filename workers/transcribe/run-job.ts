import { backoffMs } from "../../shared/backoff.ts";
import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { MAX_FAILURES } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import { jobMessage } from "../../shared/message.ts";
import { claimJob, putOff, putOffFailed } from "../../shared/storage/job-work.ts";
import { finishCompleted, finishFailed } from "./finish-job.ts";
import { importSource } from "./import-source.ts";
import { holdLease } from "./lease.ts";
import { probeAudio } from "./probe-audio.ts";
import { reuseTranscript } from "./reuse-transcript.ts";
import { fail, type Setback } from "./setback.ts";
import { transcribe } from "./transcribe.ts";
import type { World } from "./world.ts";

const SHORT_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * One attempt at one job: claim, import, probe, transcribe, complete. Each step leaves its result in D1 or R2, so a
 * later attempt starts where this one stopped. Storage that fails is thrown: the queue tries again.
 */
export async function runJob(world: World, jobId: string): Promise<void> {
  const job = await claimJob(world.db, jobId, world.now());
  if (!job) return log("job.not_claimed", { job_id: jobId });
  log("job.claimed", { job_id: job.id, attempt: job.attempt });
  const setback = await holdLease(world, job, (signal) => work(world, job, signal));
  if (setback) await settle(world, job, setback);
}

/** Null when the job is completed. */
async function work(world: World, claimed: Job, signal: AbortSignal): Promise<Setback | null> {
  if (claimed.failures >= MAX_FAILURES) {
    return fail(failure("internal_error", `Given up after ${claimed.failures} attempts that did not end.`));
  }
  const imported = await importSource(world, claimed, signal);
  if (!imported.ok) return imported.error;
  const probed = await probeAudio(world, imported.value);
  if (!probed.ok) return probed.error;
  const job = probed.value;

  const reused = await reuseTranscript(world, job);
  if (reused) return (await finishCompleted(world, job, reused, 0)) ? null : { kind: "lost" };

  const transcript = await transcribe(world, job, signal);
  if (!transcript.ok) return transcript.error;
  const { summary, upstreamMs } = transcript.value;
  return (await finishCompleted(world, job, summary, upstreamMs)) ? null : { kind: "lost" };
}

async function settle(world: World, job: Job, setback: Setback): Promise<void> {
  switch (setback.kind) {
    case "fail":
      return finishFailed(world, job, setback.failure);
    case "again": {
      if (job.failures + 1 >= setback.atMost) return finishFailed(world, job, setback.failure);
      log("job.will_retry", { job_id: job.id, attempt: job.attempt, code: setback.failure.code });
      const delayMs = backoffMs(job.failures + 1, world.random(), {
        baseMs: setback.pauseMs ?? SHORT_PAUSE_MS,
        maxMs: LONGEST_PAUSE_MS,
      });
      const until = world.now() + delayMs;
      if (await putOffFailed(world.db, job, until)) await wake(world, job, until);
      return;
    }
    case "wait":
      log("job.waits", { job_id: job.id, attempt: job.attempt, reason: setback.reason });
      if (await putOff(world.db, job, setback.until, setback.reason)) await wake(world, job, setback.until);
      return;
    case "lost":
      return log("job.claim_lost", { job_id: job.id, attempt: job.attempt });
  }
}

/** A message of its own, not a retry of this one: waiting must not use up the queue's patience. */
async function wake(world: World, job: Job, at: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((at - world.now()) / 1000));
  await world.transcribeQueue.send(jobMessage(job.id), { delaySeconds });
}
