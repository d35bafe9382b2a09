/** What an answer is before it is sent, and the ways it can be sent: whole, slowly, or not to the end. */

import type { ServerResponse } from "node:http";
import { errorBody } from "./errors.ts";
import type { Flags } from "./settings.ts";

export type Reply = { status: number; headers: Record<string, string>; body: string };

export type Delivery =
  | { kind: "whole" }
  | { kind: "slow"; seconds: number }
  /** Half of the body, then the connection is closed. */
  | { kind: "cutoff" };

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** A slow body trickles in this many pieces. */
const SLOW_PIECES = 10;

export function jsonReply(status: number, value: unknown): Reply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(value),
  };
}

export function textReply(status: number, body: string): Reply {
  return { status, headers: { "content-type": "text/plain; charset=UTF-8" }, body };
}

/** A page as Cloudflare's edge writes it when the request never reached, or never came back from, the API. */
export function edgeReply(status: number, title: string): Reply {
  const heading = `${status} ${title}`;
  const body = `<html>\r\n<head><title>${heading}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { "content-type": "text/html" }, body };
}

/** A refusal in the shape the flags ask for; only `request_too_large` has an HTML form. */
export function errorReply(
  error: { slug: string; status: number; message: string },
  ray: string,
  flags: Pick<Flags, "slug_place" | "rate_limit_shape" | "request_too_large_shape">,
): Reply {
  if (error.slug === "request_too_large" && flags.request_too_large_shape === "html") {
    return edgeReply(413, "Request Entity Too Large");
  }
  return jsonReply(error.status, errorBody(error.slug, error.message, ray, flags));
}

/** Sends a reply; resolves once it is handed over, rejects if `signal` says that nobody is left to read it. */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  delivery: Delivery,
  deps: { sleep: Sleep; signal: AbortSignal },
): Promise<void> {
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...reply.headers, "content-length": body.length });
  if (delivery.kind === "whole") {
    response.end(body);
    return;
  }
  if (delivery.kind === "cutoff") {
    const half = body.subarray(0, Math.floor(body.length / 2));
    // Closing only after the half is handed over, or the client would see a bare reset.
    await new Promise<void>((resolve) => response.write(half, () => resolve()));
    response.socket?.destroySoon();
    return;
  }
  response.flushHeaders();
  const size = Math.max(1, Math.ceil(body.length / SLOW_PIECES));
  for (let at = 0; at < body.length; at += size) {
    await deps.sleep((delivery.seconds * 1000) / SLOW_PIECES, deps.signal);
    response.write(body.subarray(at, at + size));
  }
  response.end();
}
