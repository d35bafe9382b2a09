import type { components } from "./api.ts";

type Problem = components["schemas"]["Problem"];
export type Job = components["schemas"]["Job"];

/** The API refused a request. `message` says why, `action` what to do; the codes are in docs/api.md. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly action: string;
  readonly requestId: string | null;
  readonly errors: { field: string; message: string }[];

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? `http_${status}`;
    this.action = problem.action ?? "Check that DIARIST_URL is the address of a Diarist.";
    this.requestId = problem.request_id ?? null;
    this.errors = problem.errors ?? [];
  }

  static async of(response: Response): Promise<ApiError> {
    const isProblem = response.headers.get("content-type")?.includes("json");
    const body: unknown = isProblem ? await response.json().catch(() => null) : null;
    if (!isProblem) await response.body?.cancel();
    return new ApiError(response.status, Object(body));
  }
}

/** The server could not be reached, or the connection broke. */
export class UnreachableError extends Error {
  override name = "UnreachableError";

  constructor(url: string, cause: unknown) {
    super(`${new URL(url).origin} could not be reached: ${reasonOf(cause)}`, { cause });
  }
}

/** The job ended without a transcript. */
export class JobFailedError extends Error {
  override name = "JobFailedError";
  readonly job: Job;

  constructor(job: Job) {
    super(job.error ? `${job.error.message} ${job.error.action}` : `The job was ${job.status}.`);
    this.job = job;
  }
}

/** `fetch` only says "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown): string {
  const { cause, message, code } = Object(error);
  if (cause !== undefined && cause !== error) return reasonOf(cause);
  return String(message || code || error);
}
