import { IDEMPOTENCY_LIFE_MS, PENDING_AUDIO_IDLE_MS } from "../../../shared/limits.ts";
import { log } from "../../../shared/log.ts";
import { sweepRequests } from "../../../shared/storage/idempotency.ts";
import { duePurges, endPurge, removeJobObjects } from "../../../shared/storage/job-objects.ts";
import { sweepShares } from "../../../shared/storage/keys.ts";
import { abandonedAudio, closePendingAudio } from "../../../shared/storage/pending-audio.ts";
import { abortUpload, removeAudio } from "../../../shared/storage/store-audio.ts";

const BATCH = 100;
/** Rows that one statement deletes. */
const ROWS = 1_000;

/**
 * Removes from R2 what broken uploads and deleted jobs have left. Deletes old responses of idempotent requests, and keys
 * of expired share links.
 */
export async function sweepPendingAudio(
  env: Pick<Cloudflare.IngestEnv, "DB" | "BUCKET">,
  now: () => number,
): Promise<void> {
  for (const { key, uploadId } of await abandonedAudio(env.DB, now() - PENDING_AUDIO_IDLE_MS, BATCH)) {
    if (uploadId) await abortUpload(env.BUCKET, key, uploadId);
    await removeAudio(env.BUCKET, key);
    await closePendingAudio(env.DB, key);
    log("sweep.pending_audio_removed", { key });
  }
  for (const { jobId, tenantId, kind } of await duePurges(env.DB, now(), BATCH)) {
    await removeJobObjects(env.BUCKET, tenantId, jobId, kind);
    await endPurge(env.DB, jobId);
  }
  await sweepRequests(env.DB, now() - IDEMPOTENCY_LIFE_MS, ROWS);
  await sweepShares(env.DB, now(), ROWS);
}
