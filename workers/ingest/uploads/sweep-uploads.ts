import { PURGE_AGAIN_MS } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { removeJobObjects } from "../../../shared/storage/job-objects.ts";
import { abortUpload } from "../../../shared/storage/store-audio.ts";
import { deleteUpload, dueUploads, postponeUpload, type Upload } from "../../../shared/storage/uploads.ts";
import { finalizeUpload, type UploadDeps } from "./finalize-upload.ts";

/** Each takes a few subrequests. Further uploads that are due wait for the next sweep. */
const BATCH = 50;
/** For an upload that could not be finished because R2 or D1 did not answer. */
const TRY_AGAIN_MS = 5 * 60_000;

/** Finishes uploads whose Worker died at their last byte. Removes expired ones. */
export async function sweepUploads(env: UploadDeps["env"], now: () => number): Promise<void> {
  for (const upload of await dueUploads(env.DB, now(), BATCH)) {
    try {
      await sweepUpload({ env, now }, upload);
    } catch (error) {
      log("sweep.upload_failed", { upload_id: upload.id, error: describeError(error) });
      await postponeUpload(env.DB, upload.id, now() + TRY_AGAIN_MS);
    }
  }
}

async function sweepUpload(deps: UploadDeps, upload: Upload): Promise<void> {
  const { env, now } = deps;
  if (now() >= upload.expiresAt) {
    await removeUpload(deps, upload);
    log("sweep.upload_removed", { upload_id: upload.id, bytes: upload.offset });
    return;
  }
  const final = await finalizeUpload(deps, upload);
  if (final.status === "used") return; // its job's insertion has set the time of the next look
  // An upload with a job's options waits until the tenant's limits allow the job.
  const isDue = final.status === "stored" && final.request !== null;
  await postponeUpload(env.DB, upload.id, isDue ? now() + TRY_AGAIN_MS : upload.expiresAt + PURGE_AGAIN_MS);
}

/** Removes an upload with its bytes, unless they are a job's. Safe to repeat. */
export async function removeUpload({ env, now }: UploadDeps, upload: Upload): Promise<void> {
  if (upload.multipart !== null) await abortUpload(env.BUCKET, upload.key, upload.multipart);
  if (await deleteUpload(env.DB, upload, now())) {
    await removeJobObjects(env.BUCKET, upload.tenantId, upload.jobId);
  }
}
