import { SLACK_CALL_MS } from "../limits.ts";
import { parseRetryAfterValue } from "../queue/backoff.ts";

/** What is needed to call Slack's Web API as one workspace's bot. */
export type SlackApi = {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** `https://slack.com/api/`, or a stand-in's. */
  baseUrl: string;
  token: string;
  now: () => number;
};

/** A call that failed. */
export class SlackError extends Error {
  override name = "SlackError";
  /** Slack's own code (`channel_not_found`), or ours: `timeout`, `network`, `rate_limited`, `unreadable`. */
  readonly code: string;
  /** HTTP status; null: there was no response. */
  readonly status: number | null;
  /** How long Slack asks us to wait; null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(method: string, code: string, status: number | null, retryAfterMs: number | null = null) {
    super(`${method}: ${code}`);
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

type Arguments = Record<string, string | number | boolean | null | undefined | object>;

/**
 * Calls a method. Arguments are sent as a form, which every method accepts; objects in it as JSON.
 * @throws SlackError
 */
export async function callSlack<T>(api: SlackApi, method: string, args: Arguments): Promise<T> {
  const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
  if (api.token !== "") headers["authorization"] = `Bearer ${api.token}`;
  return answerOf<T>(api, method, new URL(method, api.baseUrl).href, {
    headers,
    body: formOf(args).toString(),
  });
}

/** Sends a file's bytes to the URL that `files.getUploadURLExternal` returned. @throws SlackError */
export async function sendFileToSlack(
  api: Omit<SlackApi, "token">,
  url: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const headers = { "content-type": "application/octet-stream" };
  const response = await post(api, "upload", url, { headers, body: bytes });
  const { status } = response;
  await response.body?.cancel();
  if (status !== 200)
    throw new SlackError("upload", `http_${status}`, status, retryAfter(response, api.now()));
}

async function answerOf<T>(
  api: Omit<SlackApi, "token">,
  method: string,
  url: string,
  init: RequestInit,
): Promise<T> {
  const response = await post(api, method, url, init);
  const { status } = response;
  const text = await response.text().catch(() => {
    throw new SlackError(method, "network", status);
  });
  if (status === 429) throw new SlackError(method, "rate_limited", status, retryAfter(response, api.now()));
  const answer = readAnswer(text);
  if (!answer) throw new SlackError(method, status === 200 ? "unreadable" : `http_${status}`, status);
  if (answer.ok !== true) {
    const code = answer.error === "ratelimited" ? "rate_limited" : (answer.error ?? "unreadable");
    throw new SlackError(method, code, status, retryAfter(response, api.now()));
  }
  return answer as T;
}

async function post(
  api: Pick<SlackApi, "fetch">,
  method: string,
  url: string,
  init: RequestInit,
): Promise<Response> {
  const signal = AbortSignal.timeout(SLACK_CALL_MS);
  try {
    return await api.fetch(url, { ...init, method: "POST", redirect: "manual", signal });
  } catch {
    throw new SlackError(method, signal.aborted ? "timeout" : "network", null);
  }
}

function retryAfter(response: Response, now: number): number | null {
  return parseRetryAfterValue(response.headers.get("retry-after"), now);
}

function formOf(args: Arguments): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(args)) {
    if (value === undefined || value === null) continue;
    form.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  return form;
}

function readAnswer(text: string): { ok?: unknown; error?: string } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** Errors that stay the same tomorrow; all others may pass. */
const FINAL = new Set([
  "account_inactive",
  "cant_delete_message",
  "cant_update_message",
  "channel_not_found",
  "channel_type_not_supported",
  "edit_window_closed",
  "ekm_access_denied",
  "file_deleted",
  "file_not_found",
  "invalid_auth",
  "is_archived",
  "is_inactive",
  "message_not_found",
  "missing_scope",
  "no_permission",
  "not_allowed_token_type",
  "not_authed",
  "not_in_channel",
  "org_login_required",
  "restricted_action",
  "restricted_action_read_only_channel",
  "restricted_action_thread_locked",
  "team_access_not_granted",
  "thread_not_found",
  "token_expired",
  "token_revoked",
]);

export function isFinal(code: string): boolean {
  return FINAL.has(code);
}

/** Errors after which the call may or may not have taken effect. */
const UNCERTAIN = new Set([
  "fatal_error",
  "internal_error",
  "network",
  "service_unavailable",
  "timeout",
  "unreadable",
]);

/** Whether Slack refused the call, so that it surely had no effect. */
export function isRefusal({ code, status }: SlackError): boolean {
  return (status === 200 || status === 429) && !UNCERTAIN.has(code);
}

/** Whether the channel is closed to us: somebody has to invite the app, or use another channel. */
export function isClosed(code: string): boolean {
  return (
    code === "not_in_channel" ||
    code === "channel_not_found" ||
    code === "is_archived" ||
    code === "restricted_action"
  );
}
