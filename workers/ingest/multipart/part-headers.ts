/** The headers of a form's part. `contentType` is the bare type in lower case, null when there is none. */
export interface PartHeaders {
  name: string;
  filename: string | null;
  contentType: string | null;
}

/**
 * Reads the header lines of a part, as browsers, curl and HTTP libraries write them (RFC 7578, RFC 5987, and the
 * escapes of the HTML standard).
 * @returns null when they name no form field, or its bytes are encoded.
 */
export function parsePartHeaders(text: string): PartHeaders | null {
  const headers = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get("content-disposition") ?? "";
  const parameters = parseParameters(disposition);
  const name = parameters.get("name");
  if (!/^form-data\s*;/i.test(disposition) || name === undefined) return null;
  if (/^(base64|quoted-printable)$/i.test(headers.get("content-transfer-encoding") ?? "")) return null;
  return {
    name,
    filename: decodeExtended(parameters.get("filename*")) ?? parameters.get("filename") ?? null,
    contentType: bareType(headers.get("content-type")),
  };
}

/** The boundary that a request's Content-Type names, null when it names none that RFC 2046 allows. */
export function parseBoundary(contentType: string | null): string | null {
  const boundary = parseParameters(contentType ?? "").get("boundary");
  return boundary && boundary.length <= 70 ? boundary : null;
}

function bareType(value: string | undefined): string | null {
  return /^[\w.+-]+\/[\w.+-]+/.exec(value ?? "")?.[0].toLowerCase() ?? null;
}

function parseParameters(header: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [, key = "", quoted, token = ""] of header.matchAll(
    /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g,
  )) {
    parameters.set(key.toLowerCase(), quoted === undefined ? token.trim() : decodeQuoted(quoted));
  }
  return parameters;
}

/** curl writes `\"` and `\\`, browsers `%22`, `%0D` and `%0A`; any other backslash is part of a Windows path. */
function decodeQuoted(quoted: string): string {
  return quoted
    .replace(/\\(["\\])/g, "$1")
    .replace(/%22/g, '"')
    .replace(/%0D/gi, "\r")
    .replace(/%0A/gi, "\n");
}

/** `UTF-8'en'na%C3%AFve.mp3`, undefined when it cannot be read. */
function decodeExtended(value: string | undefined): string | undefined {
  const [, charset, encoded] = /^([\w-]+)'[^']*'(.*)$/.exec(value ?? "") ?? [];
  if (charset === undefined || encoded === undefined) return undefined;
  const bytes = Buffer.from(
    encoded.replace(/%([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}
