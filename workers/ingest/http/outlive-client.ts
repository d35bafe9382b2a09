import type { Context } from "hono";
import type { IngestApp } from "../app.ts";

/**
 * Lets work go on when the client disconnects, which otherwise ends the Worker. So there is time to keep or clean up what
 * the client has sent.
 */
export function outliveClient<T>(c: Context<IngestApp>, work: Promise<T>): Promise<T> {
  c.executionCtx.waitUntil(work.catch(() => undefined));
  return work;
}
