import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { MAX_AUDIO_BYTES } from "../../../shared/limits.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { CHECKSUM_ALGORITHMS } from "./checksum.ts";

/** The protocol: https://tus.io/protocols/resumable-upload */
const TUS_VERSION = "1.0.0";
export const CHUNK_TYPE = "application/offset+octet-stream";

const ABOUT_THE_SERVER = {
  "tus-version": TUS_VERSION,
  "tus-extension": "creation,creation-with-upload,creation-defer-length,expiration,termination,checksum",
  "tus-max-size": String(MAX_AUDIO_BYTES),
  "tus-checksum-algorithm": CHECKSUM_ALGORITHMS.join(","),
};

const REQUEST_HEADERS = [
  "Authorization",
  "Content-Type",
  "Tus-Resumable",
  "Upload-Checksum",
  "Upload-Defer-Length",
  "Upload-Length",
  "Upload-Metadata",
  "Upload-Offset",
  "X-HTTP-Method-Override",
  "X-Request-Id",
  "X-Requested-With",
];
const RESPONSE_HEADERS = [
  "Diarist-Job",
  "Location",
  "Tus-Checksum-Algorithm",
  "Tus-Extension",
  "Tus-Max-Size",
  "Tus-Resumable",
  "Tus-Version",
  "Upload-Defer-Length",
  "Upload-Expires",
  "Upload-Length",
  "Upload-Metadata",
  "Upload-Offset",
  "X-Request-Id",
];

/** Headers of every response under /v1/uploads. OPTIONS needs no key and describes the server. */
export const speakTus = createMiddleware<IngestApp>(async (c, next) => {
  c.header("tus-resumable", TUS_VERSION);
  if (c.req.method === "OPTIONS")
    for (const [name, value] of Object.entries(ABOUT_THE_SERVER)) c.header(name, value);
  await next();
});

/** Pages of any origin may upload. The key protects us: no browser sends it by itself. */
export const allowBrowsers = cors({
  origin: "*",
  allowMethods: ["POST", "GET", "HEAD", "PATCH", "DELETE", "OPTIONS"],
  allowHeaders: REQUEST_HEADERS,
  exposeHeaders: RESPONSE_HEADERS,
  maxAge: 24 * 60 * 60,
});

/** Refuses other versions of the protocol. */
export const requireTus = createMiddleware<IngestApp>(async (c, next) => {
  const spoken = c.req.header("tus-resumable");
  if (spoken !== TUS_VERSION) {
    c.header("tus-version", TUS_VERSION);
    throw new Refusal(
      "tus_version",
      spoken === undefined ? "There is no Tus-Resumable header." : `Tus-Resumable is ${spoken.slice(0, 20)}.`,
    );
  }
  await next();
});

/** A header with a whole number; null when it is missing. */
export function readCount(name: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const count = Number(value);
  if (/^\d{1,16}$/.test(value) && Number.isSafeInteger(count)) return count;
  throw new Refusal("invalid_upload", `${name} must be a whole number of bytes, not ${value.slice(0, 30)}.`);
}
