import type { Job } from "../../../shared/job.ts";
import { readJob } from "../../../shared/storage/jobs.ts";
import { quotaIn } from "../../../shared/storage/quota.ts";
import { finishUpload } from "../../../shared/storage/upload-bytes.ts";
import { claimUpload, readUpload, type Upload } from "../../../shared/storage/uploads.ts";
import { createJob, NO_AUDIO, type StoredSource } from "../jobs/create-job.ts";
import type { JobRequest } from "../jobs/job-options.ts";

export type UploadDeps = {
  env: Pick<Cloudflare.IngestEnv, "DB" | "BUCKET" | "TRANSCRIBE_QUEUE" | "NOTIFY_QUEUE">;
  now: () => number;
};

/**
 * Takes an upload as far as it can go without its client: once its last byte is there it is put together, and becomes a
 * job if it came with options. Every request that looks at it does this, since the Worker that took the last byte may
 * have died.
 */
export async function finalizeUpload(deps: UploadDeps, upload: Upload): Promise<Upload> {
  const { env, now } = deps;
  let final = upload;
  if (final.status === "receiving" && !final.direct && final.offset === final.bytes) {
    const claimed = await claimUpload(env.DB, upload.id, now());
    if (!claimed) return (await readUpload(env.DB, upload.tenantId, upload.id)) ?? upload;
    final = await finishUpload({ db: env.DB, bucket: env.BUCKET, now }, claimed);
  }
  if (final.status !== "stored" || final.request === null) return final;
  try {
    await makeJob(deps, final, JSON.parse(final.request)); // checked before it was kept
  } catch (error) {
    // The bytes are safe: the next look, or the sweep, makes the job once the tenant's limits allow it.
    if (quotaIn(error)) return final;
    throw error;
  }
  return { ...final, status: "used" };
}

/** The recording of a stored upload. Its job takes over the bytes where they are. */
export function sourceOf(upload: Upload): StoredSource {
  return {
    kind: "stored",
    jobId: upload.jobId,
    createdAt: upload.createdAt,
    audioKey: upload.key,
    audio: {
      ...NO_AUDIO,
      filename: upload.filename,
      content_type: upload.contentType,
      bytes: upload.bytes,
      sha256: upload.hash,
    },
  };
}

/** If two make the same job at once, one does, and the other finds it. */
async function makeJob(deps: UploadDeps, upload: Upload, options: JobRequest): Promise<Job> {
  try {
    return await createJob(deps, upload, options, sourceOf(upload));
  } catch (error) {
    const made = await readJob(deps.env.DB, upload.tenantId, upload.jobId);
    if (made) return made;
    throw error;
  }
}
