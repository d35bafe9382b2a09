import { fileNameOfUrl } from "../../../shared/file-name.ts";
import { MAX_CONTENT_TYPE_CHARACTERS } from "../../../shared/limits.ts";
import type { SourceFacts } from "../../../shared/source-facts.ts";

/** Where a download is to go on. */
export type Continuation = { from: number; source: SourceFacts };

type Verdict =
  /** The body is the recording from its first byte on. */
  | { kind: "whole"; source: SourceFacts }
  /** The body is what was still missing. */
  | { kind: "rest"; source: SourceFacts }
  /** Nothing is missing any more. */
  | { kind: "nothing_left" }
  /** What has come in does not go with what there is now: ask for all of it. */
  | { kind: "cannot_continue"; seen: string }
  /** No recording; `passing`: there may be one next time. */
  | { kind: "refused"; seen: string; passing: boolean; isPage?: boolean };

const HTML = new Set(["text/html", "application/xhtml+xml"]);

/** What an answer is, by status and headers alone (RFC 9110, sections 13.1.5, 14 and 15). Pure. */
export function checkResponse(
  { status, headers }: Pick<Response, "status" | "headers">,
  url: URL,
  continuation: Continuation | null,
): Verdict {
  const contentType = readContentType(headers);
  if (status === 206 && continuation) return checkRest(headers, continuation);
  if (status === 416 && continuation) {
    const size = /^bytes \*\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
    return Number(size) === continuation.from
      ? { kind: "nothing_left" }
      : { kind: "cannot_continue", seen: "answered 416: the file has become shorter" };
  }
  if (status !== 200) {
    const passing = status === 429 || status >= 500;
    return { kind: "refused", seen: `answered ${status}${contentType ? ` (${contentType})` : ""}`, passing };
  }
  if (contentType !== null && HTML.has(contentType)) {
    return {
      kind: "refused",
      seen: `answered a web page (HTML, ${contentType}) and not the audio itself`,
      passing: false,
      isPage: true,
    };
  }
  const encoding = readEncoding(headers);
  if (encoding !== null) {
    // A little of it may be a thousand times as much to store, and ranges and lengths would be of what was compressed.
    const seen = `answered with Content-Encoding ${encoding.slice(0, 40)}, although none was asked for`;
    return { kind: "refused", seen, passing: false };
  }
  return {
    kind: "whole",
    source: {
      filename: fileNameOfUrl(url),
      contentType,
      validator: readValidator(headers),
      total: readLength(headers.get("content-length")),
    },
  };
}

function checkRest(headers: Headers, { from, source }: Continuation): Verdict {
  const cannot = (seen: string): Verdict => ({ kind: "cannot_continue", seen });
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get("content-range")?.trim() ?? "");
  if (!range) return cannot("answered 206 without a Content-Range that can be read");
  const [, first, last, size] = range;
  const total = size === "*" ? source.total : Number(size);
  if (Number(first) !== from) return cannot(`answered bytes from ${first} on when asked for ${from}`);
  if (source.total !== null && total !== source.total) return cannot("answered with a file of another size");
  if (Number(last) < from || (total !== null && Number(last) >= total)) {
    return cannot("answered a Content-Range that cannot be");
  }
  if (readEncoding(headers) !== null) return cannot("answered a part that is compressed");
  const etag = headers.get("etag");
  if (etag !== null && source.validator?.startsWith('"') && etag !== source.validator) {
    return cannot("answered a part of another file (its ETag has changed)");
  }
  return { kind: "rest", source: { ...source, total } };
}

function readContentType(headers: Headers): string | null {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return type?.slice(0, MAX_CONTENT_TYPE_CHARACTERS) || null;
}

function readEncoding(headers: Headers): string | null {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  return encoding === "" || encoding === "identity" ? null : encoding;
}

function readLength(value: string | null): number | null {
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** If-Range takes only what changes with every change: no weak ETag, no time within the second of the answer. */
function readValidator(headers: Headers): string | null {
  if (headers.get("accept-ranges")?.trim().toLowerCase() === "none") return null;
  const etag = headers.get("etag");
  if (etag !== null) return /^"[^"]*"$/.test(etag) ? etag : null;
  const modified = headers.get("last-modified");
  const age = Date.parse(headers.get("date") ?? "") - Date.parse(modified ?? "");
  return age >= 1000 ? modified : null;
}
