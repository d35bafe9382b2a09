import Together, { APIConnectionTimeoutError, APIError } from "together-ai";
import { isRecord } from "../../../shared/is-record.ts";
import { UPSTREAM_TIMEOUT_MS } from "../../../shared/limits.ts";
import { parseRetryAfter } from "../../../shared/queue/backoff.ts";
import { err, ok } from "../../../shared/result.ts";
import {
  isTimeoutStatus,
  kindOfStatus,
  problem,
  readErrorText,
  refusesUrl,
  type SpeechProblem,
} from "./speech-problem.ts";
import type { SendSpeech, SpeechRequest } from "./upstream.ts";

/** Together's own codes that say what to do by themselves. */
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
 */
export const sendToTogether: SendSpeech = async (api, request, deps, signal) => {
  const client = new Together({
    apiKey: api.apiKey,
    baseURL: api.baseUrl,
    maxRetries: 0,
    timeout: UPSTREAM_TIMEOUT_MS,
    fetch: deps.fetch,
  });
  try {
    return ok(await send(client, request, signal));
  } catch (error) {
    if (error instanceof APIConnectionTimeoutError) throw new DOMException(error.message, "TimeoutError");
    if (!(error instanceof APIError) || error.status === undefined) throw error;
    return err(classify(error, request, deps.now()));
  }
};

/** Together wants `model` before `file`, to route without buffering; the SDK sends fields in this order. */
function send(client: Together, request: SpeechRequest, signal: AbortSignal): Promise<Response> {
  const { task, options, diarize, file } = request;
  const common = {
    model: request.model as "openai/whisper-large-v3", // the SDK's type lists one; the server knows more
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

function classify(error: APIError, { file }: SpeechRequest, now: number): SpeechProblem {
  const status = error.status ?? null;
  const slug = readSlug(error.error);
  const text = readErrorText(error.error);
  const id = isRecord(error.error) ? error.error["id"] : null;
  const isUrlRefused = typeof file === "string" && slug === null && refusesUrl(status, text);
  return problem((slug && BY_SLUG[slug]) || kindOfStatus(status), text ?? `answer ${status}`, {
    httpStatus: status,
    upstreamId: typeof id === "string" ? id : (error.headers?.get("cf-ray") ?? null), // the edge's pages have no other
    waitMs: error.headers ? parseRetryAfter(error.headers, now) : null,
    isTimeout: isTimeoutStatus(status),
    teaches: isUrlRefused ? { takesUrl: false } : null,
  });
}

/** The code may be in `error.code`, `error.type` or `error_type`; the body may not be JSON. */
function readSlug(body: unknown): string | null {
  if (!isRecord(body)) return null;
  const inner = isRecord(body["error"]) ? body["error"] : {};
  const candidates = [inner["code"], inner["type"], inner["error_type"], body["error_type"]];
  const slug = candidates.find((value) => typeof value === "string" && value in BY_SLUG);
  return typeof slug === "string" ? slug : null;
}
