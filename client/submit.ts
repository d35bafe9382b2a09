import type { paths } from "./api.ts";
import type { Job } from "./errors.ts";
import { type Reach, send } from "./request.ts";
import { uploadResumably } from "./upload.ts";

type SubmitQuery = NonNullable<paths["/v1/jobs"]["post"]["parameters"]["query"]>;
/** What may be asked of a job; docs/api.md explains each. */
export type JobOptions = Omit<SubmitQuery, "filename">;

export type SubmitOptions = JobOptions & {
  /** Of the recording; left out: that of the `File`. */
  filename?: string;
  signal?: AbortSignal;
  /** Bytes that have arrived, of all. */
  onUpload?: (sent: number, total: number) => void;
  /** Where a resumable upload can be gone on with: give it as `resume` to another try, in another process even. */
  onResumable?: (uploadUrl: string) => void;
  resume?: string;
};

/** From here on a recording is sent in pieces, so that a break costs one of them; edges take no body over 100 MB. */
const RESUMABLE_FROM_BYTES = 16 * 1024 * 1024;

/** Sends a recording, or the URL of one that Diarist is to fetch. The job that comes back has been accepted for good. */
export async function submit(reach: Reach, source: Blob | string, options: SubmitOptions): Promise<Job> {
  const { signal, onUpload, onResumable, resume, filename = nameOf(source), ...asked } = options;
  if (typeof source === "string") {
    return post(reach, { ...asked, file: source, ...(filename && { filename }) }, signal);
  }
  if (source.size < RESUMABLE_FROM_BYTES) {
    onUpload?.(0, source.size);
    const job = await postRecording(reach, source, filename, asked, signal);
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
  return post(reach, { ...asked, upload: new URL(uploadUrl).pathname.split("/").at(-1) }, signal);
}

async function post(reach: Reach, body: object, signal: AbortSignal | undefined): Promise<Job> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body), ...(signal && { signal }) };
  const answer = await send(reach, () => new Request(`${reach.url}/v1/jobs`, init));
  return answer.json();
}

async function postRecording(
  reach: Reach,
  recording: Blob,
  filename: string | undefined,
  asked: JobOptions,
  signal: AbortSignal | undefined,
): Promise<Job> {
  const url = new URL(`${reach.url}/v1/jobs`);
  for (const [name, value] of Object.entries({ ...asked, filename })) {
    if (value === undefined || value === null) continue;
    url.searchParams.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  const type = /^(audio|video)\//.test(recording.type) ? recording.type : "application/octet-stream";
  const init = {
    method: "POST",
    headers: { "content-type": type },
    body: recording,
    ...(signal && { signal }),
  };
  const answer = await send(reach, () => new Request(url, init));
  return answer.json();
}

function nameOf(source: Blob | string): string | undefined {
  return source instanceof File ? source.name : undefined;
}
