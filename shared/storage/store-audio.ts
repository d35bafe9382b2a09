import { type ByteSource, drain, openByteSource } from "../byte-source.ts";

/** The least R2 takes as a part. Larger ones were no faster and cost their size in memory. */
export const PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;
const MAX_KEYS_PER_DELETE = 1000;
export const NO_SUCH_UPLOAD = "(10024)";
const BEAT_MS = 60_000;

export interface StoreAudioOptions {
  contentType: string;
  maxBytes: number;
  /** The sender's Content-Length, if it gave one. */
  declaredBytes?: number;
  /** The body does not fit one part: this is what a sweep must abort if the Worker dies. */
  onUploadStarted?: (uploadId: string) => Promise<void>;
  /** Called while bytes arrive, at most once a minute. Throwing ends the upload. */
  beat?: () => Promise<void>;
  now?: () => number;
}

export class EmptyBodyError extends Error {
  override name = "EmptyBodyError";
}

export class AudioTooLargeError extends Error {
  override name = "AudioTooLargeError";
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`The recording is larger than ${maxBytes} bytes.`);
    this.maxBytes = maxBytes;
  }
}

/** The body broke off (`cause` says how), or has another length than was declared. */
export class BodyBrokenError extends Error {
  override name = "BodyBrokenError";
}

/**
 * Streams a body of any length into a new object, with one part of it in memory at a time. When this throws, it has
 * left neither an object nor a multipart upload behind, as far as R2 still answered.
 *
 * A client that goes away takes its Worker along: hand the promise to `ctx.waitUntil`, so that there is time to clean up.
 *
 * @returns the size, and the SHA-256 in hex.
 * @throws EmptyBodyError, AudioTooLargeError, BodyBrokenError, what a callback throws, or R2's own error.
 */
export async function storeAudio(
  bucket: R2Bucket,
  key: string,
  body: ReadableStream<Uint8Array>,
  options: StoreAudioOptions,
): Promise<{ bytes: number; sha256: string }> {
  const httpMetadata = { contentType: options.contentType };
  const { declaredBytes = 0 } = options;
  const partBytes = declaredBytes > 0 && declaredBytes < PART_BYTES ? declaredBytes : PART_BYTES;
  const source = openByteSource(body);
  const digest = new crypto.DigestStream("SHA-256");
  const hash = digest.getWriter();
  const uploaded: R2UploadedPart[] = [];
  let upload: R2MultipartUpload | undefined;
  let bytes = 0;
  try {
    for await (const { part, isLast } of cutParts(supervise(source, options), partBytes)) {
      await hash.write(part);
      bytes += part.byteLength;
      if (isLast && !upload) {
        await bucket.put(key, part, { httpMetadata });
        break;
      }
      if (!upload) {
        upload = await bucket.createMultipartUpload(key, { httpMetadata });
        await options.onUploadStarted?.(upload.uploadId);
      }
      uploaded.push(await upload.uploadPart(uploaded.length + 1, part));
      if (isLast) await upload.complete(uploaded);
    }
    await hash.close();
    return { bytes, sha256: Buffer.from(await digest.digest).toString("hex") };
  } catch (error) {
    await upload?.abort().catch(() => {}); // the caller who was told of it can still abort it
    await drain(source);
    throw error;
  }
}

/** Safe to repeat. */
export async function removeAudio(bucket: R2Bucket, keys: string | string[]): Promise<void> {
  const all = [keys].flat();
  for (let start = 0; start < all.length; start += MAX_KEYS_PER_DELETE) {
    await bucket.delete(all.slice(start, start + MAX_KEYS_PER_DELETE));
  }
}

/** Safe to repeat, and after the upload was completed: then the object stays. */
export async function abortUpload(bucket: R2Bucket, key: string, uploadId: string): Promise<void> {
  try {
    await bucket.resumeMultipartUpload(key, uploadId).abort();
  } catch (error) {
    if (!String(error).includes(NO_SUCH_UPLOAD)) throw error;
  }
}

/** The same bytes, watched: refuses what is too long or breaks off, and lets the caller know that they still come. */
function supervise(source: ByteSource, options: StoreAudioOptions): ByteSource {
  const { declaredBytes, beat, now = Date.now } = options;
  const maxBytes = Math.min(options.maxBytes, MAX_PARTS * PART_BYTES);
  let bytes = 0;
  let beaten = now();
  return {
    ...source,
    async read(buffer, offset) {
      if (Math.max(bytes, declaredBytes ?? 0) > maxBytes) throw new AudioTooLargeError(maxBytes);
      const read = await source.read(buffer, offset).catch((cause: unknown) => {
        throw new BodyBrokenError(`The body broke off after ${bytes} bytes.`, { cause });
      });
      bytes += read.bytes;
      if (bytes > maxBytes) throw new AudioTooLargeError(maxBytes);
      const isEnd = read.bytes === 0;
      if (declaredBytes !== undefined && (isEnd ? bytes < declaredBytes : bytes > declaredBytes)) {
        throw new BodyBrokenError(`The body has ${bytes} bytes and was declared to have ${declaredBytes}.`);
      }
      if (isEnd && bytes === 0) throw new EmptyBodyError("The body is empty.");
      if (beat && now() - beaten >= BEAT_MS) {
        beaten = now();
        await beat();
      }
      return read;
    },
  };
}

/**
 * The bytes in parts of one size, the last at most as large. All lie in one buffer: a part is gone when the next is
 * asked for. The buffer holds one byte more, which tells whether a part is the last and then begins the next.
 */
async function* cutParts(
  source: ByteSource,
  partBytes: number,
): AsyncGenerator<{ part: Uint8Array<ArrayBuffer>; isLast: boolean }> {
  let buffer = new ArrayBuffer(partBytes + 1);
  let filled = 0;
  for (let isLast = false; !isLast; ) {
    while (filled <= partBytes && !isLast) {
      const read = await source.read(buffer, filled);
      buffer = read.buffer;
      filled += read.bytes;
      isLast = read.bytes === 0;
    }
    const whole = new Uint8Array(buffer);
    yield { part: whole.subarray(0, Math.min(filled, partBytes)), isLast };
    whole.copyWithin(0, partBytes);
    filled = 1;
  }
}
