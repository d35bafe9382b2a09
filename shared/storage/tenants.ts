import type { TenantLimits } from "../tenant-limits.ts";
import { insertSecret } from "./webhook-secrets.ts";

export type Tenant = { id: string; name: string; limits: TenantLimits; createdAt: number };
type TenantRow = Omit<Tenant, "limits"> & { limits: string };

const TENANT = "id, name, limits, created_at AS createdAt";

/**
 * A tenant that is there already (of the same id) stays as it is.
 * @param sealed the secret that signs what goes to the webhook_urls of its jobs
 */
export async function insertTenant(
  db: D1Database,
  tenant: Omit<Tenant, "limits"> & { limits?: TenantLimits },
  sealed: string,
): Promise<void> {
  const { id, name, limits = {}, createdAt } = tenant;
  await db.batch([
    db
      .prepare(
        "INSERT INTO tenants (id, name, limits, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
      )
      .bind(id, name, JSON.stringify(limits), createdAt),
    insertSecret(db, id, { sealed, publicKey: null, createdAt }),
  ]);
}

export async function readTenant(db: D1Database, id: string): Promise<Tenant | null> {
  const row = await db.prepare(`SELECT ${TENANT} FROM tenants WHERE id = ?`).bind(id).first<TenantRow>();
  return row && toTenant(row);
}

/** Changes what is given. Null: there is no such tenant. */
export async function changeTenant(
  db: D1Database,
  id: string,
  change: { name?: string | undefined; limits?: TenantLimits | undefined },
): Promise<Tenant | null> {
  const limits = change.limits === undefined ? null : JSON.stringify(change.limits);
  const row = await db
    .prepare(
      `UPDATE tenants SET name = COALESCE(?, name), limits = COALESCE(?, limits) WHERE id = ? RETURNING ${TENANT}`,
    )
    .bind(change.name ?? null, limits, id)
    .first<TenantRow>();
  return row && toTenant(row);
}

export async function listTenants(
  db: D1Database,
  after: string | undefined,
  limit: number,
): Promise<Tenant[]> {
  const { results } = await db
    .prepare(`SELECT ${TENANT} FROM tenants WHERE id < ? ORDER BY id DESC LIMIT ?`)
    .bind(after ?? "\uffff", limit)
    .all<TenantRow>();
  return results.map(toTenant);
}

/** The sealed current secret that signs what goes to this tenant's webhook_urls. */
export async function readWebhookSecret(db: D1Database, tenantId: string): Promise<string | null> {
  const row = await db
    .prepare("SELECT sealed FROM webhook_secrets WHERE owner = ? ORDER BY n DESC LIMIT 1")
    .bind(tenantId)
    .first<{ sealed: string }>();
  return row?.sealed ?? null;
}

function toTenant(row: TenantRow): Tenant {
  return { ...row, limits: JSON.parse(row.limits) }; // checked at the edge before it was written
}
