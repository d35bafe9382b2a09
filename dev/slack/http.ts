/** Requests read whole, and the answers that Slack's routes share. */

import type { IncomingMessage } from "node:http";
import { jsonReply, type Reply as PlainReply, textReply, withHeaders } from "../stand-in/reply.ts";
import { readBody } from "../stand-in/serve.ts";
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

/** An answer, with Slack's reasons where it is a refusal. */
export type Reply = PlainReply & { messages?: string[] };

export async function readAsked(request: IncomingMessage): Promise<Asked> {
  return {
    http: request.method ?? "",
    url: new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`),
    headers: request.headers,
    body: await readBody(request, MAX_BODY_BYTES),
    token: /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1],
  };
}

export function htmlReply(status: number, body: string, outcome = "ok"): Reply {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body, outcome };
}

export function redirectReply(location: string, outcome = "ok"): Reply {
  return { status: 302, headers: { location }, body: "", outcome };
}

/** What Slack shows in place of a file, with status 200, to a client that is not signed in. */
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
    return withHeaders(reply, { "retry-after": "1" });
  }
  if (error !== undefined) return jsonReply(status ?? 200, { ok: false, error }, `fault:${error}`);
  if (body !== undefined) return textReply(status ?? 200, body, "fault:body");
  if (status === undefined) return undefined;
  return htmlReply(status, `<html><body><h1>${status}</h1></body></html>`, `fault:${status}`);
}
