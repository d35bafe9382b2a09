import Together, { APIConnectionTimeoutError, APIError } from "together-ai";
import { isRecord } from "../../../shared/is-record.ts";
import type { JobOptions, Task } from "../../../shared/job.ts";
import { UPSTREAM_TIMEOUT_MS } from "../../../shared/limits.ts";
import { parseRetryAfter } from "../../../shared/queue/backoff.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { apiOf } from "../../../shared/speech/ear.ts";
import type { TranscribeConfig } from "../config.ts";

type SpeechRequest = {
  task: Task;
  options: JobOptions;
  diarize: boolean;
  /** A URL that the speech API fetches, or the bytes themselves. */
  file: string | File;
};

/** What went wrong, in the terms that decide what to do about it (design: docs/architecture.md, "When the upstream says no"). */
export type SpeechProblem = {
  kind:
    | "audio_too_long"
    | "file_too_large"
    | "unsupported_format"
    | "invalid_params"
    | "direct_upload_too_large"
    | "rate_limited"
    | "unauthorized"
    | "processing_failed"
    | "unavailable";
  httpStatus: number | null;
  upstreamId: string | null;
  /** How long the answer asks us to wait. */
  waitMs: number | null;
  detail: string;
};

/** The speech API's own codes that say what to do by themselves. */
const BY_SLUG: Record<string, SpeechProblem["kind"]> = {
  audio_too_long: "audio_too_long",
  file_too_large: "file_too_large",
  request_too_large: "direct_upload_too_large",
  unsupported_format: "unsupported_format",
  invalid_params: "invalid_params",
  model_not_available: "invalid_params",
  invalid_api_key: "unauthorized",
  missing_api_key: "unauthorized",
  dynamic_request_limited: "rate_limited",
  dynamic_token_limited: "rate_limited",
  processing_failed: "processing_failed",
};

/**
 * Together's speech-to-text API (docs.together.ai, "audio-transcriptions"), through its official SDK with the SDK's
 * own retries off: a retry is a new, billed call, so it is ours to decide.
 * @returns the answer's body as it came, unread, and whether any word in it was heard; a problem for anything but a
 * 2xx with a body
 */
export async function askSpeech(
  upstream: TranscribeConfig["upstream"],
  request: SpeechRequest,
  deps: { fetch: typeof fetch; now: () => number },
  signal: AbortSignal,
): Promise<Result<{ body: string; heard: boolean }, SpeechProblem>> {
  const client = new Together({
    apiKey: upstream.apiKey,
    baseURL: upstream.baseUrl,
    maxRetries: 0,
    timeout: UPSTREAM_TIMEOUT_MS,
    fetch: deps.fetch,
  });
  // The SDK's own timeout ends when the headers are there; this one covers the body too.
  const deadline = AbortSignal.timeout(UPSTREAM_TIMEOUT_MS);
  let response: Response | undefined;
  try {
    response = await send(client, request, AbortSignal.any([signal, deadline]));
    const body = await response.text();
    if (body.trim() === "") return err(unusable(response, "an empty answer"));
    return ok({ body, heard: !isMadeUp(upstream, response) });
  } catch (error) {
    if (deadline.aborted || error instanceof APIConnectionTimeoutError) {
      return err(unusable(response, `no answer within ${UPSTREAM_TIMEOUT_MS / 60_000} minutes`));
    }
    if (response) return err(unusable(response, "an answer that breaks off"));
    if (error instanceof APIError && error.status !== undefined) return err(classify(error, deps.now()));
    return err(problem("unavailable", null, null, "no answer: the connection failed"));
  }
}

/** The stand-in says of itself that it only found where somebody speaks; no other speech API is asked. */
function isMadeUp({ ear }: TranscribeConfig["upstream"], { headers }: Response): boolean {
  return apiOf(ear) === "stand-in" && headers.get("x-stand-in") === "unmarked-audio";
}

/** The call was made and may be billed, but its result is lost. */
function unusable(response: Response | undefined, detail: string): SpeechProblem {
  const ray = response?.headers.get("cf-ray") ?? null;
  return problem("processing_failed", response?.status ?? null, ray, detail);
}

/** Together wants `model` before `file`, to route without buffering; the SDK sends fields in this order. */
function send(client: Together, { task, options, diarize, file }: SpeechRequest, signal: AbortSignal) {
  const model = options.model as "openai/whisper-large-v3"; // the SDK's type lists one; the server knows more
  const common = {
    model,
    response_format: "verbose_json" as const,
    language: options.language,
    temperature: options.temperature,
    timestamp_granularities: options.timestamp_granularities,
    ...(options.prompt === null ? {} : { prompt: options.prompt }),
  };
  if (task === "translate") {
    return client.audio.translations.create({ ...common, file }, { signal }).asResponse();
  }
  const speakers = {
    diarize,
    ...(options.min_speakers === null ? {} : { min_speakers: options.min_speakers }),
    ...(options.max_speakers === null ? {} : { max_speakers: options.max_speakers }),
  };
  return client.audio.transcriptions
    .create({ ...common, ...(diarize ? speakers : { diarize }), file }, { signal })
    .asResponse();
}

function classify(error: APIError, now: number): SpeechProblem {
  const status = error.status ?? null;
  const { slug, id, message } = readErrorBody(error.error);
  const kind = (slug && BY_SLUG[slug]) || kindOfStatus(status);
  const waitMs = error.headers ? parseRetryAfter(error.headers, now) : null;
  const upstreamId = id ?? error.headers?.get("cf-ray") ?? null; // a page of the edge has no id but its own
  return { kind, httpStatus: status, upstreamId, waitMs, detail: message ?? `answer ${status}` };
}

function kindOfStatus(status: number | null): SpeechProblem["kind"] {
  if (status === null) return "unavailable";
  if (status === 401 || status === 402 || status === 403) return "unauthorized";
  if (status === 413) return "direct_upload_too_large";
  if (status === 429 || status === 503) return "rate_limited";
  if (status === 408 || status === 409 || status >= 500) return "processing_failed";
  return "invalid_params";
}

/** The code may be in `error.code`, `error.type` or `error_type`; the body may not be JSON. */
function readErrorBody(body: unknown): { slug: string | null; id: string | null; message: string | null } {
  if (!isRecord(body)) return { slug: null, id: null, message: null };
  const inner = isRecord(body["error"]) ? body["error"] : {};
  const candidates = [inner["code"], inner["type"], inner["error_type"], body["error_type"]];
  const slug = candidates.find((value) => typeof value === "string" && value in BY_SLUG);
  return { slug: asText(slug), id: asText(body["id"]), message: asText(inner["message"]) };
}

function problem(
  kind: SpeechProblem["kind"],
  httpStatus: number | null,
  upstreamId: string | null,
  detail: string,
): SpeechProblem {
  return { kind, httpStatus, upstreamId, waitMs: null, detail };
}

function asText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
