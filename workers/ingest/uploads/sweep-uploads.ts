import { PURGE_AGAIN_MS } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { removeJobObjects } from "../../../shared/storage/job-objects.ts";
import { abortUpload } from "../../../shared/storage/store-audio.ts";
import { deleteUpload, dueUploads, postponeUpload, type Upload } from "../../../shared/storage/uploads.ts";
import { finalizeUpload } from "./finalize-upload.ts";

/** A few subrequests each; an upload that is due and has no room in this sweep has it in the next. */
const BATCH = 50;
/** What could not be finished now: R2 or D1 does not answer. */
const TRY_AGAIN_MS = 5 * 60_000;

type Env = Pick<Cloudflare.IngestEnv, "DB" | "BUCKET" | "TRANSCRIBE_QUEUE" | "NOTIFY_QUEUE">;

/** Finishes uploads whose Worker died at their last byte, and removes expired ones. */
export async function sweepUploads(env: Env, now: () => number): Promise<void> {
  for (const upload of await dueUploads(env.DB, now(), BATCH)) {
    try {
      await sweepUpload(env, upload, now);
    } catch (error) {
      log("sweep.upload_failed", { upload_id: upload.id, error: describeError(error) });
      await postponeUpload(env.DB, upload.id, now() + TRY_AGAIN_MS);
    }
  }
}

async function sweepUpload(env: Env, upload: Upload, now: () => number): Promise<void> {
  if (now() >= upload.expiresAt) {
    await removeUpload(env, upload, now());
    log("sweep.upload_removed", { upload_id: upload.id, bytes: upload.offset });
    return;
  }
  const settled = await finalizeUpload(env, upload, now);
  if (settled.status === "used") return; // its job's insertion has set the time of the next look
  // One that is to become a job waits for its tenant's limits.
  const isDue = settled.status === "stored" && settled.request !== null;
  await postponeUpload(env.DB, upload.id, isDue ? now() + TRY_AGAIN_MS : upload.expiresAt + PURGE_AGAIN_MS);
}

/** Removes an upload with its bytes, unless they are a job's. Safe to repeat. */
export async function removeUpload(env: Env, upload: Upload, now: number): Promise<void> {
  if (upload.multipart !== null) await abortUpload(env.BUCKET, upload.key, upload.multipart);
  if (await deleteUpload(env.DB, upload, now)) {
    await removeJobObjects(env.BUCKET, upload.tenantId, upload.jobId);
  }
}
