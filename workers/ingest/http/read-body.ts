import type { Context } from "hono";
import { drain, openByteSource } from "../../../shared/byte-source.ts";
import { MAX_JSON_BODY_BYTES } from "../../../shared/limits.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "./problem.ts";

/**
 * The JSON object in a request's body. A body that is too large is not read to its end.
 * @throws Refusal
 */
export async function readJson(
  c: Context<IngestApp>,
  maxBytes = MAX_JSON_BODY_BYTES,
): Promise<Record<string, unknown>> {
  const text = await readText(c, maxBytes);
  if (text.trim() === "") throw new Refusal("empty_body", "The body is empty.");
  return parseJson(text, "The body");
}

/** @param what has the text, for its sender */
export function parseJson(text: string, what: string): Record<string, unknown> {
  let value: unknown;
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

/** The text of a body that should be JSON. It is read once: Hono keeps it for every later reader. */
export async function readText(c: Context<IngestApp>, maxBytes = MAX_JSON_BODY_BYTES): Promise<string> {
  if (c.req.bodyCache.text !== undefined) return c.req.text();
  const text = await readUpTo(maxBytes, c.req.raw.body);
  if (text === null) throw new Refusal("invalid_json", `The JSON is larger than ${maxBytes} bytes.`);
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
