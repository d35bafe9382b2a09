import { fileExtension } from "../../../shared/file-name.ts";
import { MAX_AUDIO_BYTES } from "../../../shared/limits.ts";
import { audioKey } from "../../../shared/storage/job-objects.ts";
import {
  closePendingAudio,
  closePendingUpload,
  openPendingAudio,
  touchPendingAudio,
} from "../../../shared/storage/pending-audio.ts";
import {
  AudioTooLargeError,
  abortUpload,
  BodyBrokenError,
  EmptyBodyError,
  removeAudio,
  storeAudio,
} from "../../../shared/storage/store-audio.ts";
import { Refusal } from "../http/problem.ts";
import { NO_AUDIO, type StoredSource } from "../jobs/create-job.ts";

type Deps = { env: Pick<Cloudflare.IngestEnv, "DB" | "BUCKET">; now: () => number };

type Recording = {
  filename: string | null;
  contentType: string;
  /** Content-Length, if the sender gave one. */
  declaredBytes?: number | undefined;
  /** How many bytes the tenant may store. */
  bytesLeft: number;
};

/**
 * Streams a recording into R2, under the id that its job will have.
 * @throws Refusal, or what `quotaIn` knows; nothing is left behind then
 */
export async function storeRecording(
  { env: { DB, BUCKET }, now }: Deps,
  { tenantId, jobId, createdAt }: { tenantId: string; jobId: string; createdAt: number },
  body: ReadableStream<Uint8Array>,
  { filename, contentType, declaredBytes, bytesLeft }: Recording,
): Promise<StoredSource> {
  const key = audioKey(tenantId, jobId, fileExtension(filename, contentType));
  let uploadId: string | null = null;
  const endUpload = async () => {
    if (uploadId === null) return;
    await abortUpload(BUCKET, key, uploadId); // nothing happens to one that is complete
    await closePendingUpload(DB, uploadId);
  };
  const discard = async () => {
    await endUpload();
    await removeAudio(BUCKET, key);
    await closePendingAudio(DB, key);
  };
  if (!(await openPendingAudio(DB, key, now()))) {
    throw new Refusal(
      "request_in_progress",
      "What an earlier try left is just being removed. Send it again.",
    );
  }
  try {
    const stored = await storeAudio(BUCKET, key, body, {
      contentType,
      maxBytes: Math.min(MAX_AUDIO_BYTES, bytesLeft),
      ...(declaredBytes === undefined ? {} : { declaredBytes }),
      now,
      onUploadStarted(id) {
        uploadId = id;
        return touchPendingAudio(DB, key, now(), id);
      },
      beat: () => touchPendingAudio(DB, key, now(), uploadId).catch(() => undefined), // the next one may get through
    });
    if (uploadId !== null) await closePendingUpload(DB, uploadId);
    const audio = { ...NO_AUDIO, filename, content_type: contentType, ...stored };
    return { kind: "stored", jobId, createdAt, audioKey: key, audio, discard };
  } catch (error) {
    await discard(); // the object can exist after all, if the answer to its last write was lost
    if (error instanceof EmptyBodyError) throw new Refusal("empty_body", "The recording is empty.");
    if (error instanceof AudioTooLargeError) {
      if (bytesLeft < MAX_AUDIO_BYTES) throw new Error("quota_exceeded bytes_stored"); // as the database says it
      throw new Refusal("file_too_large", error.message);
    }
    if (error instanceof BodyBrokenError) {
      throw new Refusal("upload_incomplete", "The upload broke off before its end.");
    }
    throw error;
  }
}
