import { backoffMs } from "../../shared/backoff.ts";
import type { Failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { HEARTBEAT_MS } from "../../shared/limits.ts";
import { describeError, log } from "../../shared/log.ts";
import { jobMessage, partMessage, type TranscribeMessage } from "../../shared/message.ts";
import type { Part } from "../../shared/part.ts";
import { extendLease, putOff, putOffFailed, readAnyJob } from "../../shared/storage/job-work.ts";
import { extendPart, putOffPart } from "../../shared/storage/parts.ts";
import { finishFailed } from "./finish-job.ts";
import type { Setback } from "./setback.ts";
import type { World } from "./world.ts";

const SHORT_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 600_000;

/** What is held, a job or one of its parts, and what can become of it. */
export type Claim = {
  jobId: string;
  /** For the log. */
  name: Record<string, string | number>;
  failures: number;
  message: TranscribeMessage;
  extend(): Promise<boolean>;
  wait(until: number, reason: string): Promise<boolean>;
  waitAfterFailure(until: number): Promise<boolean>;
  fail(failure: Failure): Promise<void>;
};

export function holdJob(world: World, job: Job): Claim {
  return {
    jobId: job.id,
    name: { job_id: job.id, attempt: job.attempt },
    failures: job.failures,
    message: jobMessage(job.id),
    extend: () => extendLease(world.db, job, world.now()),
    wait: (until, reason) => putOff(world.db, job, until, reason),
    waitAfterFailure: (until) => putOffFailed(world.db, job, until),
    fail: (failure) => finishFailed(world, job, failure),
  };
}

export function holdPart(world: World, job: Job, part: Part): Claim {
  return {
    jobId: job.id,
    name: { job_id: job.id, part: part.n, attempt: part.attempt },
    failures: part.failures,
    message: partMessage(job.id, part.n),
    extend: () => extendPart(world.db, part, world.now()),
    wait: (until, reason) => putOffPart(world.db, part, until, { failed: false, reason }),
    waitAfterFailure: (until) => putOffPart(world.db, part, until, { failed: true, reason: null }),
    fail: (failure) => finishFailed(world, job, failure),
  };
}

/**
 * Does the work under a claim that is kept alive, and settles what came in its way. The signal aborts only when the
 * job has been deleted: after a cancellation an answer that is being paid for is still fetched and kept, should the
 * job be retried.
 */
export async function workUnder(
  world: World,
  claim: Claim,
  work: (gone: AbortSignal) => Promise<Setback | null>,
): Promise<void> {
  const gone = new AbortController();
  const timer = setInterval(() => void beat(world, claim, gone), HEARTBEAT_MS);
  let setback: Setback | null;
  try {
    setback = await work(gone.signal);
  } finally {
    clearInterval(timer);
  }
  if (setback) await settle(world, claim, setback);
}

async function beat(world: World, claim: Claim, gone: AbortController): Promise<void> {
  try {
    if (await claim.extend()) return;
    if ((await readAnyJob(world.db, claim.jobId)) === null) gone.abort(new Error("the job was deleted"));
  } catch (error) {
    // The next beat may get through; if none does, the claim runs out, which is what a claim is for.
    log("claim.heartbeat_failed", { ...claim.name, error: describeError(error) });
  }
}

async function settle(world: World, claim: Claim, setback: Setback): Promise<void> {
  switch (setback.kind) {
    case "fail":
      return claim.fail(setback.failure);
    case "again": {
      if (claim.failures + 1 >= setback.atMost) return claim.fail(setback.failure);
      log("job.will_retry", { ...claim.name, code: setback.failure.code });
      const delayMs = backoffMs(claim.failures + 1, world.random(), {
        baseMs: setback.pauseMs ?? SHORT_PAUSE_MS,
        maxMs: LONGEST_PAUSE_MS,
      });
      const until = world.now() + delayMs;
      if (await claim.waitAfterFailure(until)) await wake(world, claim.message, until);
      return;
    }
    case "wait":
      log("job.waits", { ...claim.name, reason: setback.reason });
      if (await claim.wait(setback.until, setback.reason)) await wake(world, claim.message, setback.until);
      return;
    case "lost":
      return log("job.claim_lost", claim.name);
  }
}

/** A message of its own, not a retry of this one: waiting must not use up the queue's patience. */
async function wake(world: World, message: TranscribeMessage, at: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((at - world.now()) / 1000));
  await world.transcribeQueue.send(message, { delaySeconds });
}
