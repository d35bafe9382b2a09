import type { Context } from "hono";
import { readTenant, type Tenant } from "../../../shared/storage/tenants.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { refuseFields } from "../http/refuse-fields.ts";

/** @throws Refusal when there is none */
export async function findTenant(db: D1Database, id: string): Promise<Tenant> {
  const tenant = await readTenant(db, id);
  if (!tenant) throw new Refusal("not_found", "There is no such tenant.");
  return tenant;
}

/**
 * The tenant whose keys or usage are meant: the caller's own, or the one that the operator names.
 * @throws Refusal when a tenant names another one, or the operator names none
 */
export async function tenantFor(c: Context<IngestApp>, named: string | undefined): Promise<string> {
  if (!c.get("isOperator")) {
    const { tenantId } = c.get("key");
    if (named === undefined || named === tenantId) return tenantId;
    throw new Refusal("not_found", "There is no such tenant.");
  }
  if (named === undefined) {
    throw refuseFields([{ field: "tenant", message: "is needed with the operator's key" }]);
  }
  return (await findTenant(c.env.DB, named)).id;
}
