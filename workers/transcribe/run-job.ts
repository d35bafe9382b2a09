import { failure } from "../../shared/failure.ts";
import { newId } from "../../shared/id.ts";
import type { Job } from "../../shared/job.ts";
import { MAX_FAILURES } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import type { Part } from "../../shared/part.ts";
import { eventMessage } from "../../shared/queue/message.ts";
import { wake } from "../../shared/queue/wake.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { claimJob, startSpending } from "../../shared/storage/job-work.ts";
import { handedOver, handOver, listParts } from "../../shared/storage/parts.ts";
import { eventOf } from "../../shared/webhooks/event.ts";
import { assembleJob, isReady } from "./assemble/assemble-job.ts";
import { holdJob, workUnder } from "./claim.ts";
import type { World } from "./deps.ts";
import { finishCompleted } from "./finish-job.ts";
import { importSource } from "./import/import-source.ts";
import { meter } from "./meter.ts";
import { fail, type Setback } from "./outcome.ts";
import { planParts } from "./parts/plan-parts.ts";
import { probeAudio } from "./probe/probe-audio.ts";
import { reuseTranscript } from "./reuse/reuse-transcript.ts";
import { workOnPart } from "./run-part.ts";
import { wakeParts } from "./wake.ts";

/** Another job is paying for the same audio: look again when it may be done. */
const TWIN_WAIT_MS = 5_000;

/**
 * One attempt at one job: import, probe, plan, then its parts; when they are done, assemble. Each step leaves its
 * result in D1 or R2, so a later attempt starts where this one stopped. Storage that fails is thrown: the queue tries
 * again.
 */
export async function runJob(world: World, jobId: string): Promise<void> {
  const started = world.now();
  const job = await claimJob(world.db, jobId, started);
  if (!job) return log("job.not_claimed", { job_id: jobId });
  log("job.claimed", { job_id: job.id, attempt: job.attempt });
  // A job that nobody has held before has no parts.
  const parts = job.attempt > 1 ? await listParts(world.db, job.id) : [];
  if (isReady(parts)) return assembleJob(world, job, parts, started);

  const begun = await workUnder(world, holdJob(world, job), (gone) => begin(world, job, parts, gone));
  // A short recording needs no second hop through the queue.
  if (begun?.held) await workOnPart(world, begun.job, begun.held, started);
}

/** The job when it is in the hands of its parts, and its only part, which is held already. */
type Begun = { job: Job; held: Part | null };

/** All that comes before the parts. Null: the job is completed with the transcript of another. */
async function begin(
  world: World,
  claimed: Job,
  parts: Part[],
  gone: AbortSignal,
): Promise<Result<Begun | null, Setback>> {
  if (claimed.failures >= MAX_FAILURES) {
    const message = `Given up after ${claimed.failures} attempts that did not end.`;
    return err(fail(failure("internal_error", message)));
  }
  const imported = await importSource(world, claimed, gone);
  if (!imported.ok) return imported;
  const probed = await probeAudio(world, imported.value);
  if (!probed.ok) return probed;
  const job = probed.value;

  const reused = await reuseTranscript(world, job);
  if (reused) return (await finishCompleted(world, job, reused, 0)) ? ok(null) : err({ kind: "lost" });
  if (job.fingerprint !== null && !(await startSpending(world.db, job))) {
    return err({ kind: "wait", until: world.now() + TWIN_WAIT_MS, reason: "same_recording_in_progress" });
  }
  const refused = await meter(world, job);
  if (refused) return err(refused);
  const planned = parts.length > 0 ? ok({ job, spans: [] }) : await planParts(world, job);
  if (!planned.ok) return planned;
  const { spans } = planned.value;
  const begun = handedOver(planned.value.job, spans);
  const now = world.now();
  const event = eventOf(newId("evt", now), "job.started", begun, null, now);
  const handed = await handOver(world.db, begun, spans, world.config.tenantShare, now, event);
  await wakeParts(world, handed.wake);
  if (handed.isAnnounced) await wake(world.notifyQueue, [eventMessage(event.id)]);
  return handed.isLost ? err({ kind: "lost" }) : ok({ job: begun, held: handed.held });
}
