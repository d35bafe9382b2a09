import type { Context } from "hono";
import { log } from "../../../shared/log.ts";
import type { IngestApp } from "../app.ts";

/** Logs one line for each request under /v1: who asked for what, and how it ended. Never a query, header or body. */
export function logRequest(c: Context<IngestApp>): void {
  if (!c.req.path.startsWith("/v1/")) return;
  const key = c.get("key");
  log("request.answered", {
    request_id: c.get("requestId"),
    tenant_id: key?.tenantId ?? null,
    key_id: key?.id ?? null,
    job_id: jobIdOf(c),
    method: c.req.method,
    route: c.req.routePath,
    status: c.res.status,
  });
}

/** The job that the request is about, by its path, or has made, by its response. */
function jobIdOf(c: Context<IngestApp>): string | null {
  const { headers } = c.res;
  const named = [c.req.path, headers.get("location") ?? "", `/v1/jobs/${headers.get("x-job-id")}`];
  return named.map((path) => /^\/v1\/jobs\/(job_\w+)/.exec(path)?.[1]).find((id) => id !== undefined) ?? null;
}
