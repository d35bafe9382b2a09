import type { Context } from "hono";
import { fileExtension } from "../../../shared/file-name.ts";
import { audioKey } from "../../../shared/storage/job-objects.ts";
import { insertUpload, type NewUpload, readUpload, type Upload } from "../../../shared/storage/uploads.ts";
import { requireQuota } from "../access/quota.ts";
import { depsOf, type IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { checkOptions } from "../jobs/job-options.ts";
import { requireLength } from "./receive-chunk.ts";
import { readCount } from "./tus.ts";
import { readUploadMetadata } from "./upload-metadata.ts";

/** Begins an upload of tus. The headers describe it. */
export async function createUpload(c: Context<IngestApp>): Promise<Upload> {
  const metadata = c.req.header("upload-metadata") ?? "";
  const { filename, contentType, job } = readUploadMetadata(metadata);
  const request = job === null ? null : JSON.stringify(checkOptions(c.get("config"), job)); // before a byte is sent
  const fresh = await newUpload(c, { filename, contentType, bytes: readLength(c) });
  const made = c.get("run").isRepeat ? await readUpload(c.env.DB, fresh.tenantId, fresh.id) : null;
  if (made) return made;
  await requireQuota(depsOf(c), c.get("key"), fresh.bytes ?? 1);
  return insertUpload(c.env.DB, { ...fresh, metadata, request });
}

/** A new upload, which reserves the id of its job. */
export async function newUpload(
  c: Context<IngestApp>,
  { filename, contentType, bytes }: Pick<Upload, "filename" | "contentType" | "bytes">,
): Promise<NewUpload> {
  const { tenantId, id: keyId } = c.get("key");
  const run = c.get("run");
  const { id, createdAt } = await run.idFor("upl");
  const { id: jobId } = await run.idFor("job");
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

/** `Upload-Length`, or null when the client defers it. */
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
