import type { Context } from "hono";
import { RATE_WINDOW_MS } from "../../../shared/limits.ts";
import { countRequest } from "../../../shared/storage/request-windows.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";

/**
 * Counts the request if the tenant has a limit. Without one it costs nothing.
 * @returns headers for the response (draft-ietf-httpapi-ratelimit-headers-10)
 */
export async function limitRate(c: Context<IngestApp>): Promise<Record<string, string>> {
  const key = c.get("key");
  const limit = c.get("isOperator") ? undefined : key.limits.requests_per_minute;
  if (limit === undefined) return {};
  const now = c.get("now")();
  const { startedAt, requests } = await countRequest(c.env.DB, key.tenantId, RATE_WINDOW_MS, now);
  const resetsAt = startedAt + RATE_WINDOW_MS;
  const seconds = Math.max(1, Math.ceil((resetsAt - now) / 1000));
  const headers = {
    "ratelimit-policy": `"requests_per_minute";q=${limit};w=${RATE_WINDOW_MS / 1000}`,
    ratelimit: `"requests_per_minute";r=${Math.max(0, limit - requests)};t=${seconds}`,
  };
  if (requests <= limit) return headers;
  throw new Refusal("rate_limited", `This tenant may send ${limit} requests a minute.`, [], {
    headers: { ...headers, "retry-after": String(seconds) },
    limit: {
      name: "requests_per_minute",
      max: limit,
      used: requests - 1,
      resets_at: new Date(resetsAt).toISOString(),
    },
  });
}
