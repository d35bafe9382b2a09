/** Requests read whole and answers sent: what every route of the stand-in shares. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { FaultAction } from "./settings.ts";

/** More than any recording a test sends. */
const MAX_BODY_BYTES = 1_073_741_824;

export type Asked = {
  http: string;
  url: URL;
  headers: IncomingMessage["headers"];
  body: Buffer;
  /** From the header; a Web API method may bring it among its arguments instead. */
  token: string | undefined;
};

export type Reply = {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** For the record: `ok`, or what went wrong. */
  outcome: string;
  messages?: string[];
};

export async function readAsked(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error("the body is longer than 1 GiB");
    chunks.push(chunk);
  }
  return {
    http: request.method ?? "",
    url: new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`),
    headers: request.headers,
    body: Buffer.concat(chunks),
    token: /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1],
  };
}

export function jsonReply(status: number, value: unknown, outcome = "ok"): Reply {
  const headers = { "content-type": "application/json; charset=utf-8" };
  return { status, headers, body: JSON.stringify(value), outcome };
}

export function textReply(status: number, body: string, outcome = "ok"): Reply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body, outcome };
}

export function htmlReply(status: number, body: string, outcome = "ok"): Reply {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body, outcome };
}

export function redirectReply(location: string, outcome = "ok"): Reply {
  return { status: 302, headers: { location }, body: "", outcome };
}

/** What Slack shows whoever is not signed in, with status 200, in place of a file. */
export function signInPage(): Reply {
  const body =
    '<!DOCTYPE html><html lang="en-US"><head><title>Slack</title></head><body><h1>Sign in to your workspace</h1></body></html>';
  return htmlReply(200, body, "sign_in_page");
}

/** The fault's own answer, or `undefined` when it only bends the ordinary one. */
export function faultReply({ kind, error, status, body }: FaultAction): Reply | undefined {
  if (kind === "html") return { ...signInPage(), status: status ?? 200, outcome: "fault:html" };
  if (kind === "empty") return { status: status ?? 200, headers: {}, body: "", outcome: "fault:empty" };
  if (kind !== undefined) return undefined;
  if (error === "ratelimited" || (status === 429 && body === undefined)) {
    const reply = jsonReply(429, { ok: false, error: "ratelimited" }, "fault:ratelimited");
    return { ...reply, headers: { ...reply.headers, "retry-after": "1" } };
  }
  if (error !== undefined) return jsonReply(status ?? 200, { ok: false, error }, `fault:${error}`);
  if (body !== undefined) return textReply(status ?? 200, body, "fault:body");
  if (status === undefined) return undefined;
  return htmlReply(status, `<html><body><h1>${status}</h1></body></html>`, `fault:${status}`);
}

/** The headers a fault lays over whatever is answered. */
export function scriptedHeaders(action: FaultAction | undefined): Record<string, string> {
  const headers = Object.entries(action?.headers ?? {});
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** Sends it whole, or half of it with a length that promises more. */
export async function send(response: ServerResponse, reply: Reply, isCutOff = false): Promise<void> {
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...reply.headers, "content-length": body.length });
  if (!isCutOff) {
    response.end(body);
    return;
  }
  const half = body.subarray(0, Math.floor(body.length / 2));
  await new Promise<void>((resolve) => response.write(half, () => resolve()));
  response.socket?.destroySoon();
}
