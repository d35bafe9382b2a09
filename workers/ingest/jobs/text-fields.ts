import { isTooDeep, refuseDeep } from "../http/read-body.ts";

/**
 * Gives form fields and query parameters, which are text, the types they have in JSON. A value that cannot be converted
 * stays text, so that validation names the field.
 */
export function typeTextFields(fields: [string, string][]): Record<string, unknown> {
  const input: Record<string, unknown> = Object.create(null); // so that `__proto__` is a name like any other
  for (const [rawName, value] of fields) {
    const name = rawName.replace(/\[\d*\]$/, ""); // `tags[]` and `tags[0]`, as SDKs write lists
    if (LISTS.has(name)) {
      const before = Array.isArray(input[name]) ? input[name] : [];
      input[name] = [...before, ...splitList(name, value)];
    } else {
      input[name] = convert(name, value);
    }
  }
  return input;
}

const LISTS = new Set(["timestamp_granularities", "tags", "languages", "keywords"]);
const BOOLEANS = new Set(["diarize", "reuse"]);
const NUMBERS = new Set([
  "temperature",
  "min_speakers",
  "max_speakers",
  "retain_audio_days",
  "retain_transcript_days",
]);

function convert(name: string, value: string): unknown {
  if (BOOLEANS.has(name)) {
    const lower = value.toLowerCase();
    return lower === "true" || lower === "1" ? true : lower === "false" || lower === "0" ? false : value;
  }
  if (NUMBERS.has(name)) return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? Number(value) : value;
  if (name === "metadata" || name === "file_headers") return readJson(name, value);
  return value;
}

/** `a,b`, or a JSON list. */
function splitList(name: string, value: string): unknown[] {
  const list = value.trimStart().startsWith("[") ? readJson(name, value) : null;
  if (Array.isArray(list)) return list;
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function readJson(name: string, value: string): unknown {
  if (isTooDeep(value)) throw refuseDeep(name);
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
