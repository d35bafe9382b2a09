import type { Context } from "hono";
import { cleanFileName } from "../../../shared/file-name.ts";
import type { Job } from "../../../shared/job.ts";
import { MAX_CONTENT_TYPE_CHARACTERS } from "../../../shared/limits.ts";
import { seal } from "../../../shared/secrets/seal.ts";
import { readJob } from "../../../shared/storage/jobs.ts";
import type { FoundKey } from "../../../shared/storage/keys.ts";
import { requireQuota } from "../access/quota.ts";
import type { Run } from "../access/run.ts";
import { type Deps, depsOf, type IngestApp } from "../app.ts";
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

/** Who sends a request, and what it is received with. */
type Sender = { deps: Deps; key: FoundKey; run: Run; request: Request };

/** A request for a job, as it came. Disposing of it removes a stored recording, unless `source` has handed it out. */
type Submission = AsyncDisposable & {
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
  const sender = { deps: depsOf(c), key: c.get("key"), run: c.get("run"), request: c.req.raw };
  const { headers } = sender.request;
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const isJson = type === JSON_TYPE;
  const made = await jobMadeBefore(sender);
  const bytes = isJson ? 0 : Number(headers.get("content-length") ?? 1);
  const bytesLeft = made ? 0 : await requireQuota(sender.deps, sender.key, bytes);
  const json = isJson ? await readJson(c) : null;
  if (made) return receiveAgain(sender, type, json, made);
  if (json) return receiveJson(sender, json);
  if (type === FORM_TYPE) return receiveForm(sender, bytesLeft);
  if (RAW_TYPES.test(type)) return receiveRaw(sender, type, bytesLeft);
  const seen =
    type === "" ? "The request has no Content-Type." : `The Content-Type is ${type.slice(0, 100)}.`;
  throw new Refusal("unsupported_media_type", seen);
}

/** The job that an earlier run of this request has made. */
async function jobMadeBefore(sender: Sender): Promise<Job | null> {
  if (!sender.run.isRepeat) return null;
  const { tenantId, jobId } = await newJob(sender);
  return readJob(sender.deps.env.DB, tenantId, jobId);
}

/** Stores nothing. JSON is known to be the same; another body is compared with the job's recording. */
async function receiveAgain(
  sender: Sender,
  type: string,
  json: Fields | null,
  job: Job,
): Promise<Submission> {
  const { file, upload, filename, file_headers, ...fields } =
    json ?? (await readTextAgain(sender, type, job));
  return submission(fields, async () => ({ kind: "made", job }));
}

async function readTextAgain(sender: Sender, type: string, job: Job): Promise<Fields> {
  const { fields } = await sender.run.readSameContent(job.audio.sha256);
  return typeTextFields(type === FORM_TYPE ? fields : queryOf(sender));
}

function receiveJson(sender: Sender, json: Fields): Submission {
  const { file, upload, filename, file_headers, ...fields } = json;
  return submission(fields, async () => {
    if (upload !== undefined) {
      if (file !== undefined) throw refuseFields([{ field: "upload", message: SECOND_RECORDING }]);
      if (file_headers !== undefined) throw refuseFields([{ field: "file_headers", message: NOT_FROM_URL }]);
      return rename(await uploadSource(sender, String(upload)), filename);
    }
    if (typeof file === "string") return urlSource(sender, file, filename, file_headers);
    throw new Refusal(
      "empty_body",
      "The JSON names no recording: `file` must be a URL, or `upload` the id of an upload.",
    );
  });
}

function receiveRaw(sender: Sender, contentType: string, bytesLeft: number): Submission {
  const { filename, file_headers, ...fields } = typeTextFields(queryOf(sender));
  return submission(fields, async () => {
    if (file_headers !== undefined) {
      const message =
        "must not be in a query string, which servers log; send JSON or a form with `file` as a URL";
      throw refuseFields([{ field: "file_headers", message }]);
    }
    const { body, headers } = sender.request;
    if (!body) throw new Refusal("empty_body", "The body is empty.");
    const length = headers.get("content-length");
    const source = await storeRecording(sender.deps, await newJob(sender), body, {
      filename: readName(filename),
      contentType,
      declaredBytes: length === null ? undefined : Number(length),
      bytesLeft,
    });
    sender.run.contentHash = source.audio.sha256;
    return source;
  });
}

async function receiveForm(sender: Sender, bytesLeft: number): Promise<Submission> {
  const { text, stored } = await readFormParts(sender, bytesLeft);
  sender.run.contentHash = await hashForm(text, stored?.audio.sha256 ?? null);
  const { file, filename, file_headers, ...fields } = typeTextFields(text);
  const source = async () => {
    if (!stored) {
      if (typeof file === "string") return urlSource(sender, file, filename, file_headers);
      throw new Refusal("empty_body", "The form has no `file`: send the recording, or its URL.");
    }
    if (file !== undefined) throw refuseFields([{ field: "file", message: SECOND_RECORDING }]);
    if (file_headers !== undefined) throw refuseFields([{ field: "file_headers", message: NOT_FROM_URL }]);
    return rename(stored, filename);
  };
  return submission(fields, source, stored?.discard);
}

async function readFormParts(
  sender: Sender,
  bytesLeft: number,
): Promise<{ text: [string, string][]; stored: StoredSource | null }> {
  const found: { stored: StoredSource | null } = { stored: null };
  try {
    const { fields: text } = await readForm(sender.request, {
      onFile: async (part) => {
        if (part.name !== "file") {
          throw new Refusal("invalid_params", "The form has a file under a wrong name.", [
            { field: part.name, message: "is not a field of a job; send the recording as `file`" },
          ]);
        }
        const filename = part.filename === null ? null : cleanFileName(part.filename);
        const contentType =
          part.contentType?.slice(0, MAX_CONTENT_TYPE_CHARACTERS) ?? "application/octet-stream";
        found.stored = await storeRecording(sender.deps, await newJob(sender), part.body, {
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
async function uploadSource(sender: Sender, id: string): Promise<Source> {
  const { tenantId } = sender.key;
  const upload = await findUpload(sender.deps.env.DB, tenantId, id, sender.deps.now());
  const job = sender.run.isRepeat ? await readJob(sender.deps.env.DB, tenantId, upload.jobId) : null;
  return job ? { kind: "made", job } : takeUpload(sender.deps, upload);
}

async function urlSource(
  sender: Sender,
  url: string,
  filename: unknown,
  fileHeaders: unknown,
): Promise<Source> {
  const config = sender.deps.config;
  requireDestination(config, url, "file");
  const headers = parseFileHeaders(fileHeaders);
  const sealed = headers && (await seal(config.signingKey, JSON.stringify(headers)));
  const { jobId, createdAt } = await newJob(sender);
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
async function newJob(sender: Sender): Promise<{ tenantId: string; jobId: string; createdAt: number }> {
  const { id: jobId, createdAt } = await sender.run.idFor("job");
  return { tenantId: sender.key.tenantId, jobId, createdAt };
}

function queryOf(sender: Sender): [string, string][] {
  return [...new URL(sender.request.url).searchParams];
}
