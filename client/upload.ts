import { type DetailedError, type HttpRequest, type HttpStack, Upload } from "tus-js-client";
import { ApiError, UnreachableError } from "./errors.ts";
import { IDEMPOTENCY_KEY, newIdempotencyKey, type Reach } from "./request.ts";

type ResumableOptions = {
  filename?: string;
  signal?: AbortSignal;
  onUpload?: (sent: number, total: number) => void;
  onResumable?: (uploadUrl: string) => void;
  /** The URL of an upload that was started before. If it no longer exists, a new one is started. */
  resume?: string;
};

/** Each chunk is one request: it is what a break costs, and one step of progress. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** Sends a recording by tus and returns the upload's URL. After a break it resumes at the server's offset. */
export function uploadResumably(reach: Reach, recording: Blob, options: ResumableOptions): Promise<string> {
  const { filename, signal, onUpload, onResumable, resume } = options;
  return new Promise((resolve, reject) => {
    const upload = new Upload(recording, {
      endpoint: `${reach.url}/v1/uploads`,
      ...(resume && { uploadUrl: resume }),
      headers: { authorization: `Bearer ${reach.apiKey}` },
      metadata: { ...(filename && { filename }), ...(recording.type && { filetype: recording.type }) },
      chunkSize: PIECE_BYTES,
      retryDelays: [0, 1_000, 3_000, 9_000, 27_000],
      onShouldRetry: ({ originalResponse }) => mayPass(originalResponse?.getStatus() ?? null),
      storeFingerprintForResuming: false,
      httpStack: stackOf(reach.fetch),
      fileReader: { openFile: async (blob: Blob) => piecesOf(blob) },
      onUploadUrlAvailable: () => upload.url && onResumable?.(upload.url),
      onChunkComplete: (_, sent, total) => onUpload?.(sent, total),
      onSuccess: () => finish(() => resolve(upload.url ?? "")),
      onError: (error) => finish(() => reject(explainTusError(error, reach.url))),
    });
    const stop = () => void upload.abort().finally(() => reject(signal?.reason));
    const finish = (done: () => void) => {
      signal?.removeEventListener("abort", stop);
      done();
    };
    if (signal?.aborted) return reject(signal.reason);
    signal?.addEventListener("abort", stop, { once: true });
    upload.start();
  });
}

/** No response, a server error, an offset or lock that the next request clears up, or too many requests. */
export function mayPass(status: number | null): boolean {
  return status === null || status >= 500 || [409, 423, 429].includes(status);
}

function piecesOf(blob: Blob) {
  return {
    size: blob.size,
    slice: async (start: number, end: number) => {
      const value = blob.slice(start, end);
      return { value, size: value.size, done: end >= blob.size };
    },
    close() {},
  };
}

/** tus-js-client over `fetch`, which browsers, Workers and Node all have; its own HTTP stacks differ for each. */
function stackOf(doFetch: typeof fetch): HttpStack {
  /** The key of the upload to create: the same until it is known to exist. */
  const beginning = { key: newIdempotencyKey() };
  return {
    getName: () => "fetch",
    createRequest: (method, url) => requestOf(doFetch, method, url, beginning),
  };
}

function requestOf(
  doFetch: typeof fetch,
  method: string,
  url: string,
  beginning: { key: string },
): HttpRequest {
  const headers = new Headers(method === "POST" ? { [IDEMPOTENCY_KEY]: beginning.key } : {});
  const leaving = new AbortController();
  return {
    getMethod: () => method,
    getURL: () => url,
    setHeader: (name, value) => headers.set(name, value),
    getHeader: (name) => headers.get(name) ?? undefined,
    setProgressHandler() {}, // fetch does not report progress; the end of each chunk does
    abort: async () => leaving.abort(),
    getUnderlyingObject: () => null,
    async send(body: Blob | null) {
      const response = await doFetch(url, { method, headers, body: body ?? null, signal: leaving.signal });
      const text = await response.text();
      if (method === "POST" && response.ok) beginning.key = newIdempotencyKey();
      return {
        getStatus: () => response.status,
        getHeader: (name) => response.headers.get(name) ?? undefined,
        getBody: () => text,
        getUnderlyingObject: () => response,
      };
    },
  };
}

/** An error of tus-js-client as the errors that all other requests have. */
export function explainTusError(error: Error | DetailedError, url: string): Error {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (response) return new ApiError(response.getStatus(), parse(response.getBody()));
  return new UnreachableError(url, ("causingError" in error && error.causingError) || error);
}

function parse(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
