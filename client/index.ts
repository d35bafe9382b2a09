import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./api.ts";
import { type Job, JobFailedError } from "./errors.ts";
import { type EventsOptions, type FedEvent, followEvents } from "./events.ts";
import { type Connection, reachOf, send } from "./request.ts";
import { type SubmitOptions, submit } from "./submit.ts";

export type { components, paths } from "./api.ts";
export { ApiError, type Job, JobFailedError, UnreachableError } from "./errors.ts";
export type { EventsOptions, FedEvent } from "./events.ts";
export type { Connection } from "./request.ts";
export type { JobOptions, SubmitOptions } from "./submit.ts";
export { verifyWebhook, type WebhookEvent, WebhookVerificationError } from "./verify-webhook.ts";

type TranscriptQuery = NonNullable<paths["/v1/jobs/{id}/transcript"]["get"]["parameters"]["query"]>;

type AgainBody = NonNullable<paths["/v1/jobs/{id}/transcribe-again"]["post"]["requestBody"]>;

/** What is to be otherwise in another transcript of a recording. */
export type AgainOptions = AgainBody["content"]["application/json"] & {
  idempotencyKey?: string;
  signal?: AbortSignal;
};

export type WaitOptions = {
  signal?: AbortSignal;
  /** Called with the job as it progresses, about every two seconds. */
  onProgress?: (job: Job) => void;
};

export type Diarist = {
  /** Every route, typed: `const { data } = await diarist.api.GET("/v1/jobs", { params: { query: { limit: 5 } } })`. */
  api: Client<paths>;
  /** Sends a recording, or the URL of one. Large ones are sent in chunks and resumed after a break. */
  submit(recording: Blob | string, options?: SubmitOptions): Promise<Job>;
  /** The job once it has ended, in whatever state. */
  wait(jobId: string, options?: WaitOptions): Promise<Job>;
  /** Sends a recording and waits for its transcript. @throws JobFailedError when there is none */
  transcribe(recording: Blob | string, options?: SubmitOptions & WaitOptions): Promise<Job>;
  /** Has a job's recording transcribed once more, as a new job; options that are left out stay as they were. */
  transcribeAgain(jobId: string, options?: AgainOptions): Promise<Job>;
  /** The transcript; read it as `text()`, `json()` or a stream. */
  transcript(jobId: string, format?: TranscriptQuery["format"], signal?: AbortSignal): Promise<Response>;
  /** The tenant's events, as they happen. */
  events(options?: EventsOptions): AsyncGenerator<FedEvent, never>;
};

const WAIT_SECONDS = 50;
const PROGRESS_SECONDS = 2;

/**
 * A client for a Diarist; for Node 20 and later, browsers and Workers. Its functions throw ApiError when a request is
 * refused, UnreachableError when the server cannot be reached, and the signal's reason when they are aborted.
 */
export function createDiarist(connection: Connection): Diarist {
  const reach = reachOf(connection);
  const api = createClient<paths>({
    baseUrl: reach.url,
    fetch: (request) => send(reach, () => request.clone()),
  });

  async function wait(jobId: string, { signal, onProgress }: WaitOptions = {}): Promise<Job> {
    // A caller who wants progress gets the first report at once.
    for (
      let seconds = onProgress ? 0 : WAIT_SECONDS;
      ;
      seconds = onProgress ? PROGRESS_SECONDS : WAIT_SECONDS
    ) {
      const params = { path: { id: jobId }, query: { wait: seconds } };
      const { data: job } = await api.GET("/v1/jobs/{id}", { params, ...(signal && { signal }) });
      if (!job) throw new TypeError("The server's response has no job.");
      onProgress?.(job);
      if (job.status !== "queued" && job.status !== "processing") return job;
    }
  }

  return {
    api,
    wait,
    submit: (recording, options = {}) => submit(reach, recording, options),
    async transcribe(recording, { onProgress, ...options } = {}) {
      const { signal } = options;
      const { id } = await submit(reach, recording, options);
      const job = await wait(id, { ...(signal && { signal }), ...(onProgress && { onProgress }) });
      if (job.status !== "completed") throw new JobFailedError(job);
      return job;
    },
    async transcribeAgain(jobId, { signal, idempotencyKey, ...options } = {}) {
      const { data: job } = await api.POST("/v1/jobs/{id}/transcribe-again", {
        params: {
          path: { id: jobId },
          header: idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey },
        },
        body: options,
        ...(signal && { signal }),
      });
      if (!job) throw new TypeError("The server's response has no job.");
      return job;
    },
    transcript(jobId, format, signal) {
      const url = new URL(`${reach.url}/v1/jobs/${encodeURIComponent(jobId)}/transcript`);
      if (format) url.searchParams.set("format", format);
      return send(reach, () => new Request(url, signal ? { signal } : {}));
    },
    events: (options = {}) => followEvents(reach, api, options),
  };
}
