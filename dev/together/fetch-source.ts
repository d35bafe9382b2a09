/**
 * Fetches the `file` URL of a request onto disk, the way the real service might: plainly, in ranges, or with a HEAD
 * first. Counts bytes as they come and hangs up at the limit.
 */

import { type FileHandle, open } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { URL } from "node:url";
import { Refusal } from "./errors.ts";
import type { Flags } from "./settings.ts";

type FetchOptions = { maxBytes: number; flags: Flags; signal: AbortSignal };

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const HEAD_UNKNOWN = new Set([403, 405, 501]);
const SNIFF_BYTES = 512;

/** Saves what the URL holds at `path` and tells how many bytes came; throws a `Refusal` when that cannot be. */
export async function fetchSource(text: string, path: string, options: FetchOptions): Promise<number> {
  const file = await open(path, "w+");
  try {
    const trip = createTrip(requireUrl(text, options.flags), options);
    if (options.flags.fetch_mode === "head") await askFirst(trip, options);
    if (options.flags.fetch_mode === "range") await saveRanges(trip, file, options);
    else await saveBody(await trip.send("GET"), file, 0, options);
    await refuseHtml(file, options.flags);
    return (await file.stat()).size;
  } catch (error) {
    if (error instanceof Refusal || options.signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw unusable(options.flags, `The file URL could not be fetched: ${reason}.`);
  } finally {
    await file.close();
  }
}

/** One journey to the file: redirects are counted over all of its requests, and a later one starts where they led. */
type Trip = { send(method: "GET" | "HEAD", headers?: Record<string, string>): Promise<IncomingMessage> };

function createTrip(start: URL, options: FetchOptions): Trip {
  let url = start;
  let redirects = 0;
  return {
    async send(method, headers = {}) {
      while (true) {
        const response = await sendRequest(url, method, headers, options);
        const { location } = response.headers;
        if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined) return response;
        response.destroy();
        redirects += 1;
        if (redirects > options.flags.max_redirects) {
          throw unusable(
            options.flags,
            `The file URL redirects more than ${options.flags.max_redirects} times.`,
          );
        }
        url = requireUrl(new URL(location, url).href, options.flags);
      }
    },
  };
}

function sendRequest(
  url: URL,
  method: string,
  headers: Record<string, string>,
  { flags, signal }: FetchOptions,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = send(url, {
      method,
      // A connection per request, so that none is left open when the stand-in closes.
      agent: false,
      signal,
      headers: {
        "user-agent": "together-stand-in/1",
        accept: "*/*",
        "accept-encoding": "identity",
        ...headers,
      },
    });
    outgoing.setTimeout(flags.fetch_timeout_seconds * 1000, () => {
      outgoing.destroy(new Error(`nothing came for ${flags.fetch_timeout_seconds} s`));
    });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    outgoing.end();
  });
}

async function askFirst(trip: Trip, options: FetchOptions): Promise<void> {
  const response = await trip.send("HEAD");
  response.resume();
  // A URL signed for GET alone answers HEAD with 403, and some servers do not know it at all.
  if (HEAD_UNKNOWN.has(response.statusCode ?? 0)) return;
  requireStatus(response, [200], options.flags);
  refuseTooLarge(Number(response.headers["content-length"]), options.maxBytes);
}

async function saveRanges(trip: Trip, file: FileHandle, options: FetchOptions): Promise<void> {
  const step = options.flags.fetch_range_bytes;
  let at = 0;
  let total = Number.POSITIVE_INFINITY;
  while (at < total) {
    const response = await trip.send("GET", { range: `bytes=${at}-${at + step - 1}` });
    // A server without ranges sends everything at the first request.
    if (response.statusCode === 200 && at === 0) {
      await saveBody(response, file, 0, options);
      return;
    }
    requireStatus(response, [206], options.flags);
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers["content-range"] ?? "");
    if (range === null || Number(range[1]) !== at) {
      response.destroy();
      throw unusable(options.flags, `The file URL answers bytes=${at}- with a wrong Content-Range.`);
    }
    total = Number(range[3]);
    if (total > options.maxBytes) response.destroy();
    refuseTooLarge(total, options.maxBytes);
    const before = at;
    at += await saveBody(response, file, at, options);
    if (at !== Number(range[2]) + 1 || at === before) {
      throw unusable(
        options.flags,
        "The file URL sends another number of bytes than its Content-Range says.",
      );
    }
  }
}

async function saveBody(
  response: IncomingMessage,
  file: FileHandle,
  before: number,
  { maxBytes, flags }: FetchOptions,
): Promise<number> {
  requireStatus(response, [200, 206], flags);
  let bytes = 0;
  if (Number(response.headers["content-length"]) + before > maxBytes) response.destroy();
  refuseTooLarge(Number(response.headers["content-length"]) + before, maxBytes);
  // Leaving this loop by a throw closes the connection, which is how the download stops at the limit.
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    refuseTooLarge(before + bytes, maxBytes);
    await file.appendFile(chunk);
  }
  return bytes;
}

function requireStatus(response: IncomingMessage, wanted: number[], flags: Flags): void {
  const status = response.statusCode ?? 0;
  if (wanted.includes(status)) return;
  response.destroy();
  throw unusable(flags, `The file URL answers with status ${status}.`);
}

function refuseTooLarge(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) {
    throw new Refusal("file_too_large", `The audio download exceeds the maximum of ${maxBytes} bytes.`);
  }
}

/** An error or login page served with status 200; told by its first bytes, since its type may claim to be audio. */
async function refuseHtml(file: FileHandle, flags: Flags): Promise<void> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
  if (/^\uFEFF?\s*(<!doctype html|<html|<head|<body|<!--)/i.test(buffer.toString("utf8", 0, bytesRead))) {
    throw unusable(flags, "The file URL answers with an HTML page, not with audio.");
  }
}

function requireUrl(text: string, flags: Flags): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
    throw new Refusal(
      "invalid_params",
      `\`file\` must be a binary part or a URL, got ${JSON.stringify(shown)}.`,
    );
  }
  const loopback = isLoopback(url.hostname);
  if (loopback && !flags.allow_loopback) throw unusable(flags, "The file URL is not public.");
  if (url.protocol === "http:" && flags.https_only && !loopback) {
    throw unusable(flags, "The file URL must be https.");
  }
  return url;
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

function unusable(flags: Flags, message: string): Refusal {
  return new Refusal(flags.bad_url_slug, message);
}
