import { z } from "@hono/zod-openapi";
import { showTime } from "../../../shared/job.ts";
import type { Upload } from "../../../shared/storage/uploads.ts";

export const UploadSchema = z
  .object({
    id: z.string(),
    object: z.literal("upload"),
    status: z.enum(["receiving", "stored", "used"]).openapi({
      description: "`stored`: whole, and waits for POST /v1/jobs; `used`: it became a job.",
    }),
    bytes: z.int().min(0).nullable().openapi({ description: "Of the whole; null until told." }),
    offset: z.int().min(0).openapi({ description: "Bytes that are safe." }),
    filename: z.string().nullable(),
    content_type: z.string(),
    sha256: z.string().nullable(),
    job_id: z.string().nullable(),
    created_at: z.string().openapi({ format: "date-time" }),
    expires_at: z.string().openapi({ format: "date-time" }),
  })
  .openapi("Upload");

export const DirectUploadSchema = UploadSchema.extend({
  part_bytes: z.int().openapi({ description: "Of every part but the last." }),
  parts: z.array(
    z.object({ n: z.int(), bytes: z.int(), url: z.string().openapi({ description: "PUT its bytes here." }) }),
  ),
}).openapi("DirectUpload");

export function showUpload(upload: Upload) {
  return {
    id: upload.id,
    object: "upload" as const,
    status: upload.status,
    bytes: upload.bytes,
    offset: upload.offset,
    filename: upload.filename,
    content_type: upload.contentType,
    sha256: upload.status === "receiving" ? null : upload.hash,
    job_id: upload.status === "used" ? upload.jobId : null,
    created_at: String(showTime(upload.createdAt)),
    expires_at: String(showTime(upload.expiresAt)),
  };
}

/** An upload in tus's response headers. */
export function uploadHeaders(upload: Upload): Record<string, string> {
  return {
    "upload-offset": String(upload.offset),
    ...(upload.bytes === null ? { "upload-defer-length": "1" } : { "upload-length": String(upload.bytes) }),
    ...(upload.metadata === "" ? {} : { "upload-metadata": upload.metadata }),
    "upload-expires": new Date(upload.expiresAt).toUTCString(),
    ...(upload.status === "used" ? { "diarist-job": upload.jobId } : {}),
    "cache-control": "no-store",
  };
}
