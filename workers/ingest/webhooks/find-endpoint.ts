import type { Context } from "hono";
import { isId } from "../../../shared/id.ts";
import { readEndpoint } from "../../../shared/storage/endpoints.ts";
import type { Endpoint } from "../../../shared/webhooks/endpoint.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";

/**
 * The endpoint whose id is in the path.
 * @throws Refusal when the tenant has no such endpoint
 */
export async function findEndpoint(c: Context<IngestApp>): Promise<Endpoint> {
  const id = c.req.param("id") ?? "";
  const endpoint = isId("ep", id) ? await readEndpoint(c.env.DB, c.get("key").tenantId, id) : null;
  if (!endpoint) throw new Refusal("not_found", "There is no such endpoint.");
  return endpoint;
}
