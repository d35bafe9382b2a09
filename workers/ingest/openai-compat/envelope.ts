import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { FailureCode } from "../../../shared/failure.ts";
import type { Job } from "../../../shared/job.ts";
import type { IngestApp } from "../app.ts";
import { answerError } from "../http/answer-error.ts";
import { PROBLEM_CODES } from "../http/problem.ts";

/** The request was fine, but there is no transcript. */
export class NoTranscriptError extends Error {
  override name = "NoTranscriptError";
  readonly status: number;
  readonly code: string;
  /** Whether the client should retry by itself. */
  readonly again: boolean;
  constructor(status: number, code: string, message: string, again = false) {
    super(message);
    this.status = status;
    this.code = code;
    this.again = again;
  }
}

/** The status that the speech API itself would give a job's failure. */
const STATUS: Readonly<Record<FailureCode, number>> = {
  audio_too_long: 400,
  file_too_large: 400,
  unsupported_format: 400,
  invalid_params: 400,
  no_audio_track: 400,
  upload_corrupt: 400,
  quota_exceeded: 429,
  source_unreachable: 400,
  slack_file_unreachable: 400,
  slack_permission_missing: 400,
  slack_disconnected: 400,
  processing_failed: 500,
  internal_error: 500,
  public_url_missing: 503,
  upstream_unavailable: 503,
  upstream_unauthorized: 503,
};

/** A job that ended without a transcript. */
export function endedWithout(job: Job): NoTranscriptError {
  const where = `The job is ${job.id}.`;
  if (job.error) {
    const { code, message, action } = job.error;
    return new NoTranscriptError(STATUS[code], code, `${message} ${action} ${where}`);
  }
  return new NoTranscriptError(400, "job_canceled", `The job was canceled. ${where}`);
}

/** Codes that have another name in the SDKs' documentation. */
const OTHER_NAMES: Readonly<Record<string, string>> = { unauthorized: "invalid_api_key" };

/** Every code that the envelope may hold. */
export const ENVELOPE_CODES = [
  ...new Set([...PROBLEM_CODES.map(nameOf), ...Object.keys(STATUS), "job_canceled", "still_working"]),
].sort();

function nameOf(code: string): string {
  return OTHER_NAMES[code] ?? code;
}

type Problem = {
  status: number;
  detail: string;
  code: string;
  action: string;
  request_id: string;
  errors?: { field: string }[];
};

/** An error that a route threw, in the envelope of OpenAI and Together: `{"error":{message,type,param,code}}`. */
export async function answerInEnvelope(error: unknown, c: Context<IngestApp>): Promise<Response> {
  if (error instanceof NoTranscriptError) {
    return envelope(c, error.status, { message: error.message, param: null, code: error.code }, error.again);
  }
  const answer = answerError(error, c);
  const problem = (await answer.json()) as Problem; // our own
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => name !== "content-type"));
  return envelope(
    c,
    problem.status === 422 ? 400 : problem.status,
    {
      message: `${problem.detail} ${problem.action}`,
      param: problem.errors?.[0]?.field ?? null,
      code: nameOf(problem.code),
    },
    problem.status === 429 || problem.status >= 500,
    headers,
  );
}

function envelope(
  c: Context<IngestApp>,
  status: number,
  said: { message: string; param: string | null; code: string },
  again: boolean,
  headers: Record<string, string> = {},
): Response {
  const type = status >= 500 ? "server_error" : status === 429 ? "rate_limit_error" : "invalid_request_error";
  const { message, param, code } = said;
  const body = { id: c.get("requestId"), error: { message, type, param, code } };
  // Both SDKs obey x-should-retry. Without it they would send a failed recording again, and pay to fail again.
  return c.json(body, status as ContentfulStatusCode, { ...headers, "x-should-retry": String(again) });
}
