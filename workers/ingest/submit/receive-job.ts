import type { Context } from "hono";
import { cleanFileName, fileExtension } from "../../../shared/file-name.ts";
import type { Job } from "../../../shared/job.ts";
import { MAX_AUDIO_BYTES, MAX_CONTENT_TYPE_CHARACTERS } from "../../../shared/limits.ts";
import { seal } from "../../../shared/secrets/seal.ts";
import { audioKey } from "../../../shared/storage/job-objects.ts";
import { readJob } from "../../../shared/storage/jobs.ts";
import {
  closePendingAudio,
  openPendingAudio,
  touchPendingAudio,
} from "../../../shared/storage/pending-audio.ts";
import { quotaIn } from "../../../shared/storage/quota.ts";
import {
  AudioTooLargeError,
  BodyBrokenError,
  EmptyBodyError,
  removeAudio,
  storeAudio,
} from "../../../shared/storage/store-audio.ts";
import { contentFor, idFor, jobMadeBefore, wasRunBefore } from "../access/idempotency.ts";
import { refuseBytes, requireQuota } from "../access/quota.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { readJson } from "../http/read-json.ts";
import { createJob, NO_AUDIO, type Source } from "../jobs/create-job.ts";
import { parseFileHeaders } from "../jobs/file-headers.ts";
import {
  type FieldProblem,
  type JobRequest,
  parseJobOptions,
  refuseDestination,
} from "../jobs/job-options.ts";
import { typeTextFields } from "../jobs/text-fields.ts";
import { hashForm } from "../multipart/content-hash.ts";
import { FormError, readForm } from "../multipart/form-body.ts";
import { takeUpload } from "../uploads/finalize-upload.ts";
import { findUpload } from "../uploads/find-upload.ts";

const SECOND_RECORDING = "is a second recording; a job has one";
const NOT_FROM_URL = "is for a `file` that is a URL";

type StoredSource = Extract<Source, { kind: "stored" }>;

type Fields = Record<string, unknown>;

/**
 * The three doors of POST /v1/jobs; each ends in the same options and a source.
 * @param readOptions makes a job's options of the fields, where the caller has other words for them; of a repeated
 * request it reads them again, though its job is there already
 */
export async function receiveJob(
  c: Context<IngestApp>,
  readOptions?: (fields: Fields) => Fields,
): Promise<Job> {
  const before = await jobMadeBefore(c);
  if (before) {
    const fields = await readFieldsAgain(c, before);
    readOptions?.(fields);
  }
  const job = before ?? (await receiveNew(c, readOptions ?? ((fields) => fields)));
  c.set("jobId", job.id);
  return job;
}

async function receiveNew(c: Context<IngestApp>, readOptions: (fields: Fields) => Fields): Promise<Job> {
  const type = typeOf(c);
  const bytes = type === "application/json" ? 0 : Number(c.req.header("content-length") ?? 1);
  await requireQuota(c, bytes);
  if (type === "application/json") return receiveJson(c, readOptions);
  if (type === "multipart/form-data") return receiveForm(c, readOptions);
  if (/^(audio|video)\/[\w.+-]{1,90}$/.test(type) || type === "application/octet-stream")
    return receiveRaw(c, type, readOptions);
  const seen =
    type === "" ? "The request has no Content-Type." : `The Content-Type is ${type.slice(0, 100)}.`;
  throw new Refusal("unsupported_media_type", seen);
}

function typeOf(c: Context<IngestApp>): string {
  return c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}

/** JSON is the same as before; of another body the recording is read to be compared. */
async function readFieldsAgain(c: Context<IngestApp>, job: Job): Promise<Fields> {
  const type = typeOf(c);
  if (type === "application/json") return readJson(c.req.raw);
  const { fields } = await contentFor(c, job);
  return typeTextFields(type === "multipart/form-data" ? fields : [...new URL(c.req.url).searchParams]);
}

async function receiveJson(c: Context<IngestApp>, readOptions: (fields: Fields) => Fields): Promise<Job> {
  const { file, upload, filename, file_headers, ...options } = await readJson(c.req.raw);
  const request = checkOptions(c, readOptions(options));
  if (upload !== undefined) {
    if (file !== undefined) throw refuseFields([{ field: "upload", message: SECOND_RECORDING }]);
    if (file_headers !== undefined) throw refuseFields([{ field: "file_headers", message: NOT_FROM_URL }]);
    const source = await uploadSource(c, String(upload));
    if (source.kind === "made") return source.job;
    return create(c, request, renameStored(source, readName(filename)));
  }
  if (typeof file !== "string") {
    throw new Refusal(
      "empty_body",
      "The JSON names no recording: `file` must be a URL, or `upload` the id of an upload.",
    );
  }
  return create(c, request, await urlSource(c, file, filename, file_headers));
}

async function receiveRaw(
  c: Context<IngestApp>,
  contentType: string,
  readOptions: (fields: Fields) => Fields,
): Promise<Job> {
  const { filename, file_headers, ...options } = typeTextFields([...new URL(c.req.url).searchParams]);
  if (file_headers !== undefined) {
    const message =
      "must not be in a query string, which servers log; send JSON or a form with `file` as a URL";
    throw refuseFields([{ field: "file_headers", message }]);
  }
  const request = checkOptions(c, readOptions(options)); // before a byte is stored
  if (!c.req.raw.body) throw new Refusal("empty_body", "The body is empty.");
  const name = readName(filename);
  const length = c.req.header("content-length");
  const source = await storeSource(
    c,
    c.req.raw.body,
    name,
    contentType,
    length === undefined ? null : Number(length),
  );
  c.set("content", source.audio.sha256 ?? undefined);
  try {
    return await create(c, request, source);
  } catch (error) {
    if (quotaIn(error)) await discard(c, source); // after any other error the job may be there all the same
    throw error;
  }
}

/** Fields may come after the file, so the file is stored first and removed again if they are wrong. */
async function receiveForm(c: Context<IngestApp>, readOptions: (fields: Fields) => Fields): Promise<Job> {
  let stored: StoredSource | null = null;
  try {
    const { fields } = await readForm(c.req.raw, {
      onFile: async (part) => {
        if (part.name !== "file") {
          throw new Refusal("invalid_params", "The form has a file under a wrong name.", [
            { field: part.name, message: "is not a field of a job; send the recording as `file`" },
          ]);
        }
        const name = part.filename === null ? null : cleanFileName(part.filename);
        const contentType =
          part.contentType?.slice(0, MAX_CONTENT_TYPE_CHARACTERS) ?? "application/octet-stream";
        stored = await storeSource(c, part.body, name, contentType, null);
      },
    });
    c.set("content", await hashForm(fields, storedHash(stored)));
    const { file, filename, file_headers, ...options } = typeTextFields(fields);
    const request = checkOptions(c, readOptions(options));
    if (stored === null && typeof file !== "string") {
      throw new Refusal("empty_body", "The form has no `file`: send the recording, or its URL.");
    }
    if (stored !== null && file !== undefined) {
      throw refuseFields([{ field: "file", message: SECOND_RECORDING }]);
    }
    if (stored !== null && file_headers !== undefined) {
      throw refuseFields([{ field: "file_headers", message: NOT_FROM_URL }]);
    }
    const source = stored ?? (await urlSource(c, String(file), filename, file_headers));
    return await create(c, request, renameStored(source, readName(filename)));
  } catch (error) {
    await discard(c, stored);
    if (error instanceof FormError) {
      throw new Refusal(error.reason === "truncated" ? "upload_incomplete" : "invalid_form", error.message);
    }
    throw error;
  }
}

/** Streams the recording into R2 under the id that its job will have. */
async function storeSource(
  c: Context<IngestApp>,
  body: ReadableStream<Uint8Array>,
  filename: string | null,
  contentType: string,
  declaredBytes: number | null,
): Promise<StoredSource> {
  const { DB, BUCKET } = c.env;
  const now = c.get("now");
  const { id: jobId, createdAt } = await idFor(c, "job"); // lists are sorted by id and filtered by time
  const maxBytes = Math.min(MAX_AUDIO_BYTES, c.get("bytesLeft") ?? MAX_AUDIO_BYTES);
  const key = audioKey(c.get("key").tenantId, jobId, fileExtension(filename, contentType));
  await openPendingAudio(DB, key, now());
  try {
    const stored = await storeAudio(BUCKET, key, body, {
      contentType,
      maxBytes,
      ...(declaredBytes === null ? {} : { declaredBytes }),
      now,
      onUploadStarted: (uploadId) => touchPendingAudio(DB, key, now(), uploadId),
      beat: () => touchPendingAudio(DB, key, now()).catch(() => undefined), // the next one may get through
    });
    return {
      kind: "stored",
      jobId,
      createdAt,
      audioKey: key,
      audio: { ...NO_AUDIO, filename, content_type: contentType, ...stored },
    };
  } catch (error) {
    await removeAudio(BUCKET, key); // it may be there after all: the answer of its last write can be what was lost
    await closePendingAudio(DB, key);
    if (error instanceof EmptyBodyError) throw new Refusal("empty_body", "The recording is empty.");
    if (error instanceof AudioTooLargeError) {
      throw maxBytes < MAX_AUDIO_BYTES ? await refuseBytes(c) : new Refusal("file_too_large", error.message);
    }
    if (error instanceof BodyBrokenError)
      throw new Refusal("upload_incomplete", "The upload broke off before its end.");
    throw error;
  }
}

function storedHash(stored: StoredSource | null): string | null {
  return stored?.audio.sha256 ?? null;
}

async function discard(c: Context<IngestApp>, stored: StoredSource | null): Promise<void> {
  if (!stored) return;
  await removeAudio(c.env.BUCKET, stored.audioKey);
  await closePendingAudio(c.env.DB, stored.audioKey);
}

/** The upload's bytes; or the job that an earlier run of this very request has made of them. */
async function uploadSource(
  c: Context<IngestApp>,
  id: string,
): Promise<StoredSource | { kind: "made"; job: Job }> {
  const now = c.get("now");
  const { tenantId } = c.get("key");
  const upload = await findUpload(c.env.DB, tenantId, id, now());
  const job = wasRunBefore(c) ? await readJob(c.env.DB, tenantId, upload.jobId) : null;
  if (job) return { kind: "made", job };
  return takeUpload(c.env, upload, now);
}

function create(c: Context<IngestApp>, request: JobRequest, source: Source): Promise<Job> {
  const { tenantId, id: keyId } = c.get("key");
  return createJob(c.env, { tenantId, keyId }, request, source, c.get("now")());
}

export function checkOptions(c: Context<IngestApp>, input: Record<string, unknown>): JobRequest {
  const parsed = parseJobOptions(input);
  if (!parsed.ok) throw refuseFields(parsed.errors);
  const { webhook_url } = parsed.value;
  if (webhook_url !== null) checkUrl(c, "webhook_url", webhook_url);
  return parsed.value;
}

async function urlSource(
  c: Context<IngestApp>,
  url: string,
  filename: unknown,
  fileHeaders: unknown,
): Promise<Source> {
  checkUrl(c, "file", url);
  const headers = parseFileHeaders(fileHeaders);
  if (!headers.ok) throw refuseFields(headers.errors);
  const sealed = headers.value && (await seal(c.get("config").signingKey, JSON.stringify(headers.value)));
  const { id: jobId, createdAt } = await idFor(c, "job");
  return { kind: "url", jobId, createdAt, url, filename: readName(filename), headers: sealed };
}

export function refuseFields(errors: FieldProblem[]): Refusal {
  const fields = errors.map((error) => `${error.field} ${error.message}`).join("; ");
  return new Refusal("invalid_params", `Wrong: ${fields}.`.slice(0, 1000), errors);
}

/** The name that the caller gives in a field of its own, null when there is none. */
function readName(filename: unknown): string | null {
  if (typeof filename === "string") return cleanFileName(filename);
  if (filename === undefined || filename === null) return null;
  throw refuseFields([{ field: "filename", message: "must be text" }]);
}

/** A form's `filename` field says more than its part's header, where HTTP libraries write "blob" and the like. */
function renameStored(source: Source, filename: string | null): Source {
  if (source.kind === "url" || filename === null) return source;
  return { ...source, audio: { ...source.audio, filename } };
}

function checkUrl(c: Context<IngestApp>, field: string, url: string): void {
  const refused = refuseDestination(url, c.get("config"));
  if (refused)
    throw new Refusal("destination_refused", `${field}: ${refused}`, [{ field, message: refused }]);
}
