import type { paths } from "./api.ts";
import type { Job } from "./errors.ts";
import { IDEMPOTENCY_KEY, type Reach, send } from "./request.ts";
import { uploadResumably } from "./upload.ts";

type SubmitQuery = NonNullable<paths["/v1/jobs"]["post"]["parameters"]["query"]>;
/** The options of a job; docs/api.md explains each. */
export type JobOptions = Omit<SubmitQuery, "filename">;

export type SubmitOptions = JobOptions & {
  /** The recording's file name; default: that of the `File`. */
  filename?: string;
  /**
   * Identifies the job to create, so that it is created once however often it is submitted with this key, even by
   * another process. Without it, each call creates a job.
   */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Bytes that have arrived, and the total. */
  onUpload?: (sent: number, total: number) => void;
  /** The URL at which an upload can be resumed: pass it as `resume` to another try, even in another process. */
  onResumable?: (uploadUrl: string) => void;
  resume?: string;
};

/**
 * From this size on a recording is sent in chunks, so that a break costs one of them; edges accept no body over 100 MB.
 */
const RESUMABLE_FROM_BYTES = 16 * 1024 * 1024;

/** Sends a recording, or the URL of one that Diarist is to fetch. The returned job has been accepted and is safe. */
export async function submit(reach: Reach, source: Blob | string, options: SubmitOptions): Promise<Job> {
  const {
    signal,
    onUpload,
    onResumable,
    resume,
    idempotencyKey,
    filename = nameOf(source),
    ...asked
  } = options;
  const call = {
    headers: new Headers(idempotencyKey === undefined ? {} : { [IDEMPOTENCY_KEY]: idempotencyKey }),
    ...(signal && { signal }),
  };
  if (typeof source === "string") {
    return post(reach, { ...asked, file: source, ...(filename && { filename }) }, call);
  }
  if (source.size < RESUMABLE_FROM_BYTES) {
    onUpload?.(0, source.size);
    const job = await postRecording(reach, source, filename, asked, call);
    onUpload?.(source.size, source.size);
    return job;
  }
  const uploadUrl = await uploadResumably(reach, source, {
    ...(filename && { filename }),
    ...(resume && { resume }),
    ...(signal && { signal }),
    ...(onUpload && { onUpload }),
    ...(onResumable && { onResumable }),
  });
  return post(reach, { ...asked, upload: new URL(uploadUrl).pathname.split("/").at(-1) }, call);
}

type Call = { headers: Headers; signal?: AbortSignal };

async function post(reach: Reach, body: object, call: Call): Promise<Job> {
  call.headers.set("content-type", "application/json");
  const init = { ...call, method: "POST", body: JSON.stringify(body) };
  const answer = await send(reach, () => new Request(`${reach.url}/v1/jobs`, init));
  return answer.json();
}

async function postRecording(
  reach: Reach,
  recording: Blob,
  filename: string | undefined,
  asked: JobOptions,
  call: Call,
): Promise<Job> {
  const url = new URL(`${reach.url}/v1/jobs`);
  for (const [name, value] of Object.entries({ ...asked, filename })) {
    if (value === undefined || value === null) continue;
    url.searchParams.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  const isTyped = /^(audio|video)\//.test(recording.type);
  call.headers.set("content-type", isTyped ? recording.type : "application/octet-stream");
  const init = { ...call, method: "POST", body: recording };
  const answer = await send(reach, () => new Request(url, init));
  return answer.json();
}

function nameOf(source: Blob | string): string | undefined {
  return source instanceof File ? source.name : undefined;
}
