import type { Context } from "hono";
import type { IngestApp } from "../app.ts";
import { Refusal } from "./problem.ts";
import { recordingHeaders } from "./served-headers.ts";

/**
 * Serves an R2 object over HTTP (RFC 9110): GET and HEAD, one byte range, exact Content-Length, strong ETag, If-Range.
 * A request for several ranges gets the whole object, as the RFC allows.
 */
export async function serveObject(
  c: Context<IngestApp>,
  key: string,
  contentType: string,
  filename: string | null,
): Promise<Response> {
  const head = await c.env.BUCKET.head(key);
  if (!head) throw new Refusal("not_found", "The recording is not stored any more.");
  const headers = new Headers({
    ...recordingHeaders(contentType, filename),
    "accept-ranges": "bytes",
    etag: head.httpEtag,
    "cache-control": "private, max-age=3600",
  });

  const range = readRange(c.req.header("range"), c.req.header("if-range"), head);
  if (range === "outside") {
    c.header("content-range", `bytes */${head.size}`);
    throw new Refusal("range_not_satisfiable", `The file has ${head.size} bytes.`);
  }
  const { offset, length } = range ?? { offset: 0, length: head.size };
  if (range) headers.set("content-range", `bytes ${offset}-${offset + length - 1}/${head.size}`);
  headers.set("content-length", String(length));
  const status = range ? 206 : 200;
  if (c.req.method === "HEAD") return new Response(null, { status, headers });

  const object = await c.env.BUCKET.get(key, { range: { offset, length } });
  if (!object) throw new Refusal("not_found", "The recording is not stored any more.");
  return new Response(object.body, { status, headers });
}

function readRange(
  header: string | undefined,
  ifRange: string | undefined,
  object: R2Object,
): { offset: number; length: number } | "outside" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return null;
  if (ifRange !== undefined && ifRange !== object.httpEtag) return null;
  const { size } = object;
  if (match[1] === "") {
    const length = Math.min(Number(match[2]), size);
    return length === 0 ? "outside" : { offset: size - length, length };
  }
  const offset = Number(match[1]);
  const last = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== "" && Number(match[2]) < offset) return null; // not a valid range, which the RFC says to ignore
  return offset >= size ? "outside" : { offset, length: last - offset + 1 };
}
