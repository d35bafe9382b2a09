import { insertSecret } from "./webhook-secrets.ts";

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

/** `sealed` is the secret that signs what goes to the webhook_urls of its jobs. */
export async function insertTenant(db: D1Database, tenant: Tenant, sealed: string): Promise<void> {
  const { id, name, createdAt } = tenant;
  await db.batch([
    db.prepare("INSERT INTO tenants (id, name, created_at) VALUES (?, ?, ?)").bind(id, name, createdAt),
    insertSecret(db, id, { sealed, publicKey: null, createdAt }),
  ]);
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

/** The sealed current secret that signs what goes to this tenant's webhook_urls. */
export async function readWebhookSecret(db: D1Database, tenantId: string): Promise<string | null> {
  const row = await db
    .prepare("SELECT sealed FROM webhook_secrets WHERE owner = ? ORDER BY n DESC LIMIT 1")
    .bind(tenantId)
    .first<{ sealed: string }>();
  return row?.sealed ?? null;
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
