import type { SHA256 } from "@stablelib/sha256";
import type { Job } from "../../../shared/job.ts";
import { resumeSha256, stateOf } from "../../../shared/secrets/resumable-sha256.ts";
import type { SourceFacts } from "../../../shared/source-facts.ts";
import {
  clearFailures,
  type Import,
  restartImport,
  type StartedUpload,
  savePart,
  saveWhole,
  startImport,
} from "../../../shared/storage/imports.ts";
import { extendLease } from "../../../shared/storage/job-work.ts";
import {
  AudioTooLargeError,
  abortUpload,
  NO_SUCH_UPLOAD,
  PART_BYTES,
} from "../../../shared/storage/store-audio.ts";
import type { Deps } from "../deps.ts";

const INVALID_PART = "(10025)";

/** The claim is no longer ours, so neither is the recording. */
export class ClaimLostError extends Error {
  override name = "ClaimLostError";
}

/** What was stored is not there any more: the recording is to be fetched from its first byte. */
export class UploadGoneError extends Error {
  override name = "UploadGoneError";
}

/**
 * Writes a recording into R2 so that another Worker can go on where the last whole part ended. One part is in memory.
 * A recording that fits it is put at once and leaves no trace but itself.
 */
export class RecordingWriter {
  readonly #deps: Deps;
  readonly #job: Job;
  readonly #keyOf: (source: SourceFacts) => string;
  readonly #maxBytes: number;
  readonly #buffer = new Uint8Array(PART_BYTES);
  #filled = 0;
  #hash: SHA256;
  #upload: R2MultipartUpload | null = null;
  #parts: R2UploadedPart[] = [];
  #whole: StartedUpload["whole"] = null;
  #source: SourceFacts | null = null;
  /** Parts that this Worker has stored. */
  stored = 0;
  /** How often stored parts had to be thrown away, by earlier Workers too. */
  restarts: number;

  constructor(
    deps: Deps,
    job: Job,
    { upload, restarts }: Pick<Import, "upload" | "restarts">,
    keyOf: (source: SourceFacts) => string,
    maxBytes: number,
  ) {
    this.#maxBytes = maxBytes;
    this.#deps = deps;
    this.#job = job;
    this.#keyOf = keyOf;
    this.#hash = resumeSha256(upload?.digest ?? null, (upload?.parts.length ?? 0) * PART_BYTES);
    this.restarts = restarts;
    if (!upload) return;
    this.#source = upload.source;
    this.#upload = deps.bucket.resumeMultipartUpload(upload.key, upload.uploadId);
    this.#parts = upload.parts;
    this.#whole = upload.whole;
  }

  /** Taken so far. What is not in a whole part is lost with this Worker. */
  get bytes(): number {
    return this.#whole?.bytes ?? this.#parts.length * PART_BYTES + this.#filled;
  }

  /** Null until the first answer. */
  get source(): SourceFacts | null {
    return this.#source;
  }

  /** There is an upload that a fresh start would throw away. */
  get hasStored(): boolean {
    return this.#upload !== null;
  }

  /** Nothing is missing, as far as the length is known. */
  get isWhole(): boolean {
    return this.#whole !== null || (this.bytes > 0 && this.bytes === this.#source?.total);
  }

  /** @throws AudioTooLargeError */
  begin(source: SourceFacts): void {
    this.#source = source;
    if ((source.total ?? 0) > this.#maxBytes) throw new AudioTooLargeError(this.#maxBytes);
  }

  /** @throws AudioTooLargeError, ClaimLostError, UploadGoneError, or R2's or D1's own error. */
  async push(bytes: Uint8Array): Promise<void> {
    if (this.bytes + bytes.byteLength > this.#maxBytes) throw new AudioTooLargeError(this.#maxBytes);
    for (let from = 0; from < bytes.byteLength; ) {
      const piece = bytes.subarray(from, from + PART_BYTES - this.#filled);
      this.#buffer.set(piece, this.#filled);
      this.#filled += piece.byteLength;
      from += piece.byteLength;
      if (this.#filled === PART_BYTES) await this.#storePart();
    }
  }

  /** The whole recording becomes an object. @throws as `take` */
  async finish(): Promise<{ key: string; source: SourceFacts; bytes: number; sha256: string }> {
    const source = this.#source;
    if (!source) throw new Error("a recording is begun before it is finished");
    const key = this.#upload?.key ?? this.#keyOf(source);
    const whole = this.#upload ? await this.#complete(this.#upload) : await this.#put(key, source);
    return { key, source, ...whole };
  }

  /** Throws away what came in, here and in R2; what comes next is the recording's first byte. */
  async startOver(): Promise<void> {
    const upload = this.#upload;
    if (upload) {
      // Who has lost the claim must not abort what another goes on with.
      this.#hold(await extendLease(this.#deps.db, this.#job, this.#deps.now()));
      await abortUpload(this.#deps.bucket, upload.key, upload.uploadId);
      this.#hold(await restartImport(this.#deps.db, this.#job));
      this.restarts++;
    }
    this.#upload = null;
    this.#parts = [];
    this.#whole = null;
    this.#source = null;
    this.#filled = 0;
    this.#hash = resumeSha256(null, 0);
  }

  /** What no other Worker can go on with is not put on record: a download in one go may have more parts than D1 takes queries. */
  get #isContinuable(): boolean {
    return this.#source?.validator !== null;
  }

  async #storePart(): Promise<void> {
    const upload = this.#upload ?? (await this.#open());
    const part = await this.#uploadPart(upload);
    this.#hash.update(this.#buffer);
    if (this.#isContinuable) {
      this.#hold(await savePart(this.#deps.db, this.#job, part, stateOf(this.#hash)));
    }
    this.#parts.push(part);
    this.#filled = 0;
    if (this.stored === 0) await clearFailures(this.#deps.db, this.#job);
    this.stored++;
  }

  async #open(): Promise<R2MultipartUpload> {
    const source = this.#source;
    if (!source) throw new Error("a recording is begun before bytes of it come");
    const key = this.#keyOf(source);
    const upload = await this.#deps.bucket.createMultipartUpload(key, metadata(source));
    try {
      this.#hold(await startImport(this.#deps.db, this.#job, { key, uploadId: upload.uploadId, source }));
    } catch (error) {
      await upload.abort().catch(() => undefined); // nobody else knows of it
      throw error;
    }
    this.#upload = upload;
    return upload;
  }

  async #put(key: string, source: SourceFacts): Promise<{ bytes: number; sha256: string }> {
    const bytes = this.#buffer.subarray(0, this.#filled);
    await this.#deps.bucket.put(key, bytes, metadata(source));
    this.#hash.update(bytes);
    return { bytes: bytes.byteLength, sha256: this.#hex() };
  }

  /** The digest is on record before the upload is completed, so that a Worker that dies in between costs no download. */
  async #complete(upload: R2MultipartUpload): Promise<{ bytes: number; sha256: string }> {
    const whole = this.#whole ?? (await this.#storeRest(upload));
    try {
      await upload.complete(this.#parts);
    } catch (error) {
      if (String(error).includes(INVALID_PART))
        throw new UploadGoneError("a part was replaced", { cause: error });
      if (!isGone(error)) throw error;
      const object = await this.#deps.bucket.head(upload.key);
      if (object?.size !== whole.bytes) throw new UploadGoneError("the upload is gone", { cause: error });
    }
    return whole;
  }

  async #storeRest(upload: R2MultipartUpload): Promise<{ bytes: number; sha256: string }> {
    const bytes = this.bytes;
    const rest = this.#filled > 0 ? await this.#uploadPart(upload) : null;
    this.#hash.update(this.#buffer.subarray(0, this.#filled));
    const whole = { bytes, sha256: this.#hex() };
    if (this.#isContinuable) this.#hold(await saveWhole(this.#deps.db, this.#job, rest, whole));
    if (rest) this.#parts.push(rest);
    this.#whole = whole;
    return whole;
  }

  async #uploadPart(upload: R2MultipartUpload): Promise<R2UploadedPart> {
    const bytes = this.#buffer.subarray(0, this.#filled);
    try {
      return await upload.uploadPart(this.#parts.length + 1, bytes);
    } catch (error) {
      if (isGone(error)) throw new UploadGoneError("the upload is gone", { cause: error });
      throw error;
    }
  }

  #hex(): string {
    return Buffer.from(this.#hash.digest()).toString("hex");
  }

  #hold(isHeld: boolean): void {
    if (!isHeld) throw new ClaimLostError();
  }
}

/** The multipart upload was completed or aborted. */
function isGone(error: unknown): boolean {
  return String(error).includes(NO_SUCH_UPLOAD);
}

function metadata(source: SourceFacts): R2MultipartOptions {
  return { httpMetadata: { contentType: source.contentType ?? "application/octet-stream" } };
}
