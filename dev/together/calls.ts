/** What the stand-in was asked: the newest requests, each bounded in size, for tests to look at. */

import type { IncomingMessage } from "node:http";
import type { Numbered } from "../stand-in/newest.ts";
import { authorizationOf } from "../stand-in/serve.ts";

/** The SDK sends a bare Uint8Array as one field per byte: only the first fields are worth keeping. */
const MAX_FIELDS = 40;
const MAX_VALUE_CHARS = 2_048;
const MAX_CALL_CHARS = 8_192;

const HEADERS_OF_INTEREST = [
  "accept",
  "content-type",
  "content-length",
  "transfer-encoding",
  "expect",
  "idempotency-key",
  "host",
];

type TextField = { name: string; value: string; content_type?: string };
export type FileField = { name: string; filename: string; content_type: string | null; bytes: number };

export type CallFields = {
  at: string;
  method: string;
  path: string;
  /** `null` until the answer is begun, and for good when the connection was cut instead. */
  status: number | null;
  /** `pending`, `ok`, the slug of a refusal, `fault:<kind or status>`, `client_gone` or `internal_error`. */
  outcome: string;
  message: string | null;
  fields: (TextField | FileField)[];
  fields_omitted: number;
  file:
    | { kind: "url"; url: string; bytes: number | null }
    | { kind: "binary"; filename: string; bytes: number }
    | null;
  audio_seconds: number | null;
  /** `null` when the request lacks one of the two. */
  model_before_file: boolean | null;
  user_agent: string | null;
  /** Never the key: only whether one was sent. */
  authorization: "bearer" | "other" | "none";
  headers: Record<string, string>;
  body_bytes: number;
  /** Until the answer was begun, or the connection was lost. */
  took_ms: number | null;
};

export type Call = Numbered<CallFields>;

/** A request that has just come. */
export function describeCall(request: IncomingMessage, path: string, at: Date): CallFields {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const wanted = HEADERS_OF_INTEREST.includes(name) || name.startsWith("x-stainless-");
    if (wanted && value !== undefined) headers[name] = String(value).slice(0, 512);
  }
  return {
    at: at.toISOString(),
    method: request.method ?? "",
    path: path.slice(0, MAX_VALUE_CHARS),
    status: null,
    outcome: "pending",
    message: null,
    fields: [],
    fields_omitted: 0,
    file: null,
    audio_seconds: null,
    model_before_file: null,
    user_agent: request.headers["user-agent"]?.slice(0, 512) ?? null,
    authorization: authorizationOf(request),
    headers,
    body_bytes: 0,
    took_ms: null,
  };
}

/** Adds a part in the order it came, as long as the call's share of memory lasts. */
export function recordField(call: Call, field: TextField | FileField): void {
  const spent = call.fields.reduce((sum, kept) => sum + weigh(kept), 0);
  if (call.fields.length >= MAX_FIELDS || spent > MAX_CALL_CHARS) {
    call.fields_omitted += 1;
    return;
  }
  call.fields.push(
    "value" in field
      ? { ...field, name: field.name.slice(0, 256), value: shorten(field.value) }
      : { ...field, name: field.name.slice(0, 256), filename: shorten(field.filename) },
  );
  call.model_before_file = orderOfModel(call.fields);
}

export function shorten(text: string): string {
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text;
}

function weigh(field: TextField | FileField): number {
  return field.name.length + ("value" in field ? field.value.length : field.filename.length);
}

function orderOfModel(fields: Call["fields"]): boolean | null {
  const model = fields.findIndex((field) => field.name === "model");
  const file = fields.findIndex((field) => field.name === "file");
  return model === -1 || file === -1 ? null : model < file;
}
