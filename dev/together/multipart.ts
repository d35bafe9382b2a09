/**
 * A streaming multipart/form-data parser (RFC 7578): bytes in, events out, at most one chunk held.
 * It knows nothing of fields or files; what a part means is decided by the reader.
 */

const CRLF = Buffer.from("\r\n");
const END_OF_HEADERS = Buffer.from("\r\n\r\n");
/** Undici, curl and browsers stay under 1 KB; the cap only keeps a part without an end of headers from growing. */
const MAX_HEADER_BYTES = 16_384;

export type PartHeaders = {
  name: string;
  filename: string | undefined;
  contentType: string | undefined;
};

type MultipartEvent =
  | { type: "part"; headers: PartHeaders }
  | { type: "data"; chunk: Buffer }
  | { type: "end" };

/** The body is not what its `Content-Type` promised. */
export class MultipartError extends Error {
  override name = "MultipartError";
}

/** The boundary named in a `Content-Type` header, or `undefined` when the body is not multipart/form-data. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  return readParameter(contentType, "boundary");
}

/** Yields `part`, `data`…, `end` for each part in order; throws `MultipartError` if the closing boundary never comes. */
export async function* parseMultipart(
  source: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<MultipartEvent> {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first boundary has no line break before it; giving it one makes it like all the others.
  let held: Buffer = CRLF;
  let state: "preamble" | "delimiter" | "body" | "epilogue" = "preamble";

  for await (const chunk of source) {
    // The rest is read all the same, so that the whole request is counted and consumed.
    if (state === "epilogue") continue;
    held = held.length === 0 ? asBuffer(chunk) : Buffer.concat([held, chunk]);
    while (true) {
      if (state === "delimiter") {
        if (held.length < 2) break;
        if (held.toString("latin1", 0, 2) === "--") {
          state = "epilogue";
          break;
        }
        const end = held.indexOf(END_OF_HEADERS);
        if (end === -1) {
          if (held.length > MAX_HEADER_BYTES) throw new MultipartError("The headers of a part are too long.");
          break;
        }
        yield { type: "part", headers: readHeaders(held.toString("utf8", 0, end)) };
        held = held.subarray(end + END_OF_HEADERS.length);
        state = "body";
      }
      const at = held.indexOf(delimiter);
      if (at === -1) {
        const safe = Math.max(0, held.length - delimiter.length + 1);
        if (state === "body" && safe > 0) yield { type: "data", chunk: held.subarray(0, safe) };
        held = held.subarray(safe);
        break;
      }
      if (state === "body") {
        if (at > 0) yield { type: "data", chunk: held.subarray(0, at) };
        yield { type: "end" };
      }
      held = held.subarray(at + delimiter.length);
      state = "delimiter";
    }
  }
  if (state !== "epilogue") throw new MultipartError("The multipart body ends before its closing boundary.");
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

function readHeaders(block: string): PartHeaders {
  const headers = new Map<string, string>();
  for (const line of block.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get("content-disposition") ?? "";
  const name = readParameter(disposition, "name");
  if (!/^form-data\b/i.test(disposition) || name === undefined) {
    throw new MultipartError("A part has no form-data name.");
  }
  return {
    name: unescapeName(name),
    filename: readFilename(disposition),
    contentType: headers.get("content-type"),
  };
}

function readFilename(disposition: string): string | undefined {
  const encoded = readParameter(disposition, "filename\\*");
  const match = encoded === undefined ? null : /^utf-8'[^']*'(.*)$/i.exec(encoded);
  if (match?.[1] !== undefined) {
    try {
      return decodeURIComponent(match[1]);
    } catch {
      // A broken extended name falls back to the plain one, as RFC 6266 advises.
    }
  }
  const plain = readParameter(disposition, "filename");
  return plain === undefined ? undefined : unescapeName(plain);
}

function readParameter(header: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, "i").exec(header);
  return match?.[1] ?? match?.[2];
}

/** Browsers and undici percent-encode quotes and line breaks in names; curl puts a backslash before a quote. */
function unescapeName(value: string): string {
  return value
    .replace(/%(22|0D|0A)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\(["\\])/g, "$1");
}
