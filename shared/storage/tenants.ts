import type { TenantLimits } from "../tenant-limits.ts";

export type Tenant = { id: string; name: string; limits: TenantLimits; createdAt: number };
type TenantRow = Omit<Tenant, "limits"> & { limits: string };

const TENANT = "id, name, limits, created_at AS createdAt";

/** `webhookSecret` comes sealed. A tenant that is there already (of the same id) stays as it is. */
export async function insertTenant(
  db: D1Database,
  tenant: Omit<Tenant, "limits"> & { limits?: TenantLimits },
  webhookSecret: string,
): Promise<void> {
  await db
    .prepare(
      `INSERT INTO tenants (id, name, limits, webhook_secret, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    )
    .bind(tenant.id, tenant.name, JSON.stringify(tenant.limits ?? {}), webhookSecret, tenant.createdAt)
    .run();
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

/** The sealed secret that signs what goes to this tenant's webhook_urls. */
export async function readWebhookSecret(db: D1Database, tenantId: string): Promise<string | null> {
  const row = await db
    .prepare("SELECT webhook_secret FROM tenants WHERE id = ?")
    .bind(tenantId)
    .first<{ webhook_secret: string }>();
  return row?.webhook_secret ?? null;
}

function toTenant(row: TenantRow): Tenant {
  return { ...row, limits: JSON.parse(row.limits) }; // checked at the edge before it was written
}
