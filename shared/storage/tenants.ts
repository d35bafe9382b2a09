export type Tenant = { id: string; name: string; createdAt: number };
export type ApiKey = {
  id: string;
  tenantId: string;
  name: string;
  createdAt: number;
  revokedAt: number | null;
};

const TENANT = "id, name, created_at AS createdAt";
const KEY = "id, tenant_id AS tenantId, name, created_at AS createdAt, revoked_at AS revokedAt";

/** `webhookSecret` comes sealed. */
export async function insertTenant(db: D1Database, tenant: Tenant, webhookSecret: string): Promise<void> {
  await db
    .prepare("INSERT INTO tenants (id, name, webhook_secret, created_at) VALUES (?, ?, ?, ?)")
    .bind(tenant.id, tenant.name, webhookSecret, tenant.createdAt)
    .run();
}

export async function readTenant(db: D1Database, id: string): Promise<Tenant | null> {
  return db.prepare(`SELECT ${TENANT} FROM tenants WHERE id = ?`).bind(id).first<Tenant>();
}

export async function listTenants(
  db: D1Database,
  after: string | undefined,
  limit: number,
): Promise<Tenant[]> {
  const { results } = await db
    .prepare(`SELECT ${TENANT} FROM tenants WHERE id < ? ORDER BY id DESC LIMIT ?`)
    .bind(after ?? "\uffff", limit)
    .all<Tenant>();
  return results;
}

/** The sealed secret that signs what goes to this tenant's webhook_urls. */
export async function readWebhookSecret(db: D1Database, tenantId: string): Promise<string | null> {
  const row = await db
    .prepare("SELECT webhook_secret FROM tenants WHERE id = ?")
    .bind(tenantId)
    .first<{ webhook_secret: string }>();
  return row?.webhook_secret ?? null;
}

/** `hash` is the SHA-256 of the key, hex. */
export async function insertKey(db: D1Database, key: ApiKey, hash: string): Promise<void> {
  await db
    .prepare("INSERT INTO api_keys (id, tenant_id, name, hash, created_at) VALUES (?, ?, ?, ?, ?)")
    .bind(key.id, key.tenantId, key.name, hash, key.createdAt)
    .run();
}

/** The live key with this hash, and the hash as stored, for a comparison in constant time. */
export async function findKey(db: D1Database, hash: string): Promise<(ApiKey & { hash: string }) | null> {
  return db
    .prepare(`SELECT ${KEY}, hash FROM api_keys WHERE hash = ? AND revoked_at IS NULL`)
    .bind(hash)
    .first<ApiKey & { hash: string }>();
}

export async function listKeys(db: D1Database, tenantId: string): Promise<ApiKey[]> {
  const { results } = await db
    .prepare(`SELECT ${KEY} FROM api_keys WHERE tenant_id = ? ORDER BY id DESC LIMIT 1000`)
    .bind(tenantId)
    .all<ApiKey>();
  return results;
}

/** Ends a key at once; false when the tenant has no such live key. */
export async function revokeKey(db: D1Database, tenantId: string, id: string, now: number): Promise<boolean> {
  const { meta } = await db
    .prepare("UPDATE api_keys SET revoked_at = ? WHERE id = ? AND tenant_id = ? AND revoked_at IS NULL")
    .bind(now, id, tenantId)
    .run();
  return meta.changes === 1;
}
