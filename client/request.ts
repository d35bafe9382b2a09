import { ApiError, UnreachableError } from "./errors.ts";

/** Where a Diarist is and how to call it. */
export type Connection = {
  /** Its address, such as `https://diarist.example.com`. */
  url: string;
  apiKey: string;
  fetch?: typeof fetch;
  /** How often a repeatable request is tried before it fails. Default: 7, over about 30 s. */
  attempts?: number;
  /** Waits; rejects when the signal is aborted. For tests. */
  pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
};

/** A connection with all defaults filled in. */
export type Reach = Required<Connection>;

const DEFAULT_ATTEMPTS = 7;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A proxy could not reach the server: what was done is unknown. */
const PASSING = new Set([502, 503, 504]);

/** @throws TypeError when this is not a URL, or cannot be a key */
export function reachOf({ url, apiKey, ...rest }: Connection): Reach {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw new TypeError("Diarist's address must be a URL, such as https://diarist.example.com");
  }
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new TypeError("An API key has no spaces and only ASCII characters");
  return {
    url: address.href.replace(/\/+$/, ""),
    apiKey,
    fetch: (input, init) => fetch(input, init),
    attempts: DEFAULT_ATTEMPTS,
    pause,
    ...rest,
  };
}

/**
 * Sends a request with the key, and retries after temporary errors. A POST carries an `Idempotency-Key`, so that it is
 * done once. Other changing requests are repeated only when the server said that it did nothing (429, most 503).
 *
 * @param make creates the request for each try: a body can be read only once
 * @throws ApiError when it is refused, UnreachableError, or the reason of its aborted signal
 */
export async function send(reach: Reach, make: () => Request): Promise<Response> {
  const key = newIdempotencyKey();
  for (let n = 1; ; n++) {
    const request = make();
    request.headers.set("authorization", `Bearer ${reach.apiKey}`);
    if (request.method === "POST" && !request.headers.has(IDEMPOTENCY_KEY)) {
      request.headers.set(IDEMPOTENCY_KEY, key);
    }
    const { signal } = request;
    const answer = await reach.fetch(request).catch((error: unknown) => {
      signal.throwIfAborted();
      return new UnreachableError(request.url, error);
    });
    if (answer instanceof Response && answer.ok) return answer;
    const error = answer instanceof Response ? await ApiError.of(answer) : answer;
    if (n >= reach.attempts || !mayRepeat(request, error)) throw error;
    const asked = answer instanceof Response ? Number(answer.headers.get("retry-after")) * 1000 : 0;
    await reach.pause(
      Math.min(LONGEST_PAUSE_MS, Math.max(asked || 0, FIRST_PAUSE_MS * 2 ** (n - 1))),
      signal,
    );
  }
}

function mayRepeat({ method }: Request, error: ApiError | UnreachableError): boolean {
  const isSafe = ["GET", "HEAD", "POST"].includes(method);
  if (error instanceof UnreachableError) return isSafe;
  // Storage that failed at a write may have made it.
  const isUndone = error.status === 429 || (error.status === 503 && error.code !== "storage_unavailable");
  return isUndone || (isSafe && (PASSING.has(error.status) || error.code === "request_in_progress"));
}

export const IDEMPOTENCY_KEY = "idempotency-key";

/** `crypto.randomUUID` is missing on pages served over plain HTTP. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
