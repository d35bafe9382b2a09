import { isRecord } from "../../../shared/is-record.ts";
import type { SpeechTraits } from "../../../shared/storage/providers.ts";

/** What went wrong, in the terms that decide what to do about it (docs/architecture.md, "When the upstream says no"). */
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
  /** The call took longer than somebody between here and the model would wait: a shorter one may come through. */
  isTimeout: boolean;
  /** The request was refused for its form, and in this form it may be taken. */
  teaches: SpeechTraits | null;
};

export function problem(
  kind: SpeechProblem["kind"],
  detail: string,
  more: Partial<SpeechProblem> = {},
): SpeechProblem {
  const nothing = { httpStatus: null, upstreamId: null, waitMs: null, isTimeout: false, teaches: null };
  return { ...nothing, ...more, kind, detail };
}

/** The edges in front of speech APIs answer these when the model has not answered in time. */
export function isTimeoutStatus(status: number | null): boolean {
  return status === 504 || status === 524;
}

export function kindOfStatus(status: number | null): SpeechProblem["kind"] {
  if (status === null) return "unavailable";
  if (status === 401 || status === 402 || status === 403) return "unauthorized";
  if (status === 413) return "direct_upload_too_large";
  if (status === 415) return "unsupported_format";
  if (status === 429 || status === 503) return "rate_limited";
  if (status === 408 || status === 409 || status >= 500) return "processing_failed";
  return "invalid_params";
}

/**
 * Whether a refusal is of the URL in `file`: servers that only take bytes say that they miss a file, or that a text is
 * none. That a file could not be read, or fetched, is said in other words.
 */
export function refusesUrl(status: number | null, detail: string | null): boolean {
  const isRefusal = status === 400 || status === 415 || status === 422;
  return isRefusal && detail !== null && MISSES_A_FILE.test(detail);
}

/** vLLM, FastAPI (Speaches), whisper.cpp, Groq, in this order. */
const MISSES_A_FILE =
  /file-like object|UploadFile|\bfile: field required|no 'file' field|`?file`? or `?url`? must be provided/i;

/**
 * What an error's body says, in the shapes of OpenAI (`error.message`), of FastAPI (`detail`: a text, or a list of
 * what is wrong where), of whisper.cpp (`error`: a text) and of others (`message`). Null: nothing that can be told.
 */
export function readErrorText(body: unknown): string | null {
  if (!isRecord(body)) return null;
  const error = body["error"];
  const texts = [isRecord(error) ? error["message"] : error, body["detail"], body["message"]];
  const found = texts.map(textOf).find((text) => text !== null);
  return found ?? null;
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value.trim() || null;
  if (!Array.isArray(value)) return null;
  const lines = value.map((item) => {
    if (!isRecord(item) || typeof item["msg"] !== "string") return textOf(item);
    const place = Array.isArray(item["loc"]) ? item["loc"].filter((name) => name !== "body").join(".") : "";
    return place ? `${place}: ${item["msg"]}` : item["msg"];
  });
  return lines.filter(Boolean).join("; ") || null;
}
