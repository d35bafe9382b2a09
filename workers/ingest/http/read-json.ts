import { MAX_JSON_BODY_BYTES } from "../../../shared/limits.ts";
import { Refusal } from "./problem.ts";
import { readUpTo } from "./read-up-to.ts";

/** The JSON object in a request's body; a body that is too large is not read to its end. */
export async function readJson(
  request: Request,
  maxBytes = MAX_JSON_BODY_BYTES,
): Promise<Record<string, unknown>> {
  const text = await readText(request, maxBytes);
  if (text.trim() === "") throw new Refusal("empty_body", "The body is empty.");
  return parseJson(text, "The body");
}

/** @param what holds the text, for its sender */
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

/** The text of a body that is to be JSON; one that is too large is not read to its end. */
export async function readText(request: Request, maxBytes = MAX_JSON_BODY_BYTES): Promise<string> {
  const text = await readUpTo(maxBytes, request.body);
  if (text === null) throw new Refusal("invalid_json", `The JSON is larger than ${maxBytes} bytes.`);
  return text;
}
