/**
 * Reads the multipart body of an audio request as it arrives: fields into memory, the binary `file` onto disk.
 * Nothing but the known text fields is kept, so the size of a request never shows in the heap.
 */

import { open } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { type Call, type FileField, recordField, shorten } from "./calls.ts";
import { Refusal } from "./errors.ts";
import { boundaryOf, MultipartError, type PartHeaders, parseMultipart } from "./multipart.ts";

/** A prompt or a presigned URL is far below; a text part above is a file somebody forgot to name. */
const MAX_TEXT_BYTES = 65_536;
/** Repeats beyond this say nothing new, since no field has more than two legal values. */
const MAX_REPEATS = 16;

const KNOWN_FIELDS = new Set([
  "file",
  "model",
  "language",
  "prompt",
  "response_format",
  "temperature",
  "timestamp_granularities",
  "diarize",
  "min_speakers",
  "max_speakers",
]);

type UploadedFile = { filename: string; bytes: number };

export type Form = {
  /** Text fields by name, indices and brackets taken off, values in the order they came. */
  texts: ReadonlyMap<string, readonly string[]>;
  /** The binary `file` part, which now lies at the path that was given. */
  upload: UploadedFile | undefined;
};

/** Reads the whole body; throws a `Refusal` when it is too large or not multipart/form-data. */
export async function readForm(
  request: IncomingMessage,
  call: Call,
  options: { maxBytes: number; uploadPath: string },
): Promise<Form> {
  refuseDeclaredSize(request, options.maxBytes);
  const boundary = boundaryOf(request.headers["content-type"]);
  if (boundary === undefined || boundary === "") {
    throw new Refusal("invalid_params", "The body must be multipart/form-data with a boundary.");
  }
  try {
    return await readParts(countBytes(request, call, options.maxBytes), boundary, call, options.uploadPath);
  } catch (error) {
    if (error instanceof MultipartError) throw new Refusal("invalid_params", error.message);
    throw error;
  }
}

function refuseDeclaredSize(request: IncomingMessage, maxBytes: number): void {
  const declared = Number(request.headers["content-length"]);
  if (declared > maxBytes) throw new Refusal("request_too_large");
}

async function* countBytes(request: IncomingMessage, call: Call, maxBytes: number): AsyncGenerator<Buffer> {
  // Stopping half-way must not destroy the socket: the refusal still has to go out through it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    call.body_bytes += chunk.length;
    if (call.body_bytes > maxBytes) throw new Refusal("request_too_large");
    yield chunk;
  }
}

async function readParts(
  source: AsyncIterable<Uint8Array>,
  boundary: string,
  call: Call,
  uploadPath: string,
): Promise<Form> {
  const texts = new Map<string, string[]>();
  let upload: FileField | undefined;
  let part: OpenPart | undefined;
  try {
    for await (const event of parseMultipart(source, boundary)) {
      if (event.type === "part") {
        const isUpload = event.headers.name === "file" && event.headers.filename !== undefined;
        if (isUpload && upload !== undefined) throw new Refusal("invalid_params", "`file` was sent twice.");
        part = await openPart(event.headers, isUpload ? uploadPath : undefined);
      } else if (event.type === "data") {
        await part?.write(event.chunk);
      } else if (part !== undefined) {
        const field = await part.close();
        part = undefined;
        recordField(call, field);
        if ("value" in field) keepText(texts, field.name, field.value);
        else if (field.name === "file") {
          upload = field;
          call.file = { kind: "binary", filename: shorten(field.filename), bytes: field.bytes };
        }
      }
    }
  } finally {
    await part?.abandon();
  }
  return { texts, upload };
}

type OpenPart = {
  write(chunk: Buffer): Promise<void> | void;
  close(): Promise<Call["fields"][number]>;
  abandon(): Promise<void> | void;
};

async function openPart(headers: PartHeaders, path: string | undefined): Promise<OpenPart> {
  if (headers.filename === undefined) return openText(headers);
  const { name, filename } = headers;
  const file = path === undefined ? undefined : await open(path, "w");
  let bytes = 0;
  return {
    async write(chunk) {
      bytes += chunk.length;
      await file?.appendFile(chunk);
    },
    async close() {
      await file?.close();
      return { name, filename, content_type: headers.contentType ?? null, bytes };
    },
    abandon: () => file?.close(),
  };
}

function openText({ name, contentType }: PartHeaders): OpenPart {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    write(chunk) {
      bytes += chunk.length;
      if (bytes > MAX_TEXT_BYTES) {
        throw new Refusal("invalid_params", `The text field \`${shorten(name)}\` is longer than 64 KB.`);
      }
      chunks.push(Buffer.from(chunk));
    },
    async close() {
      const value = Buffer.concat(chunks).toString("utf8");
      return { name, value, ...(contentType === undefined ? {} : { content_type: contentType }) };
    },
    abandon() {},
  };
}

/** `timestamp_granularities`, `…[]` and `…[0]` are one field: Together's own SDKs send each of them. */
function keepText(texts: Map<string, string[]>, sentName: string, value: string): void {
  const name = sentName.startsWith("timestamp_granularities") ? sentName.replace(/\[\d*\]$/, "") : sentName;
  if (!KNOWN_FIELDS.has(name)) return;
  const values = texts.get(name) ?? [];
  if (values.length < MAX_REPEATS) values.push(value);
  texts.set(name, values);
}
