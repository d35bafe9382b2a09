import type { Context } from "hono";
import { drain, openByteSource } from "../../../shared/byte-source.ts";
import { MAX_EDITS_BYTES, MAX_JSON_BODY_BYTES, MAX_JSON_DEPTH } from "../../../shared/limits.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "./problem.ts";
import { refuseFields } from "./refuse-fields.ts";

const IS_JSON = /^application\/([a-z.-]+\+)?json\b/i;

/** JSON that may be larger than that of all other routes. */
const LARGER = [{ method: "PUT", path: /^\/v1\/jobs\/[^/]+\/edits$/, bytes: MAX_EDITS_BYTES }];

/**
 * Holds every body to its bounds before anything validates it, whatever the route: JSON in size and depth, and none that
 * is encoded. Forms and recordings are read as streams by who takes them.
 * @throws Refusal
 */
export async function boundBody(c: Context<IngestApp>): Promise<void> {
  refuseEncoded(c);
  if (IS_JSON.test(c.req.header("content-type") ?? "")) await readText(c);
}

/** RFC 9110, 15.5.16: a body in a coding that we do not undo would be taken for something else. */
export function refuseEncoded(c: Context<IngestApp>): void {
  const coding = c.req.header("content-encoding")?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return;
  throw new Refusal(
    "unsupported_media_type",
    `The body has the Content-Encoding ${coding.slice(0, 40)}; send it as it is.`,
    [],
    {
      headers: { "accept-encoding": "identity" },
    },
  );
}

/**
 * The JSON object in a request's body.
 * @throws Refusal
 */
export async function readJson(c: Context<IngestApp>): Promise<Record<string, unknown>> {
  const text = await readText(c);
  if (text.trim() === "") throw new Refusal("empty_body", "The body is empty.");
  return parseJson(text, "The body");
}

/** @param what has the text, for its sender */
export function parseJson(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  if (isTooDeep(text)) throw refuseDeep("body");
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Refusal("invalid_json", `${what} is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal("invalid_json", `${what} is JSON, but not an object.`);
  }
  return { ...value };
}

/** What takes JSON apart calls itself for each level, and so may what stores or sends it later. */
export function refuseDeep(field: string): Refusal {
  return refuseFields([{ field, message: `must not be nested more than ${MAX_JSON_DEPTH} levels deep` }]);
}

/** Whether lists and objects stand in each other more than `MAX_JSON_DEPTH` deep; told without parsing. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at);
    if (isInText) {
      if (sign === "\\") at += 1;
      else if (sign === '"') isInText = false;
    } else if (sign === '"') isInText = true;
    else if (sign === "[" || sign === "{") depth += 1;
    else if (sign === "]" || sign === "}") depth -= 1;
    if (depth > MAX_JSON_DEPTH) return true;
  }
  return false;
}

/**
 * The text of a body that should be JSON. One that is too large is not read to its end. It is read once: Hono keeps it for
 * every later reader.
 */
export async function readText(c: Context<IngestApp>): Promise<string> {
  if (c.req.bodyCache.text !== undefined) return c.req.text();
  const { method, path } = c.req;
  const maxBytes =
    LARGER.find((one) => one.method === method && one.path.test(path))?.bytes ?? MAX_JSON_BODY_BYTES;
  const text = await readUpTo(maxBytes, c.req.raw.body);
  if (text === null) throw new Refusal("invalid_json", `The JSON is larger than ${maxBytes} bytes.`);
  if (isTooDeep(text)) throw refuseDeep("body");
  Object.assign(c.req.bodyCache, { text: Promise.resolve(text) }); // a promise, whatever its type says
  return text;
}

/** A body's text, or null if it is larger than `maxBytes`. Reading stops there. */
export async function readUpTo(
  maxBytes: number,
  body: ReadableStream<Uint8Array> | null,
  decoder = new TextDecoder(),
): Promise<string | null> {
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Reads what is left of a refused body. Many clients send all of it before they read our response. */
export async function drainBody({ body, bodyUsed }: Request): Promise<void> {
  if (body && !bodyUsed) await drain(openByteSource(body));
}
