import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

const CHUNK_BYTES = 256 * 1024;

export type OriginFileOptions = {
  size: number;
  /** The file's bytes from `from` up to but without `to`. */
  read(from: number, to: number): Uint8Array;
  etag?: string;
  contentType?: string;
  /** Every answer breaks off after this many bytes. */
  breakEvery?: number;
  /** Ranges are honoured. */
  ranges?: boolean;
  /** No Content-Length. */
  chunked?: boolean;
};

export type OriginFile = {
  respond(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Of the next requests; set anything while the file is being served. */
  options: OriginFileOptions;
  /** The Range of each request, "" for none. */
  asked: string[];
  /** Body bytes that left for the client. */
  sent: number;
};

/** A file as a static web server serves it: Range and If-Range honoured (RFC 9110), and connections that break. */
export function createOriginFile(initial: OriginFileOptions): OriginFile {
  const file: OriginFile = { options: initial, asked: [], sent: 0, respond };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { size, read, etag, contentType = "audio/wav", breakEvery, ranges = true, chunked } = file.options;
    file.asked.push(request.headers.range ?? "");
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? Number.NaN);
    const isRest = ranges && !Number.isNaN(start) && (request.headers["if-range"] ?? etag) === etag;
    const from = isRest ? start : 0;
    const headers: Record<string, string | number> = { "content-type": contentType };
    if (etag) headers["etag"] = etag;
    if (isRest && from >= size) {
      response.writeHead(416, { ...headers, "content-range": `bytes */${size}` }).end();
      return;
    }
    if (isRest) headers["content-range"] = `bytes ${from}-${size - 1}/${size}`;
    if (!chunked) headers["content-length"] = size - from;
    response.writeHead(isRest ? 206 : 200, headers);
    const end = breakEvery === undefined ? size : Math.min(size, from + breakEvery);
    const closed = once(response, "close").catch(() => undefined);
    for (let at = from; at < end && !response.destroyed; ) {
      const to = Math.min(end, at + CHUNK_BYTES);
      const flushed = new Promise((resolve) => response.write(read(at, to), resolve));
      await Promise.race([flushed, closed]);
      if (!response.destroyed) file.sent += to - at;
      at = to;
    }
    if (end < size) response.destroy();
    else response.end();
  }
  return file;
}

/** A file of these bytes. */
export function originFileOf(bytes: Uint8Array, options: Partial<OriginFileOptions> = {}): OriginFile {
  return createOriginFile({
    size: bytes.byteLength,
    read: (from, to) => bytes.subarray(from, to),
    ...options,
  });
}
