import { type DetailedError, type HttpRequest, type HttpStack, Upload } from "tus-js-client";
import { ApiError, UnreachableError } from "./errors.ts";
import { IDEMPOTENCY_KEY, newIdempotencyKey, type Reach } from "./request.ts";

export type ResumableOptions = {
  filename?: string;
  signal?: AbortSignal;
  onUpload?: (sent: number, total: number) => void;
  onResumable?: (uploadUrl: string) => void;
  /** The URL of an upload that was begun before. One that is there no more is begun anew. */
  resume?: string;
};

/** Each piece is one request: what a break costs, and how finely progress is told. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** Sends a recording by tus and tells the upload's URL. Breaks are mended by going on where the server has come to. */
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

/** No answer, a fault of the server's, an offset or a lock that the next look clears up, or too many requests. */
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

/** tus-js-client over `fetch`, which browsers, Workers and Node all have; its own stacks are one for each. */
function stackOf(doFetch: typeof fetch): HttpStack {
  /** Of the upload to be begun: the same until it is known to have been. */
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
    setProgressHandler() {}, // fetch does not tell how much has left; the end of each piece does
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

/** What tus-js-client reports, as the errors that every other request has. */
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
