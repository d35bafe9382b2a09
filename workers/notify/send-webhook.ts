/**
 * One HTTP attempt to deliver a webhook, and nothing else: no database, no queue, no retry. It never throws because of
 * the other side.
 */

/** The result of one attempt. The webhook is delivered exactly when `error` is null. */
export type Attempt = {
  /** null when no response came. */
  status: number | null;
  durationMs: number;
  /** The start of the response's body as text, for people; empty when there was none. */
  response: string;
  /** A closed list: the platform's text for a network error may name internal addresses, and is dropped. */
  error: "timeout" | "network" | "redirect" | "status" | null;
  /** The response's header as it came. */
  retryAfter: string | null;
};

export type WebhookRequest = {
  url: string;
  /** The three signature headers. */
  headers: Record<string, string>;
  /** The exact bytes that were signed. */
  body: Uint8Array | string;
  /** For the whole attempt: connection, headers and body. */
  timeoutMs?: number;
  maxResponseBytes?: number;
  now?: () => number;
};

const USER_AGENT = "Diarist-Webhooks/1";
const TIMEOUT_MS = 15_000;
const MAX_RESPONSE_BYTES = 4_096;

export async function sendWebhook(
  send: (url: string, init: RequestInit) => Promise<Response>,
  request: WebhookRequest,
): Promise<Attempt> {
  const { timeoutMs = TIMEOUT_MS, maxResponseBytes = MAX_RESPONSE_BYTES, now = Date.now } = request;
  // Made outside the try: a header that cannot be sent is our bug, and must not count against the receiver.
  const headers = new Headers(request.headers);
  headers.set("content-type", "application/json");
  headers.set("user-agent", USER_AGENT);
  const signal = AbortSignal.timeout(timeoutMs);
  const startedAt = now();

  let answer: Response;
  try {
    // "follow" would turn a POST into a GET and take the login page behind it for success.
    const init: RequestInit = { method: "POST", headers, body: request.body, redirect: "manual", signal };
    answer = await send(request.url, init);
  } catch {
    const error = signal.aborted ? "timeout" : "network";
    return { status: null, durationMs: now() - startedAt, response: "", error, retryAfter: null };
  }

  const body = await readStart(answer.body, maxResponseBytes);
  const broken = body.complete ? null : signal.aborted ? "timeout" : "network";
  return {
    status: answer.status,
    durationMs: now() - startedAt,
    response: body.text,
    error: errorOfStatus(answer.status) ?? broken,
    retryAfter: answer.headers.get("retry-after"),
  };
}

function errorOfStatus(status: number): "redirect" | "status" | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? "redirect" : "status";
}

/** Reads up to this many bytes and drops the rest; `complete` is false when the body broke off before. */
async function readStart(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<{ text: string; complete: boolean }> {
  if (!body) return { text: "", complete: true };
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let left = maxBytes;
  let complete = true;
  try {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) break;
      const start = value.subarray(0, left);
      left -= start.length;
      text += decoder.decode(start, { stream: true }); // a character that is cut off at the end is left out
    }
  } catch {
    complete = false;
  }
  // Not awaited: the receiver may be slow to close, and nothing depends on it.
  reader.cancel().catch(() => undefined);
  return { text: text.replaceAll("\u0000", "\ufffd"), complete };
}
