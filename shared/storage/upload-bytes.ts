import { drain, openByteSource, READ_BYTES } from "../byte-source.ts";
import { UPLOAD_BEAT_MS } from "../limits.ts";
import { resumeSha256, stateOf } from "../secrets/resumable-sha256.ts";
import { tailKey } from "./job-objects.ts";
import { noteMultipart } from "./note-multipart.ts";
import { NO_SUCH_UPLOAD } from "./store-audio.ts";
import {
  commitProgress,
  describeUpload,
  listParts,
  MAX_UNCOMMITTED_PARTS,
  markStored,
  readUpload,
  renewUpload,
  type StoredPart,
  type Upload,
  UploadLostError,
} from "./uploads.ts";

/**
 * R2 takes 10,000 parts: the largest recording has 7,948 of these, which leaves numbers for the parts that Workers
 * took with them when they died.
 */
export const UPLOAD_PART_BYTES = 6 * 1024 * 1024;

export type UploadStore = { db: D1Database; bucket: R2Bucket; now: () => number };

/** More bytes came than the upload has room for. */
export class UploadOverrunError extends Error {
  override name = "UploadOverrunError";
}

/** The bytes are not those of the checksum. */
export class ChecksumError extends Error {
  override name = "ChecksumError";
}

type Arrival = {
  /** The upload with all that arrived, still held. */
  upload: Upload;
  /** False: the body broke off; what had come is kept. */
  isComplete: boolean;
};

/**
 * Appends a body to an upload that the caller holds. What fills a part goes into R2 as one, what is left over as an
 * object of its own, which the next request begins with: one part is in memory, whatever the sizes. The row is written
 * after the bytes: it names only what exists, even if a Worker dies at any step.
 *
 * @param room how many bytes the upload may still grow by
 * @param checksum of the body; with one, all or nothing of it is kept
 * @throws UploadOverrunError, ChecksumError: nothing of this is kept but parts committed before;
 *   UploadLostError, or R2's own error: the caller lets its claim run out, since a part may be on its way
 */
export async function receiveBytes(
  store: UploadStore,
  claimed: Upload,
  body: ReadableStream<Uint8Array>,
  { room, checksum }: { room: number; checksum?: Checksum | undefined },
): Promise<Arrival> {
  let upload = claimed;
  let { nextPart } = claimed;
  let filled = claimed.offset % UPLOAD_PART_BYTES;
  let wholeBytes = claimed.offset - filled;
  const part = new Uint8Array(await loadTail(store.bucket, claimed));
  const hash = resumeSha256(claimed.hash, wholeBytes);
  const pending: StoredPart[] = [];
  let renewedAt = store.now();

  async function putPart(): Promise<void> {
    hash.update(part);
    upload = upload.multipart === null ? await startMultipart(store, upload) : upload;
    const { etag } = await uploadPart();
    pending.push({ n: nextPart, etag });
    nextPart++;
    wholeBytes += part.byteLength;
    filled = 0;
  }

  /** One that was ended because nobody knew whether it was noted has no parts yet: another is begun. */
  async function uploadPart(): Promise<R2UploadedPart> {
    const resume = () => store.bucket.resumeMultipartUpload(upload.key, String(upload.multipart));
    try {
      return await resume().uploadPart(nextPart, part);
    } catch (error) {
      const hasParts = upload.offset >= UPLOAD_PART_BYTES || pending.length > 0;
      if (hasParts || !String(error).includes(NO_SUCH_UPLOAD)) throw error;
      upload = await startMultipart(store, upload);
      return resume().uploadPart(nextPart, part);
    }
  }

  async function commit(tail: string | null): Promise<void> {
    const offset = wholeBytes + filled;
    const progress = { offset, nextPart, tail, hash: wholeBytes > 0 ? stateOf(hash) : null, parts: pending };
    const before = upload.tail;
    upload = await commitProgress(store.db, upload, progress, store.now());
    pending.length = 0;
    if (before !== null) await store.bucket.delete(before);
  }

  /** Between two parts, or when bytes have come for a while: the row learns of them, or that they are on their way. */
  async function checkpoint(): Promise<void> {
    if (!checksum && filled === 0 && pending.length > 0) await commit(null);
    else await renewUpload(store.db, upload, nextPart, store.now());
    renewedAt = store.now();
  }

  const source = openByteSource(body, 1); // a connection that breaks takes what has not been read yet
  let scratch = new ArrayBuffer(READ_BYTES);
  let received = 0;
  let isComplete = false;
  let unmarked = 0;
  try {
    for (;;) {
      const read = await source.read(scratch, 0).catch(() => null);
      if (read === null) break;
      isComplete = read.bytes === 0;
      if (isComplete) break;
      scratch = read.buffer;
      received += read.bytes;
      if (received > room) throw new UploadOverrunError(`More than ${room} bytes came.`);
      const bytes = new Uint8Array(scratch, 0, read.bytes);
      await checksum?.write(bytes);
      for (let from = 0; from < bytes.byteLength; ) {
        const taken = bytes.subarray(from, from + part.byteLength - filled);
        part.set(taken, filled);
        filled += taken.byteLength;
        from += taken.byteLength;
        if (filled < part.byteLength) continue;
        await putPart();
        unmarked++;
        if (unmarked < MAX_UNCOMMITTED_PARTS && store.now() - renewedAt < UPLOAD_BEAT_MS) continue;
        await checkpoint();
        unmarked = 0;
      }
      if (store.now() - renewedAt >= UPLOAD_BEAT_MS) await checkpoint();
    }
    if (checksum && (!isComplete || !(await checksum.matches()))) {
      throw new ChecksumError(isComplete ? "The bytes differ from their checksum." : "The body broke off.");
    }
  } catch (error) {
    await drain(source);
    throw error;
  }

  await commit(filled > 0 ? await putTail(store.bucket, upload, part.subarray(0, filled)) : null);
  keepBuffer(part.buffer);
  return { upload, isComplete };
}

export type Checksum = {
  write(bytes: Uint8Array): Promise<void>;
  /** After the last byte. */
  matches(): Promise<boolean>;
};

/**
 * Makes one object of all the bytes of an upload that the caller holds and whose last byte is there. Safe to repeat.
 * @throws UploadLostError, or R2's own error
 */
export async function finishUpload(store: UploadStore, claimed: Upload): Promise<Upload> {
  const tailBytes = claimed.offset % UPLOAD_PART_BYTES;
  const tail = new Uint8Array(await loadTail(store.bucket, claimed), 0, tailBytes);
  const hash = resumeSha256(claimed.hash, claimed.offset - tailBytes).update(tail);
  const sha256 = Buffer.from(hash.digest()).toString("hex");

  if (claimed.multipart === null) {
    await store.bucket.put(claimed.key, tail, { httpMetadata: metadataOf(claimed) });
  } else {
    await completeUpload(store, claimed, async (multipart) => {
      const parts = await listParts(store.db, claimed.id);
      const listed = parts.map(({ n, etag }) => ({ partNumber: n, etag }));
      if (tailBytes === 0) return listed;
      return [...listed, await multipart.uploadPart(claimed.nextPart, tail)];
    });
  }
  keepBuffer(tail.buffer);
  const stored = await markStored(store.db, claimed, sha256, store.now());
  if (claimed.tail !== null) await store.bucket.delete(claimed.tail);
  return stored;
}

/**
 * Completes the multipart upload, unless that was done before by someone who could not tell.
 * @param gather the parts, in order
 */
export async function completeUpload(
  store: UploadStore,
  claimed: Upload,
  gather: (multipart: R2MultipartUpload) => Promise<R2UploadedPart[]>,
): Promise<void> {
  const multipart = store.bucket.resumeMultipartUpload(claimed.key, String(claimed.multipart));
  try {
    await multipart.complete(await gather(multipart));
  } catch (error) {
    if (!String(error).includes(NO_SUCH_UPLOAD)) throw error;
    const object = await store.bucket.head(claimed.key);
    if (object?.size !== claimed.bytes) throw error;
  }
}

async function startMultipart({ db, bucket }: UploadStore, claimed: Upload): Promise<Upload> {
  const httpMetadata = metadataOf(claimed);
  const multipart = await bucket.createMultipartUpload(claimed.key, { httpMetadata });
  const { uploadId } = multipart;
  const upload = await noteMultipart(
    multipart,
    () => describeUpload(db, claimed, { multipart: uploadId }),
    async () => {
      const now = await readUpload(db, claimed.tenantId, claimed.id);
      return now?.multipart === uploadId ? now : null;
    },
  );
  if (upload.fence !== claimed.fence) throw new UploadLostError(claimed.id);
  return upload;
}

/** A key of this claim alone: a Worker that lost its claim overwrites nothing. */
async function putTail(bucket: R2Bucket, claimed: Upload, bytes: Uint8Array): Promise<string> {
  const key = tailKey(claimed.tenantId, claimed.jobId, claimed.fence);
  await bucket.put(key, bytes);
  return key;
}

/** A buffer of a part's size that begins with the tail. */
async function loadTail(bucket: R2Bucket, { tail }: Upload): Promise<ArrayBuffer> {
  let buffer = spareBuffers.pop() ?? new ArrayBuffer(UPLOAD_PART_BYTES);
  if (tail === null) return buffer;
  const object = await bucket.get(tail);
  if (!object) throw new Error(`${tail} is not in R2`);
  const source = openByteSource(object.body);
  for (let filled = 0; filled < object.size; ) {
    const read = await source.read(buffer, filled);
    if (read.bytes === 0) throw new Error(`${tail} ended after ${filled} bytes`);
    buffer = read.buffer;
    filled += read.bytes;
  }
  await source.cancel();
  return buffer;
}

/**
 * Kept for the next request to this isolate: new buffers for each request are garbage that workerd collects
 * late, and made the isolate 38 to 52 MB instead of 22. None that an R2 call may still be reading is kept.
 */
const spareBuffers: ArrayBuffer[] = [];
const MAX_SPARE_BUFFERS = 2;

function keepBuffer(buffer: ArrayBuffer): void {
  if (spareBuffers.length < MAX_SPARE_BUFFERS) spareBuffers.push(buffer);
}

function metadataOf({ contentType }: Upload): R2HTTPMetadata {
  return { contentType };
}
