import { isRecord } from "../../../shared/is-record.ts";
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
import type { SendSpeech, SpeechRequest, Upstream } from "./upstream.ts";

/** An error's body is read no further: some servers answer a page. */
const MAX_ERROR_CHARACTERS = 20_000;

/**
 * Any server with OpenAI's audio routes (developers.openai.com, "Create transcription"): OpenAI, Groq, Fireworks, vLLM,
 * Speaches, whisper.cpp. They differ in what they refuse, so a field that one of them may not know is only sent once
 * the server has shown that it does. Plain `fetch`: the SDK takes no URL in `file`, as Fireworks does.
 */
export const sendToOpenAi: SendSpeech = async (api, request, deps, signal) => {
  const route = request.task === "translate" ? "translations" : "transcriptions";
  const response = await deps.fetch(`${api.baseUrl}/audio/${route}`, {
    method: "POST",
    headers: api.apiKey ? { authorization: `Bearer ${api.apiKey}` } : {},
    body: formOf(api, request),
    redirect: "manual", // a POST that is sent elsewhere loses its body
    signal,
  });
  if (response.ok) return ok(response);
  const body = (await response.text()).slice(0, MAX_ERROR_CHARACTERS);
  return err(classify(response, parseJson(body), request, api, deps.now()));
};

/** `model` first and `file` last, so that a server can route before it has read the audio. */
function formOf(api: Upstream, { model, task, options, diarize, file }: SpeechRequest): FormData {
  const { format = "verbose_json", knowsSpeakers } = api.traits;
  const form = new FormData();
  form.set("model", model);
  form.set("response_format", format);
  if (options.prompt !== null) form.set("prompt", options.prompt);
  if (options.temperature > 0) form.set("temperature", String(options.temperature));
  if (task === "transcribe") {
    if (options.language !== "auto") form.set("language", options.language);
    if (format === "verbose_json") {
      for (const unit of options.timestamp_granularities) form.append("timestamp_granularities[]", unit);
    }
    if (diarize && knowsSpeakers) {
      form.set("diarize", "true");
      if (options.min_speakers !== null) form.set("min_speakers", String(options.min_speakers));
      if (options.max_speakers !== null) form.set("max_speakers", String(options.max_speakers));
    }
  }
  form.set("file", file);
  return form;
}

function classify(
  response: Response,
  body: unknown,
  request: SpeechRequest,
  api: Upstream,
  now: number,
): SpeechProblem {
  const { status, headers } = response;
  const text = readErrorText(body);
  const kind = isMisaddressed(status, request, api) ? "unauthorized" : kindOf(status, body, text);
  return problem(kind, text ?? `answer ${status}`, {
    httpStatus: status,
    upstreamId: headers.get("x-request-id") ?? headers.get("cf-ray"),
    waitMs: parseRetryAfter(headers, now),
    isTimeout: isTimeoutStatus(status),
    teaches: kind === "invalid_params" ? lessonOf(status, body, text, request, api) : null,
  });
}

/** An address or a model of the operator's that is not there is no fault of a job: jobs wait, and the operator is told. */
function isMisaddressed(status: number, { model, task }: SpeechRequest, api: Upstream): boolean {
  const isElsewhere = (status >= 300 && status < 400) || status === 404 || status === 405;
  return isElsewhere && task === "transcribe" && model === api.model;
}

function kindOf(status: number, body: unknown, text: string | null): SpeechProblem["kind"] {
  // An account without money is answered 429 by OpenAI, and waiting for the next minute does not fill it.
  if (codeOf(body) === "insufficient_quota") return "unauthorized";
  const isRefusal = status === 400 || status === 413 || status === 422;
  // vLLM: "Maximum file size exceeded"; OpenAI and Groq: "Maximum content size limit (26214400) exceeded".
  if (isRefusal && text && /\b(file|content|request|body) size\b|\btoo large\b/i.test(text)) {
    return "direct_upload_too_large";
  }
  // OpenAI: "Audio duration 3000 seconds is longer than 1500 seconds which is the maximum for this model".
  if (isRefusal && text && /\b(audio|duration)\b.*\b(longer than|too long)\b/i.test(text)) {
    return "audio_too_long";
  }
  return kindOfStatus(status);
}

/** Models without times take only `json`: "response_format 'verbose_json' is not compatible with model …". */
function lessonOf(
  status: number,
  body: unknown,
  text: string | null,
  { file }: SpeechRequest,
  { traits }: Upstream,
): SpeechProblem["teaches"] {
  if (status !== 400 && status !== 415 && status !== 422) return null;
  const isAboutFormat =
    paramOf(body) === "response_format" || /response_format|verbose_json/.test(text ?? "");
  if (isAboutFormat && traits.format !== "json") return { format: "json" };
  if (traits.knowsSpeakers && /\bdiarize\b|\b(min|max)_speakers\b/.test(text ?? "")) {
    return { knowsSpeakers: false };
  }
  return typeof file === "string" && refusesUrl(status, text) ? { takesUrl: false } : null;
}

function codeOf(body: unknown): unknown {
  return isRecord(body) && isRecord(body["error"]) ? body["error"]["code"] : null;
}

function paramOf(body: unknown): unknown {
  return isRecord(body) && isRecord(body["error"]) ? body["error"]["param"] : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
