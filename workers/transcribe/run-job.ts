import { failure } from "../../shared/failure.ts";
import { newId } from "../../shared/id.ts";
import type { Job } from "../../shared/job.ts";
import { MAX_FAILURES } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import type { Part } from "../../shared/part.ts";
import { eventMessage } from "../../shared/queue/message.ts";
import { wake } from "../../shared/queue/wake.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { readGate } from "../../shared/storage/gates.ts";
import { claimJob, startSpending } from "../../shared/storage/job-work.ts";
import { dispatched, fanOut, listParts } from "../../shared/storage/parts.ts";
import { eventOf } from "../../shared/webhooks/event.ts";
import { assembleJob, isReady } from "./assemble/assemble-job.ts";
import { jobClaim, workUnder } from "./claim.ts";
import type { Deps } from "./deps.ts";
import { finishCompleted } from "./finish-job.ts";
import { importSource } from "./import/import-source.ts";
import { meter } from "./meter.ts";
import { deferTo, fail, type Outcome } from "./outcome.ts";
import { planParts } from "./parts/plan-parts.ts";
import { wakeParts } from "./parts/wake-parts.ts";
import { probeAudio } from "./probe/probe-audio.ts";
import { reuseTranscript } from "./reuse/reuse-transcript.ts";
import { workOnPart } from "./run-part.ts";

/** Another job is paying for the same audio: this one looks again after this time. */
const DUPLICATE_WAIT_MS = 5_000;

/**
 * One attempt at one job: import, probe, plan, then its parts; when they are done, assemble. Each step leaves its
 * result in D1 or R2, so a later attempt starts where this one stopped. Storage that is away
 * is waited for.
 */
export async function runJob(deps: Deps, jobId: string): Promise<void> {
  const started = deps.now();
  const job = await claimJob(deps.db, jobId, started);
  if (!job) return log("job.not_claimed", { job_id: jobId });
  log("job.claimed", { job_id: job.id, attempt: job.attempt });
  // A job that was never claimed before has no parts.
  const parts = job.attempt > 1 ? await listParts(deps.db, job.id) : [];
  if (isReady(parts)) return assembleJob(deps, job, parts, started);

  const dispatch = await workUnder(deps, jobClaim(deps, job), started, (signal) =>
    prepareJob(deps, job, parts, signal),
  );
  // A short recording needs no second message.
  if (dispatch?.onlyPart) await workOnPart(deps, dispatch.job, dispatch.onlyPart, started);
}

/** The job after its parts were dispatched. A part that is the only one is claimed already, for this invocation. */
type Dispatched = { job: Job; onlyPart: Part | null };

/** Everything before the parts. Null: the job was completed with the transcript of a duplicate. */
async function prepareJob(
  deps: Deps,
  claimed: Job,
  parts: Part[],
  signal: AbortSignal,
): Promise<Result<Dispatched | null, Outcome>> {
  if (claimed.failures >= MAX_FAILURES) {
    const message = `Given up after ${claimed.failures} attempts that did not end.`;
    return err(fail(failure("internal_error", message)));
  }
  const away = await readGate(deps.db, deps.now(), "storage");
  if (away) return err(deferTo(deps, away.closedUntil, away.reason));
  const imported = await importSource(deps, claimed, signal);
  if (!imported.ok) return imported;
  const probed = await probeAudio(deps, imported.value);
  if (!probed.ok) return probed;
  const job = probed.value;

  const reused = await reuseTranscript(deps, job);
  if (reused) return (await finishCompleted(deps, job, reused, 0)) ? ok(null) : err({ kind: "lease_lost" });
  if (job.fingerprint !== null && !(await startSpending(deps.db, job))) {
    return err({
      kind: "defer",
      until: deps.now() + DUPLICATE_WAIT_MS,
      reason: "same_recording_in_progress",
    });
  }
  const refused = await meter(deps, job);
  if (refused) return err(refused);
  const planned = parts.length > 0 ? ok({ job, spans: [] }) : await planParts(deps, job);
  if (!planned.ok) return planned;
  const { spans } = planned.value;
  const after = dispatched(planned.value.job, spans);
  const now = deps.now();
  const event = eventOf(newId("evt", now), "job.started", after, null, now);
  const fannedOut = await fanOut(deps.db, after, spans, deps.config.tenantConcurrency, now, event);
  await wakeParts(deps, fannedOut.wake);
  if (fannedOut.isAnnounced) await wake(deps.notifyQueue, [eventMessage(event.id)]);
  return fannedOut.isLost ? err({ kind: "lease_lost" }) : ok({ job: after, onlyPart: fannedOut.claimed });
}
