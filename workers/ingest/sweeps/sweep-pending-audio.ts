import { IDEMPOTENCY_LIFE_MS, PENDING_AUDIO_IDLE_MS } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { sweepRequests } from "../../../shared/storage/idempotency.ts";
import { duePurges, endPurges, type Purge, removeJobObjects } from "../../../shared/storage/job-objects.ts";
import { sweepShares } from "../../../shared/storage/keys.ts";
import {
  abandonedAudio,
  abandonedUploads,
  closePendingAudio,
  closePendingUpload,
  postponeUploadRemoval,
  takeAbandoned,
} from "../../../shared/storage/pending-audio.ts";
import { abortUpload, removeAudio } from "../../../shared/storage/store-audio.ts";

/** Two queries each; the sweeps of a minute have 1,000 together. */
const ABANDONED = 50;
/** Purged together: two queries, and two requests to R2 for each. */
const PURGES = 100;
const PURGE_ROUNDS = 10;
/** Rows that one statement deletes. */
const ROWS = 1_000;

type Env = Pick<Cloudflare.IngestEnv, "DB" | "BUCKET">;

/**
 * Removes from R2 what broken uploads and deleted jobs have left. Deletes old responses of idempotent requests, and keys
 * of expired share links. What one row fails at stops no other.
 */
export async function sweepPendingAudio(env: Env, now: () => number): Promise<void> {
  const steps = [removeAbandonedUploads, removeAbandonedAudio, purge, removeOldRows];
  for (const step of steps) await carryOn(step.name, () => step(env, now));
}

async function removeAbandonedUploads({ DB, BUCKET }: Env, now: () => number): Promise<void> {
  for (const { key, uploadId } of await abandonedUploads(DB, now() - PENDING_AUDIO_IDLE_MS, ABANDONED)) {
    const isDone = await carryOn(key, () => abortUpload(BUCKET, key, uploadId));
    await (isDone ? closePendingUpload(DB, uploadId) : postponeUploadRemoval(DB, uploadId, now()));
  }
}

async function removeAbandonedAudio({ DB, BUCKET }: Env, now: () => number): Promise<void> {
  const before = now() - PENDING_AUDIO_IDLE_MS;
  for (const key of await abandonedAudio(DB, before, now(), ABANDONED)) {
    await carryOn(key, async () => {
      if (!(await takeAbandoned(DB, key, before, now()))) return;
      await removeAudio(BUCKET, key);
      await closePendingAudio(DB, key);
      log("sweep.pending_audio_removed", { key });
    });
  }
}

async function purge({ DB, BUCKET }: Env, now: () => number): Promise<void> {
  for (let n = 0; n < PURGE_ROUNDS; n++) {
    const due = await duePurges(DB, now(), PURGES);
    const done: Purge[] = [];
    for (const one of due) {
      const { jobId, tenantId, kind } = one;
      if (await carryOn(jobId, () => removeJobObjects(BUCKET, tenantId, jobId, kind))) done.push(one);
    }
    await endPurges(DB, done, now());
    if (done.length < PURGES) return;
  }
}

async function removeOldRows({ DB }: Env, now: () => number): Promise<void> {
  await sweepRequests(DB, now() - IDEMPOTENCY_LIFE_MS, ROWS);
  await sweepShares(DB, now(), ROWS);
}

/** False: it failed, and the next sweep tries again. */
async function carryOn(what: string, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    log("sweep.failed", { part: what, error: describeError(error) });
    return false;
  }
}
