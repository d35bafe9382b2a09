/** What an answer is before it is sent. */

import type { ServerResponse } from "node:http";

export type Reply = {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** For the record: `ok`, or what went wrong. */
  outcome: string;
};

export function jsonReply(status: number, value: unknown, outcome = "ok"): Reply {
  const headers = { "content-type": "application/json; charset=utf-8" };
  return { status, headers, body: JSON.stringify(value), outcome };
}

export function textReply(status: number, body: string, outcome = "ok"): Reply {
  return { status, headers: { "content-type": "text/plain; charset=UTF-8" }, body, outcome };
}

/** The same with these headers over its own. */
export function withHeaders<R extends Reply>(reply: R, headers: Record<string, string> = {}): R {
  const added = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...reply, headers: { ...reply.headers, ...Object.fromEntries(added) } };
}

/** Sends the reply whole, or half of its body under a length that promises more. */
export async function sendReply(response: ServerResponse, reply: Reply, isCutOff = false): Promise<void> {
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...reply.headers, "content-length": body.length });
  if (!isCutOff) {
    response.end(body);
    return;
  }
  const half = body.subarray(0, Math.floor(body.length / 2));
  // Closing only after the half is sent, or the client would see a bare reset.
  await new Promise<void>((resolve) => response.write(half, () => resolve()));
  response.socket?.destroySoon();
}
