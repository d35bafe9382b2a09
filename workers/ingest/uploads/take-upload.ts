import { isId } from "../../../shared/id.ts";
import { readUpload, type Upload } from "../../../shared/storage/uploads.ts";
import { Refusal } from "../http/problem.ts";
import type { StoredSource } from "../jobs/create-job.ts";
import { finalizeUpload, sourceOf, type UploadDeps } from "./finalize-upload.ts";

/**
 * A tenant's upload. Another tenant's upload is not found either.
 * @throws Refusal when it is not found or has expired
 */
export async function findUpload(db: D1Database, tenantId: string, id: string, now: number): Promise<Upload> {
  const upload = isId("upl", id) ? await readUpload(db, tenantId, id) : null;
  if (!upload) throw new Refusal("not_found", "There is no such upload.");
  if (upload.status !== "used" && now >= upload.expiresAt) {
    throw new Refusal("upload_expired", `The upload expired at ${new Date(upload.expiresAt).toISOString()}.`);
  }
  return upload;
}

/**
 * The bytes of an upload, for a job.
 * @throws Refusal unless it is complete and of no job
 */
export async function takeUpload(deps: UploadDeps, upload: Upload): Promise<StoredSource> {
  const final = await finalizeUpload(deps, upload);
  if (final.status === "used") throw new Refusal("upload_used", `The upload became ${final.jobId}.`);
  if (final.status !== "stored") {
    const of = final.bytes === null ? "" : ` of ${final.bytes}`;
    throw new Refusal("upload_unfinished", `The upload has ${final.offset}${of} bytes.`);
  }
  return sourceOf(final);
}
