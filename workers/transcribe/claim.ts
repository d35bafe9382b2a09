import type { Failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { HEARTBEAT_MS, LAST_WRITE_MS, MAX_FAILED_CALLS } from "../../shared/limits.ts";
import { describeError, log } from "../../shared/log.ts";
import type { Part } from "../../shared/part.ts";
import { backoffMs } from "../../shared/queue/backoff.ts";
import { jobMessage, partMessage, type TranscribeMessage } from "../../shared/queue/message.ts";
import type { Result } from "../../shared/result.ts";
import { closeStorageGate } from "../../shared/storage/gates.ts";
import { deferFailedJob, deferJob, extendLease, readAnyJob } from "../../shared/storage/job-work.ts";
import { type Deferral, deferPart, extendPart } from "../../shared/storage/parts.ts";
import { isPassing } from "../../shared/storage/passing-error.ts";
import type { Deps } from "./deps.ts";
import { finishFailed } from "./finish-job.ts";
import { deferTo, type Outcome } from "./outcome.ts";

const SHORT_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 600_000;
/** Between tries to give a claim back while the database is away. */
const GIVE_BACK_PAUSE = { baseMs: 1_000, maxMs: 15_000 };

/** A claimed job or part, and what can be done with the claim. */
type Claim = {
  jobId: string;
  /** For the log. */
  name: Record<string, string | number>;
  /** Counted by earlier attempts. */
  failures: number;
  failedCalls: number;
  message: TranscribeMessage;
  extend(): Promise<boolean>;
  /** Gives the claim back; the next attempt may begin at `until`. */
  defer(until: number, why: Deferral): Promise<boolean>;
  fail(failure: Failure): Promise<void>;
};

/** A job makes one call of its own, which identifies speakers, so one count is enough for it. */
export function jobClaim(deps: Deps, job: Job): Claim {
  return {
    jobId: job.id,
    name: { job_id: job.id, attempt: job.attempt },
    failures: job.failures,
    failedCalls: job.failures,
    message: jobMessage(job.id),
    extend: () => extendLease(deps.db, job, deps.now()),
    defer: (until, { reason }) =>
      reason === undefined ? deferFailedJob(deps.db, job, until) : deferJob(deps.db, job, until, reason),
    fail: (failure) => finishFailed(deps, job, failure),
  };
}

export function partClaim(deps: Deps, job: Job, part: Part): Claim {
  return {
    jobId: job.id,
    name: { job_id: job.id, part: part.n, attempt: part.attempt },
    failures: part.failures,
    failedCalls: part.failedCalls,
    message: partMessage(part),
    extend: () => extendPart(deps.db, part, deps.now()),
    defer: (until, why) => deferPart(deps.db, part, until, why),
    fail: (failure) => finishFailed(deps, job, failure, part),
  };
}

/**
 * Does the work under a claim that is kept alive by heartbeats. Null: the work did not finish, and its outcome has been
 * handled. The signal aborts only when the job has been deleted: after a cancellation an answer that is being paid for
 * is still fetched and stored, in case the job is retried.
 *
 * Storage that is away is a wait and no failure. When even that cannot be written before the invocation, which began at
 * `started`, comes to its end, the error is thrown: the lease runs out, and the sweep knows that storage was away.
 */
export async function workUnder<T>(
  deps: Deps,
  claim: Claim,
  started: number,
  work: (signal: AbortSignal) => Promise<Result<T, Outcome>>,
): Promise<T | null> {
  const deletion = new AbortController();
  const timer = setInterval(() => void heartbeat(deps, claim, deletion), HEARTBEAT_MS);
  try {
    const done = await work(deletion.signal).catch((error: unknown) => {
      if (!isPassing(error)) throw error;
      log("storage.away", { ...claim.name, error: describeError(error) });
      return null;
    });
    if (done?.ok) return done.value;
    await handleInTime(deps, started, async () => {
      await handleOutcome(deps, claim, done?.error ?? (await waitForStorage(deps)));
    });
    return null;
  } finally {
    clearInterval(timer);
  }
}

/** Repeats what gives a claim back or ends it: each is fenced, so that it takes effect once. */
async function handleInTime(deps: Deps, started: number, act: () => Promise<void>): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      return await act();
    } catch (error) {
      if (!isPassing(error) || deps.now() >= started + LAST_WRITE_MS) throw error;
      await deps.pause(backoffMs(n, deps.random(), GIVE_BACK_PAUSE));
    }
  }
}

/** Closes the gate, so that nobody else begins what cannot be kept. */
async function waitForStorage(deps: Deps): Promise<Outcome> {
  const { closedUntil, reason } = await closeStorageGate(deps.db, deps.now(), deps.random());
  return deferTo(deps, closedUntil, reason);
}

async function heartbeat(deps: Deps, claim: Claim, deletion: AbortController): Promise<void> {
  try {
    if (await claim.extend()) return;
    if ((await readAnyJob(deps.db, claim.jobId)) === null) deletion.abort(new Error("the job was deleted"));
  } catch (error) {
    // The next heartbeat may get through; if none does, the lease runs out, as it should.
    log("claim.heartbeat_failed", { ...claim.name, error: describeError(error) });
  }
}

async function handleOutcome(deps: Deps, claim: Claim, outcome: Outcome): Promise<void> {
  switch (outcome.kind) {
    case "fail":
      return claim.fail(outcome.failure);
    case "retry":
      if (claim.failures + 1 >= outcome.atMost) return claim.fail(outcome.failure);
      return tryAgain(deps, claim, outcome.failure, { failures: 1 }, outcome.pauseMs);
    case "upstream_failed":
      if (claim.failedCalls + 1 >= MAX_FAILED_CALLS) return claim.fail(outcome.failure);
      return tryAgain(deps, claim, outcome.failure, { failedCalls: 1 });
    case "defer":
      log("job.waits", { ...claim.name, reason: outcome.reason });
      return deferUntil(deps, claim, outcome.until, { reason: outcome.reason });
    case "lease_lost":
      return log("job.claim_lost", claim.name);
  }
}

function tryAgain(
  deps: Deps,
  claim: Claim,
  failure: Failure,
  count: Deferral,
  baseMs = SHORT_PAUSE_MS,
): Promise<void> {
  log("job.will_retry", { ...claim.name, code: failure.code });
  const earlier = count.failedCalls ? claim.failedCalls : claim.failures;
  const delayMs = backoffMs(earlier + 1, deps.random(), { baseMs, maxMs: LONGEST_PAUSE_MS });
  return deferUntil(deps, claim, deps.now() + delayMs, count);
}

async function deferUntil(deps: Deps, claim: Claim, until: number, why: Deferral): Promise<void> {
  if (!(await claim.defer(until, why))) return;
  // A message of its own, not a retry of the present one: waiting must not use up the queue's retries.
  const delaySeconds = Math.max(0, Math.ceil((until - deps.now()) / 1000));
  await deps.transcribeQueue.send(claim.message, { delaySeconds });
}
