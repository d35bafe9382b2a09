import type { Context } from "hono";
import { log } from "../../../shared/log.ts";
import type { IngestApp } from "../app.ts";

/** One line a request under /v1: who asked for what, and how it ended. Never a query, a header or a body. */
export function logRequest(c: Context<IngestApp>): void {
  if (!c.req.path.startsWith("/v1/")) return;
  const key = c.get("key");
  const id = /^\/v1\/jobs\/(job_\w+)/.exec(c.req.path)?.[1];
  log("request.answered", {
    request_id: c.get("requestId"),
    tenant_id: key?.tenantId ?? null,
    key_id: key?.id ?? null,
    job_id: c.get("jobId") ?? id ?? null,
    method: c.req.method,
    route: c.req.routePath,
    status: c.res.status,
  });
}
