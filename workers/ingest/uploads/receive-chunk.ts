import type { Context } from "hono";
import { MAX_AUDIO_BYTES } from "../../../shared/limits.ts";
import {
  ChecksumError,
  finishUpload,
  receiveBytes,
  UploadOverrunError,
} from "../../../shared/storage/upload-bytes.ts";
import {
  claimUpload,
  describeUpload,
  releaseUpload,
  type Upload,
  UploadLostError,
} from "../../../shared/storage/uploads.ts";
import { depsOf, type IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { readChecksum } from "./checksum.ts";
import { finalizeUpload } from "./finalize-upload.ts";
import { CHUNK_TYPE, readCount } from "./tus.ts";

const LOCKED = "Another request is writing to this upload.";

/** Appends a request's body to an upload, and finishes it with its last byte. */
export async function receiveChunk(c: Context<IngestApp>, upload: Upload, offset: number): Promise<Upload> {
  const checksum = readChecksum(c.req.header("upload-checksum"));
  const length = readCount("Upload-Length", c.req.header("upload-length"));
  if (upload.direct) {
    throw new Refusal("upload_conflict", "The parts of this upload go straight to their URLs.");
  }
  if (upload.status !== "receiving") return refuseMore(upload, offset);

  const store = { db: c.env.DB, bucket: c.env.BUCKET, now: c.get("now") };
  let claimed = await claim(store.db, upload, store.now());
  try {
    requireOffset(claimed, offset);
    if (length !== null) claimed = await setLength(store.db, claimed, length);
    const room = (claimed.bytes ?? MAX_AUDIO_BYTES) - claimed.offset;
    const declared = readCount("Content-Length", c.req.header("content-length"));
    if (declared !== null && declared > room) throw new UploadOverrunError();
    const body = c.req.raw.body;
    const arrival = body ? await receiveBytes(store, claimed, body, { room, checksum }) : null;
    claimed = arrival?.upload ?? claimed;
    if (claimed.offset === claimed.bytes) {
      return await finalizeUpload(depsOf(c), await finishUpload(store, claimed));
    }
    if (arrival?.isComplete === false) {
      throw new Refusal("upload_unfinished", `The upload broke off with ${claimed.offset} bytes.`);
    }
    await releaseUpload(store.db, claimed);
    return claimed;
  } catch (error) {
    if (error instanceof UploadLostError) throw new Refusal("upload_locked", LOCKED);
    const refusal = refusalFor(error, claimed);
    // After any other error a part may still arrive: the claim runs out, and its part numbers are skipped.
    if (refusal) await releaseUpload(store.db, claimed);
    throw refusal ?? error;
  }
}

export function requireChunkType(c: Context<IngestApp>): void {
  const type = c.req.header("content-type");
  if (type !== CHUNK_TYPE) {
    throw new Refusal(
      "unsupported_media_type",
      `The Content-Type is ${type?.slice(0, 100) ?? "missing"}; a chunk has ${CHUNK_TYPE}.`,
    );
  }
}

function requireOffset({ offset }: Upload, given: number): void {
  if (offset !== given) {
    throw new Refusal("upload_conflict", `Upload-Offset is ${given}, the upload has ${offset} bytes.`);
  }
}

async function claim(db: D1Database, upload: Upload, now: number): Promise<Upload> {
  const claimed = await claimUpload(db, upload.id, now);
  if (!claimed) throw new Refusal("upload_locked", LOCKED);
  return claimed;
}

/** The length of an upload that began without one. */
async function setLength(db: D1Database, claimed: Upload, length: number): Promise<Upload> {
  if (claimed.bytes === length) return claimed;
  if (claimed.bytes !== null) {
    throw new Refusal(
      "invalid_upload",
      `Upload-Length was ${claimed.bytes} before, and cannot become ${length}.`,
    );
  }
  if (length < claimed.offset) {
    throw new Refusal(
      "invalid_upload",
      `Upload-Length is ${length}; there are ${claimed.offset} bytes already.`,
    );
  }
  requireLength(length);
  return describeUpload(db, claimed, { bytes: length });
}

/** @throws Refusal for an empty or too large recording */
export function requireLength(bytes: number): void {
  if (bytes === 0) throw new Refusal("empty_body", "A recording of no bytes cannot be uploaded.");
  if (bytes > MAX_AUDIO_BYTES) {
    throw new Refusal("file_too_large", `The recording has ${bytes} bytes; ${MAX_AUDIO_BYTES} are taken.`);
  }
}

/** A complete upload takes no more bytes. To end it again is no error: the first response may have been lost. */
function refuseMore(upload: Upload, offset: number): Upload {
  requireOffset(upload, offset);
  return upload;
}

function refusalFor(error: unknown, { bytes }: Upload): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof ChecksumError) {
    return new Refusal("checksum_mismatch", `${error.message} Nothing of this request was kept.`);
  }
  if (error instanceof UploadOverrunError) {
    return new Refusal("file_too_large", `The upload may have ${bytes ?? MAX_AUDIO_BYTES} bytes.`);
  }
  return null;
}
