import type { Context } from "hono";
import { fileExtension } from "../../../shared/file-name.ts";
import { audioKey } from "../../../shared/storage/job-objects.ts";
import { insertUpload, type NewUpload, readUpload, type Upload } from "../../../shared/storage/uploads.ts";
import { idFor, wasRunBefore } from "../access/idempotency.ts";
import { requireQuota } from "../access/quota.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { checkOptions } from "../submit/receive-job.ts";
import { requireLength } from "./receive-chunk.ts";
import { readCount } from "./tus.ts";
import { readUploadMetadata } from "./upload-metadata.ts";

/** tus's creation: the headers say what is to come. */
export async function createUpload(c: Context<IngestApp>): Promise<Upload> {
  const metadata = c.req.header("upload-metadata") ?? "";
  const { filename, contentType, job } = readUploadMetadata(metadata);
  const request = job === null ? null : JSON.stringify(checkOptions(c, job)); // before a byte is sent
  const fresh = await newUpload(c, { filename, contentType, bytes: readLength(c) });
  const made = wasRunBefore(c) ? await readUpload(c.env.DB, fresh.tenantId, fresh.id) : null;
  if (made) return made;
  await requireQuota(c, fresh.bytes ?? 1);
  return insertUpload(c.env.DB, { ...fresh, metadata, request });
}

/** An upload at its beginning, under the id that its job will have. */
export async function newUpload(
  c: Context<IngestApp>,
  { filename, contentType, bytes }: Pick<Upload, "filename" | "contentType" | "bytes">,
): Promise<NewUpload> {
  const { tenantId, id: keyId } = c.get("key");
  const { id, createdAt } = await idFor(c, "upl");
  const { id: jobId } = await idFor(c, "job");
  return {
    id,
    tenantId,
    keyId,
    jobId,
    key: audioKey(tenantId, jobId, fileExtension(filename, contentType)),
    filename,
    contentType,
    metadata: "",
    request: null,
    bytes,
    multipart: null,
    direct: false,
    createdAt,
  };
}

/** `Upload-Length`, or null where the client says that it will tell later. */
function readLength(c: Context<IngestApp>): number | null {
  const length = readCount("Upload-Length", c.req.header("upload-length"));
  const deferred = c.req.header("upload-defer-length");
  const isDeferred = deferred === "1";
  if ((length !== null) === (deferred !== undefined) || (deferred !== undefined && !isDeferred)) {
    throw new Refusal("invalid_upload", "Send either Upload-Length, or Upload-Defer-Length: 1.");
  }
  if (length !== null) requireLength(length);
  return length;
}
