import type { Context } from "hono";
import { cleanFileName } from "../../../shared/file-name.ts";
import type { Job } from "../../../shared/job.ts";
import { MAX_CONTENT_TYPE_CHARACTERS } from "../../../shared/limits.ts";
import { seal } from "../../../shared/secrets/seal.ts";
import { readJob } from "../../../shared/storage/jobs.ts";
import { requireQuota } from "../access/quota.ts";
import { depsOf, type IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { readJson } from "../http/read-body.ts";
import { refuseFields } from "../http/refuse-fields.ts";
import { requireDestination } from "../http/require-destination.ts";
import type { Source, StoredSource } from "../jobs/create-job.ts";
import { parseFileHeaders } from "../jobs/file-headers.ts";
import { typeTextFields } from "../jobs/text-fields.ts";
import { hashForm } from "../multipart/content-hash.ts";
import { FormError, readForm } from "../multipart/form-body.ts";
import { findUpload, takeUpload } from "../uploads/take-upload.ts";
import { storeRecording } from "./store-recording.ts";

const JSON_TYPE = "application/json";
const FORM_TYPE = "multipart/form-data";
const RAW_TYPES = /^((audio|video)\/[\w.+-]{1,90}|application\/octet-stream)$/;

const SECOND_RECORDING = "is a second recording; a job has one";
const NOT_FROM_URL = "is for a `file` that is a URL";

type Fields = Record<string, unknown>;

/** A request for a job, as it came. Disposing of it removes a stored recording, unless `source` has handed it out. */
export type Submission = AsyncDisposable & {
  /** All fields but those of the recording, with the types of JSON. The caller maps them to a job's options. */
  fields: Fields;
  /**
   * The recording, for `createJob`. Ask for it once the options are checked: a raw body is stored only then.
   * @throws Refusal
   */
  source: () => Promise<Source>;
};

/**
 * Reads a request for a job: a form with the recording or its URL, the recording itself, or JSON with the URL of a
 * recording or the id of an upload. A form's fields may follow its file, so a form is read to its end and stored here.
 * @throws Refusal
 */
export async function receive(c: Context<IngestApp>): Promise<Submission> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const made = await jobMadeBefore(c);
  if (made) return receiveAgain(c, type, made);
  const bytes = type === JSON_TYPE ? 0 : Number(c.req.header("content-length") ?? 1);
  const bytesLeft = await requireQuota(depsOf(c), c.get("key"), bytes);
  if (type === JSON_TYPE) return receiveJson(c);
  if (type === FORM_TYPE) return receiveForm(c, bytesLeft);
  if (RAW_TYPES.test(type)) return receiveRaw(c, type, bytesLeft);
  const seen =
    type === "" ? "The request has no Content-Type." : `The Content-Type is ${type.slice(0, 100)}.`;
  throw new Refusal("unsupported_media_type", seen);
}

/** The job that an earlier run of this request has made. */
async function jobMadeBefore(c: Context<IngestApp>): Promise<Job | null> {
  if (!c.get("run").isRepeat) return null;
  const { tenantId, jobId } = await newJob(c);
  return readJob(c.env.DB, tenantId, jobId);
}

/** Stores nothing. JSON is known to be the same; another body is compared with the job's recording. */
async function receiveAgain(c: Context<IngestApp>, type: string, job: Job): Promise<Submission> {
  const content = type === JSON_TYPE ? null : await c.get("run").readSameContent(job.audio.sha256);
  const given = content
    ? typeTextFields(type === FORM_TYPE ? content.fields : queryOf(c))
    : await readJson(c);
  const { file, upload, filename, file_headers, ...fields } = given;
  return submission(fields, async () => ({ kind: "made", job }));
}

async function receiveJson(c: Context<IngestApp>): Promise<Submission> {
  const { file, upload, filename, file_headers, ...fields } = await readJson(c);
  return submission(fields, async () => {
    if (upload !== undefined) {
      if (file !== undefined) throw refuseFields([{ field: "upload", message: SECOND_RECORDING }]);
      if (file_headers !== undefined) throw refuseFields([{ field: "file_headers", message: NOT_FROM_URL }]);
      return rename(await uploadSource(c, String(upload)), filename);
    }
    if (typeof file === "string") return urlSource(c, file, filename, file_headers);
    throw new Refusal(
      "empty_body",
      "The JSON names no recording: `file` must be a URL, or `upload` the id of an upload.",
    );
  });
}

function receiveRaw(c: Context<IngestApp>, contentType: string, bytesLeft: number): Submission {
  const { filename, file_headers, ...fields } = typeTextFields(queryOf(c));
  return submission(fields, async () => {
    if (file_headers !== undefined) {
      const message =
        "must not be in a query string, which servers log; send JSON or a form with `file` as a URL";
      throw refuseFields([{ field: "file_headers", message }]);
    }
    const { body } = c.req.raw;
    if (!body) throw new Refusal("empty_body", "The body is empty.");
    const length = c.req.header("content-length");
    const source = await storeRecording(depsOf(c), await newJob(c), body, {
      filename: readName(filename),
      contentType,
      declaredBytes: length === undefined ? undefined : Number(length),
      bytesLeft,
    });
    c.get("run").contentHash = source.audio.sha256;
    return source;
  });
}

async function receiveForm(c: Context<IngestApp>, bytesLeft: number): Promise<Submission> {
  const { text, stored } = await readFormParts(c, bytesLeft);
  c.get("run").contentHash = await hashForm(text, stored?.audio.sha256 ?? null);
  const { file, filename, file_headers, ...fields } = typeTextFields(text);
  const source = async () => {
    if (!stored) {
      if (typeof file === "string") return urlSource(c, file, filename, file_headers);
      throw new Refusal("empty_body", "The form has no `file`: send the recording, or its URL.");
    }
    if (file !== undefined) throw refuseFields([{ field: "file", message: SECOND_RECORDING }]);
    if (file_headers !== undefined) throw refuseFields([{ field: "file_headers", message: NOT_FROM_URL }]);
    return rename(stored, filename);
  };
  return submission(fields, source, stored?.discard);
}

async function readFormParts(
  c: Context<IngestApp>,
  bytesLeft: number,
): Promise<{ text: [string, string][]; stored: StoredSource | null }> {
  const found: { stored: StoredSource | null } = { stored: null };
  try {
    const { fields: text } = await readForm(c.req.raw, {
      onFile: async (part) => {
        if (part.name !== "file") {
          throw new Refusal("invalid_params", "The form has a file under a wrong name.", [
            { field: part.name, message: "is not a field of a job; send the recording as `file`" },
          ]);
        }
        const filename = part.filename === null ? null : cleanFileName(part.filename);
        const contentType =
          part.contentType?.slice(0, MAX_CONTENT_TYPE_CHARACTERS) ?? "application/octet-stream";
        found.stored = await storeRecording(depsOf(c), await newJob(c), part.body, {
          filename,
          contentType,
          bytesLeft,
        });
      },
    });
    return { text, stored: found.stored };
  } catch (error) {
    await found.stored?.discard?.();
    if (!(error instanceof FormError)) throw error;
    throw new Refusal(error.reason === "truncated" ? "upload_incomplete" : "invalid_form", error.message);
  }
}

/** @param discard removes what was stored */
function submission(
  fields: Fields,
  source: () => Promise<Source>,
  discard?: () => Promise<void>,
): Submission {
  let isTaken = false;
  return {
    fields,
    async source() {
      const taken = await source();
      isTaken = true;
      return taken;
    },
    async [Symbol.asyncDispose]() {
      if (!isTaken) await discard?.();
    },
  };
}

/** The upload's bytes, or the job that an earlier run of this request has made of them. */
async function uploadSource(c: Context<IngestApp>, id: string): Promise<Source> {
  const { tenantId } = c.get("key");
  const upload = await findUpload(c.env.DB, tenantId, id, c.get("now")());
  const job = c.get("run").isRepeat ? await readJob(c.env.DB, tenantId, upload.jobId) : null;
  return job ? { kind: "made", job } : takeUpload(depsOf(c), upload);
}

async function urlSource(
  c: Context<IngestApp>,
  url: string,
  filename: unknown,
  fileHeaders: unknown,
): Promise<Source> {
  const config = c.get("config");
  requireDestination(config, url, "file");
  const headers = parseFileHeaders(fileHeaders);
  const sealed = headers && (await seal(config.signingKey, JSON.stringify(headers)));
  const { jobId, createdAt } = await newJob(c);
  return { kind: "url", jobId, createdAt, url, filename: readName(filename), headers: sealed };
}

/** A `filename` field says more than a part's header, where HTTP libraries write "blob" and the like. */
function rename(source: Source, filename: unknown): Source {
  if (source.kind !== "stored") return source;
  const name = readName(filename);
  return name === null ? source : { ...source, audio: { ...source.audio, filename: name } };
}

/** The name in a field of its own, null when there is none. */
function readName(filename: unknown): string | null {
  if (typeof filename === "string") return cleanFileName(filename);
  if (filename === undefined || filename === null) return null;
  throw refuseFields([{ field: "filename", message: "must be text" }]);
}

/** The job to be made. Its time is that of its id, since lists are sorted by id and filtered by time. */
async function newJob(
  c: Context<IngestApp>,
): Promise<{ tenantId: string; jobId: string; createdAt: number }> {
  const { id: jobId, createdAt } = await c.get("run").idFor("job");
  return { tenantId: c.get("key").tenantId, jobId, createdAt };
}

function queryOf(c: Context<IngestApp>): [string, string][] {
  return [...new URL(c.req.url).searchParams];
}
