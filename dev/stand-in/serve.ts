/** Servers on a local port, and what is read of their requests. */

import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";

/** Starts on the port, or on a free one for 0; gives the address, which ends in `/`. */
export async function listen(server: Server, port = 0, host = "127.0.0.1"): Promise<URL> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a TCP server has a port");
  return new URL(`http://${host.includes(":") ? `[${host}]` : host}:${address.port}/`);
}

/** Closes the server and all its connections. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

/** A body that is longer than it may be. */
export class TooLongError extends Error {
  override name = "TooLongError";
}

/** The whole body. @throws TooLongError if it is longer than `maxBytes` */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Stopping half-way must not destroy the socket: the refusal still has to go out through it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLongError(`The body is longer than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What the record says of a key: never the key itself. */
export function authorizationOf({ headers }: IncomingMessage): "bearer" | "other" | "none" {
  const { authorization } = headers;
  if (authorization === undefined) return "none";
  return /^bearer /i.test(authorization) ? "bearer" : "other";
}
