import { z } from "@hono/zod-openapi";
import { AwsClient } from "aws4fetch";
import type { Context } from "hono";
import { cleanFileName } from "../../../shared/file-name.ts";
import {
  MAX_AUDIO_BYTES,
  MAX_FILENAME_CHARACTERS,
  MAX_HASHED_BYTES,
  UPLOAD_LIFE_MS,
} from "../../../shared/limits.ts";
import { requireSettings } from "../../../shared/settings.ts";
import { noteMultipart } from "../../../shared/storage/note-multipart.ts";
import { isPassing } from "../../../shared/storage/passing-error.ts";
import { completeUpload, type UploadStore } from "../../../shared/storage/upload-bytes.ts";
import {
  claimUpload,
  insertUpload,
  markStored,
  readUpload,
  releaseUpload,
  type Upload,
  UploadLostError,
} from "../../../shared/storage/uploads.ts";
import { requireQuota } from "../access/quota.ts";
import { depsOf, type IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { checkOptions } from "../jobs/job-options.ts";
import { newUpload } from "./create-upload.ts";
import { finalizeUpload } from "./finalize-upload.ts";
import { cleanType } from "./upload-metadata.ts";

/** 50 GB have 746 of these: few URLs to sign and send, and little to repeat when one fails. */
export const DIRECT_PART_BYTES = 64 * 1024 * 1024;

/** R2's codes: for a mistake of the caller, but for those that ask for another try. */
const R2_REFUSED = /\(10\d{3}\)/;

/** For signing with R2's S3 API. */
type R2Keys = { accountId: string; bucket: string; accessKeyId: string; secretAccessKey: string };

export const DirectRequest = z.strictObject({
  direct: z.literal(true),
  bytes: z.int().min(1),
  filename: z.string().max(MAX_FILENAME_CHARACTERS).optional(),
  content_type: z.string().max(200).optional(),
  job: z
    .record(z.string(), z.unknown())
    .optional()
    .openapi({ description: "A job's options: then it becomes one when it is complete." }),
});

export const CompleteRequest = z.strictObject({
  parts: z
    .array(z.strictObject({ n: z.int().min(1).max(10_000), etag: z.string().min(1).max(200) }))
    .min(1)
    .max(10_000),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .openapi({
      description: `Of the whole, hex: refused if it is not that of the bytes. Above ${MAX_HASHED_BYTES} bytes nothing is compared.`,
    }),
});

type DirectPart = { n: number; bytes: number; url: string };

/** Begins an upload whose parts the client puts into R2 itself. No byte passes through a Worker. */
export async function beginDirect(
  c: Context<IngestApp>,
  asked: z.infer<typeof DirectRequest>,
): Promise<{ upload: Upload; parts: DirectPart[] }> {
  const keys = readR2Keys(c.env);
  if (asked.bytes > MAX_AUDIO_BYTES) {
    throw new Refusal(
      "file_too_large",
      `The recording has ${asked.bytes} bytes; ${MAX_AUDIO_BYTES} are taken.`,
    );
  }
  const request = asked.job === undefined ? null : JSON.stringify(checkOptions(c.get("config"), asked.job));
  const fresh = await newUpload(c, {
    filename: asked.filename === undefined ? null : cleanFileName(asked.filename),
    contentType: cleanType(asked.content_type),
    bytes: asked.bytes,
  });
  await requireQuota(depsOf(c), c.get("key"), asked.bytes);
  const httpMetadata = { contentType: fresh.contentType };
  const multipart = await c.env.BUCKET.createMultipartUpload(fresh.key, { httpMetadata });
  const row = { ...fresh, request, direct: true, multipart: multipart.uploadId };
  const upload = await noteMultipart(
    multipart,
    () => insertUpload(c.env.DB, row),
    () => readUpload(c.env.DB, fresh.tenantId, fresh.id),
  );
  return { upload, parts: await signParts(keys, upload, asked.bytes) };
}

/** Completes the upload. Safe to repeat. */
export async function completeDirect(
  c: Context<IngestApp>,
  upload: Upload,
  { parts, sha256 }: z.infer<typeof CompleteRequest>,
): Promise<Upload> {
  if (!upload.direct) throw new Refusal("upload_conflict", "This upload was not begun as a direct one.");
  if (upload.status !== "receiving") return finalizeUpload(depsOf(c), upload);
  const store = { db: c.env.DB, bucket: c.env.BUCKET, now: c.get("now") };
  const claimed = await claimUpload(store.db, upload.id, store.now());
  if (!claimed) throw new Refusal("upload_locked", "Another request is completing this upload.");
  try {
    const hash = await putTogether(store, claimed, parts, sha256);
    return await finalizeUpload(depsOf(c), await markStored(store.db, claimed, hash, store.now()));
  } catch (error) {
    if (error instanceof UploadLostError) {
      throw new Refusal("upload_locked", "Another request has taken over this upload.");
    }
    if (error instanceof Refusal) await releaseUpload(store.db, claimed);
    throw error;
  }
}

/**
 * @returns the SHA-256 of the object; null: it is too large to be read again, and what its sender says is no digest by which
 * transcripts could be reused
 */
async function putTogether(
  store: UploadStore,
  claimed: Upload,
  parts: z.infer<typeof CompleteRequest>["parts"],
  sha256: string | undefined,
): Promise<string | null> {
  const listed = parts
    .toSorted((a, b) => a.n - b.n)
    .map(({ n, etag }) => ({ partNumber: n, etag: etag.replaceAll('"', "") }));
  await completeUpload(store, claimed, async () => listed).catch((error: unknown) => {
    if (isPassing(error) || !R2_REFUSED.test(String(error))) throw error;
    throw new Refusal("upload_conflict", `R2 does not take these parts: ${String(error).slice(0, 200)}`);
  });
  const object = await store.bucket.get(claimed.key);
  if (object?.size !== claimed.bytes) {
    await object?.body.cancel();
    throw new Refusal(
      "upload_conflict",
      `Together the parts have ${object?.size ?? 0} bytes, not ${claimed.bytes}.`,
    );
  }
  if (object.size > MAX_HASHED_BYTES) {
    await object.body.cancel();
    return null;
  }
  const hash = await hashOf(object.body);
  if (sha256 === undefined || sha256 === hash) return hash;
  throw new Refusal("checksum_mismatch", `The parts together have the SHA-256 ${hash}, not ${sha256}.`);
}

/** One URL for each part. They expire with the upload. */
async function signParts(keys: R2Keys, upload: Upload, bytes: number): Promise<DirectPart[]> {
  const aws = new AwsClient({ ...keys, service: "s3", region: "auto" });
  const object = `https://${keys.accountId}.r2.cloudflarestorage.com/${keys.bucket}/${upload.key}`;
  const datetime = new Date(upload.createdAt).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const count = Math.ceil(bytes / DIRECT_PART_BYTES);
  const parts = Array.from({ length: count }, (_, index) => index + 1);
  return Promise.all(
    parts.map(async (n) => {
      const url = new URL(object);
      url.searchParams.set("partNumber", String(n));
      url.searchParams.set("uploadId", String(upload.multipart));
      url.searchParams.set("X-Amz-Expires", String(UPLOAD_LIFE_MS / 1000));
      const partBytes = Math.min(DIRECT_PART_BYTES, bytes - (n - 1) * DIRECT_PART_BYTES);
      // With the length in the signature R2 takes no other: nobody stores more than was declared and counted.
      const headers = { "content-length": String(partBytes) };
      const how = { signQuery: true, allHeaders: true, datetime };
      const signed = await aws.sign(url, { method: "PUT", headers, aws: how });
      return { n, bytes: partBytes, url: signed.url };
    }),
  );
}

/** Runs natively: the bytes do not pass through JavaScript. */
async function hashOf(body: ReadableStream): Promise<string> {
  const digest = new crypto.DigestStream("SHA-256");
  await body.pipeTo(digest);
  return Buffer.from(await digest.digest).toString("hex");
}

/** These settings are optional, and one is a secret, so wrangler.toml does not require it. */
function readR2Keys(env: Cloudflare.IngestEnv & { R2_SECRET_ACCESS_KEY?: string }): R2Keys {
  requireSettings(env, ["R2_ACCOUNT_ID", "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"], "ingest");
  return {
    accountId: env.R2_ACCOUNT_ID,
    bucket: env.R2_BUCKET_NAME,
    accessKeyId: env.R2_ACCESS_KEY_ID,
    secretAccessKey: env.R2_SECRET_ACCESS_KEY ?? "",
  };
}
