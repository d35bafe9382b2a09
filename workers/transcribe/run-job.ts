import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { MAX_FAILURES } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import { partMessage } from "../../shared/message.ts";
import { claimJob, startSpending } from "../../shared/storage/job-work.ts";
import { handOver, listParts } from "../../shared/storage/parts.ts";
import { assemble } from "./assemble.ts";
import { holdJob, workUnder } from "./claim.ts";
import { finishCompleted } from "./finish-job.ts";
import { importSource } from "./import-source.ts";
import { planParts } from "./plan-parts.ts";
import { probeAudio } from "./probe-audio.ts";
import { reuseTranscript } from "./reuse-transcript.ts";
import { runPart } from "./run-part.ts";
import { fail, type Setback } from "./setback.ts";
import type { World } from "./world.ts";

/** Another job is paying for the same audio: look again when it may be done. */
const TWIN_WAIT_MS = 5_000;

/**
 * One attempt at one job: import, probe, plan, then its parts; when they are done, assemble. Each step leaves its
 * result in D1 or R2, so a later attempt starts where this one stopped. Storage that fails is thrown: the queue tries
 * again.
 */
export async function runJob(world: World, jobId: string): Promise<void> {
  const job = await claimJob(world.db, jobId, world.now());
  if (!job) return log("job.not_claimed", { job_id: jobId });
  log("job.claimed", { job_id: job.id, attempt: job.attempt });
  let wake: number[] = [];
  await workUnder(world, holdJob(world, job), async (gone) => {
    const step = await work(world, job, gone);
    if (Array.isArray(step)) wake = step;
    return Array.isArray(step) ? null : step;
  });
  // A single part is done here and now: a short recording needs no second hop through the queue.
  const [only, ...others] = wake;
  if (only !== undefined && others.length === 0) return runPart(world, jobId, only);
  if (wake.length > 0) {
    await world.transcribeQueue.sendBatch(wake.map((n) => ({ body: partMessage(jobId, n) })));
  }
}

/** Null when the job is completed; the parts to wake when it has been handed over to them. */
async function work(world: World, claimed: Job, gone: AbortSignal): Promise<Setback | number[] | null> {
  if (claimed.failures >= MAX_FAILURES) {
    return fail(failure("internal_error", `Given up after ${claimed.failures} attempts that did not end.`));
  }
  const imported = await importSource(world, claimed, gone);
  if (!imported.ok) return imported.error;
  const probed = await probeAudio(world, imported.value);
  if (!probed.ok) return probed.error;
  const job = probed.value;

  const parts = await listParts(world.db, job.id);
  if (parts.length > 0 && parts.every((part) => part.status === "done")) {
    const assembled = await assemble(world, job, parts, gone);
    if (!assembled.ok) return assembled.error;
    const { result, upstreamMs } = assembled.value;
    return (await finishCompleted(world, job, result, upstreamMs)) ? null : { kind: "lost" };
  }

  const reused = await reuseTranscript(world, job);
  if (reused) return (await finishCompleted(world, job, reused, 0)) ? null : { kind: "lost" };
  if (job.fingerprint !== null && !(await startSpending(world.db, job))) {
    return { kind: "wait", until: world.now() + TWIN_WAIT_MS, reason: "same_recording_in_progress" };
  }
  const spans = await planParts(world, job);
  if (!spans.ok) return spans.error;
  const wake = await handOver(world.db, job, spans.value, world.config.partsAtOnce, world.now());
  return wake ?? { kind: "lost" };
}
