import type { Context } from "hono";
import type { IngestApp } from "../app.ts";

/** Lets work go on when its client disconnects, which ends a Worker: what was sent is then kept or cleaned up. */
export function outliveClient<T>(c: Context<IngestApp>, work: Promise<T>): Promise<T> {
  c.executionCtx.waitUntil(work.catch(() => undefined));
  return work;
}
