/** The ways an answer can be sent: whole, slowly, or not to its end. */

import type { ServerResponse } from "node:http";
import { type Reply, sendReply } from "../stand-in/reply.ts";
import type { Sleep } from "../stand-in/sleep.ts";

export type SendMode =
  | { kind: "whole" }
  | { kind: "slow"; seconds: number }
  /** Half of the body, then the connection is closed. */
  | { kind: "cutoff" };

/** A slow body is sent in this many pieces. */
const SLOW_PIECES = 10;

/** Sends a reply; resolves once it is sent, rejects if `signal` says that the client is gone. */
export async function sendAs(
  response: ServerResponse,
  reply: Reply,
  mode: SendMode,
  { sleep, signal }: { sleep: Sleep; signal: AbortSignal },
): Promise<void> {
  if (mode.kind !== "slow") return sendReply(response, reply, mode.kind === "cutoff");
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...reply.headers, "content-length": body.length });
  response.flushHeaders();
  const size = Math.max(1, Math.ceil(body.length / SLOW_PIECES));
  for (let at = 0; at < body.length; at += size) {
    await sleep((mode.seconds * 1000) / SLOW_PIECES, signal);
    response.write(body.subarray(at, at + size));
  }
  response.end();
}
