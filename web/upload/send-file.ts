import { defaultOptions, Upload } from "tus-js-client";
import { explainTusError, mayPass } from "../../client/upload.ts";
import { ApiError, type Diarist } from "../api/diarist.ts";

/** Each chunk is one request; a break costs at most one. */
const CHUNK_BYTES = 8 * 1024 * 1024;
/** Retries for about five minutes without a connection; every byte that arrives restarts them. */
const RETRY_DELAYS_MS = [0, 1_000, 3_000, 5_000, 10_000, ...Array<number>(9).fill(30_000)];

type SendOptions = {
  /** The options of the job that the upload becomes. */
  options: object;
  onProgress: (sent: number) => void;
  /** Called when the connection breaks; it is retried. */
  onBreak: () => void;
};

export type Sending = {
  /** The id of the job that the upload became. @throws ApiError, UnreachableError */
  done: Promise<string>;
  /** Cancels the upload, here and on the server. */
  cancel: () => Promise<void>;
};

/**
 * Sends a file by tus and creates a job from it. An upload that was started in this browser is resumed: name, size and
 * date identify it.
 */
export function sendFile(
  { reach }: Diarist,
  file: File,
  { options, onProgress, onBreak }: SendOptions,
): Sending {
  const finished = Promise.withResolvers<string>();
  let jobId = "";
  const upload = new Upload(file, {
    endpoint: `${reach.url}/v1/uploads`,
    headers: { authorization: `Bearer ${reach.apiKey}` },
    metadata: { filename: file.name, filetype: file.type, diarist: JSON.stringify(options) },
    chunkSize: CHUNK_BYTES,
    uploadDataDuringCreation: true,
    removeFingerprintOnSuccess: true,
    retryDelays: RETRY_DELAYS_MS,
    onShouldRetry(error) {
      const refusal = explainTusError(error, reach.url);
      const isUsedUp = refusal instanceof ApiError && refusal.code === "quota_exceeded";
      const retries = !isUsedUp && mayPass(error.originalResponse?.getStatus() ?? null);
      if (retries) onBreak();
      return retries;
    },
    onProgress,
    onAfterResponse(_, response) {
      jobId = response.getHeader("Diarist-Job") ?? jobId;
    },
    onSuccess: () => finished.resolve(jobId),
    onError: (error) => finished.reject(explainTusError(error, reach.url)),
  });
  let isCanceled = false;
  void upload.findPreviousUploads().then(([previous]) => {
    if (isCanceled) return;
    if (previous) upload.resumeFromPreviousUpload(previous);
    upload.start();
  }, finished.reject);
  const cancel = () => {
    isCanceled = true;
    return upload.abort(true);
  };
  return { done: finished.promise, cancel };
}

/** An upload that was started in this browser and is not complete. */
export type Unfinished = { name: string; bytes: number; sent: number; forget: () => Promise<void> };

/** Uploads that can be resumed by choosing the file again. Those that the server no longer has are forgotten. */
export async function listUnfinished({ reach }: Diarist): Promise<Unfinished[]> {
  const { urlStorage } = defaultOptions;
  const begun = await urlStorage.findAllUploads();
  const looks = begun.map(async ({ uploadUrl, urlStorageKey, metadata, size }) => {
    const forget = () => urlStorage.removeUpload(urlStorageKey);
    const headers = { authorization: `Bearer ${reach.apiKey}` };
    const answer = uploadUrl && (await reach.fetch(uploadUrl, { headers }));
    if (!answer || answer.status === 404 || answer.status === 410) return forget();
    if (!answer.ok) return; // not known; it may be the next time
    const { status, offset } = Object(await answer.json());
    if (status !== "receiving") return forget();
    return { name: metadata["filename"] ?? "", bytes: size ?? 0, sent: Number(offset), forget };
  });
  const found = await Promise.allSettled(looks);
  return found.flatMap((look) => (look.status === "fulfilled" && look.value ? [look.value] : []));
}
