import type { Job } from "../../../shared/job.ts";
import { readJob } from "../../../shared/storage/jobs.ts";
import { quotaIn } from "../../../shared/storage/quota.ts";
import { finishUpload } from "../../../shared/storage/upload-bytes.ts";
import { claimUpload, readUpload, type Upload } from "../../../shared/storage/uploads.ts";
import { Refusal } from "../http/problem.ts";
import { createJob, NO_AUDIO, type Source } from "../jobs/create-job.ts";
import type { JobRequest } from "../jobs/job-options.ts";

type Env = Pick<Cloudflare.IngestEnv, "DB" | "BUCKET" | "TRANSCRIBE_QUEUE" | "NOTIFY_QUEUE">;

/**
 * Takes an upload as far as it can go by itself: one whose last byte is there is put together, and becomes a job if
 * it came with options. Whoever looks at it does this, since the Worker that took the last byte may have died.
 */
export async function finalizeUpload(env: Env, upload: Upload, now: () => number): Promise<Upload> {
  let settled = upload;
  if (settled.status === "receiving" && !settled.direct && settled.offset === settled.bytes) {
    const held = await claimUpload(env.DB, upload.id, now());
    if (!held) return (await readUpload(env.DB, upload.tenantId, upload.id)) ?? upload;
    settled = await finishUpload({ db: env.DB, bucket: env.BUCKET, now }, held);
  }
  if (settled.status !== "stored" || settled.request === null) return settled;
  try {
    await makeJob(env, settled, JSON.parse(settled.request), now()); // checked before it was kept
  } catch (error) {
    // The bytes are safe: whoever looks next, or the sweep, makes the job once the tenant's limits allow it.
    if (quotaIn(error)) return settled;
    throw error;
  }
  return { ...settled, status: "used" };
}

/** The job of a stored upload, which takes over its bytes as they are. */
export function sourceOf(upload: Upload): Extract<Source, { kind: "stored" }> {
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

/** Of two who make the same job at once, one does; the other finds it made. */
async function makeJob(env: Env, upload: Upload, request: JobRequest, now: number): Promise<Job> {
  try {
    return await createJob(env, upload, request, sourceOf(upload), now);
  } catch (error) {
    const made = await readJob(env.DB, upload.tenantId, upload.jobId);
    if (made) return made;
    throw error;
  }
}

/** Its bytes, for POST /v1/jobs. */
export async function takeUpload(
  env: Env,
  upload: Upload,
  now: () => number,
): Promise<ReturnType<typeof sourceOf>> {
  const settled = await finalizeUpload(env, upload, now);
  if (settled.status === "used") {
    throw new Refusal("upload_used", `The upload became ${settled.jobId}.`);
  }
  if (settled.status !== "stored") {
    const of = settled.bytes === null ? "" : ` of ${settled.bytes}`;
    throw new Refusal("upload_unfinished", `The upload has ${settled.offset}${of} bytes.`);
  }
  return sourceOf(settled);
}
