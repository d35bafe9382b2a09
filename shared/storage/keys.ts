import { MAX_SHARES } from "../limits.ts";
import type { Scope } from "../scope.ts";
import type { TenantLimits } from "../tenant-limits.ts";

export type ApiKey = {
  id: string;
  tenantId: string;
  name: string;
  scopes: Scope[];
  createdAt: number;
  expiresAt: number | null;
  /** Within a minute. */
  lastUsedAt: number | null;
  revokedAt: number | null;
  /** It reads this job alone: a shared link carries it. */
  jobId: string | null;
};

type KeyRow = Omit<ApiKey, "scopes"> & { scopes: string };

const KEY = `api_keys.id, tenant_id AS tenantId, api_keys.name, scopes, api_keys.created_at AS createdAt,
  expires_at AS expiresAt, last_used_at AS lastUsedAt, revoked_at AS revokedAt, job_id AS jobId`;

/**
 * `hash` is the SHA-256 of the key, hex. If a key with this id exists already, nobody has seen its secret (the
 * Worker died before it could respond): the new one replaces all of it, so that nobody gets more than was asked for now.
 */
export async function insertKey(db: D1Database, key: ApiKey, hash: string): Promise<void> {
  await db
    .prepare(
      `INSERT INTO api_keys (id, tenant_id, name, hash, scopes, created_at, expires_at, job_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET hash = excluded.hash,
         name = excluded.name, scopes = excluded.scopes, expires_at = excluded.expires_at, job_id = excluded.job_id`,
    )
    .bind(
      key.id,
      key.tenantId,
      key.name,
      hash,
      JSON.stringify(key.scopes),
      key.createdAt,
      key.expiresAt,
      key.jobId,
    )
    .run();
}

/** A key as a request finds it: with its tenant's limits, and the hash as stored, for a comparison in constant time. */
export type FoundKey = ApiKey & { hash: string; limits: TenantLimits };

/** The key with this hash, unless it was revoked. */
export async function findKey(db: D1Database, hash: string): Promise<FoundKey | null> {
  const row = await db
    .prepare(
      `SELECT ${KEY}, hash, limits FROM api_keys JOIN tenants ON tenants.id = tenant_id
       WHERE hash = ? AND revoked_at IS NULL`,
    )
    .bind(hash)
    .first<KeyRow & { hash: string; limits: string }>();
  return row && { ...row, scopes: JSON.parse(row.scopes), limits: JSON.parse(row.limits) };
}

/** Whether the key opens anything now. */
export async function isKeyLive(db: D1Database, id: string, now: number): Promise<boolean> {
  const live = "id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)";
  const row = await db.prepare(`SELECT 1 AS live FROM api_keys WHERE ${live}`).bind(id, now).first();
  return row !== null;
}

/** A tenant's keys, newest first, revoked ones too; without those of shared links. */
export async function listKeys(
  db: D1Database,
  tenantId: string,
  after: string | undefined,
  limit: number,
): Promise<ApiKey[]> {
  const { results } = await db
    .prepare(
      `SELECT ${KEY} FROM api_keys WHERE tenant_id = ? AND id < ? AND job_id IS NULL ORDER BY id DESC LIMIT ?`,
    )
    .bind(tenantId, after ?? "\uffff", limit)
    .all<KeyRow>();
  return results.map((row) => ({ ...row, scopes: JSON.parse(row.scopes) }));
}

/** Ends a key at once; false when there is no such live key (of this tenant; null: of any). */
export async function revokeKey(
  db: D1Database,
  tenantId: string | null,
  id: string,
  now: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND tenant_id = COALESCE(?, tenant_id) AND revoked_at IS NULL",
    )
    .bind(now, id, tenantId)
    .run();
  return meta.changes === 1;
}

/** The keys of a job's shared links that still open it, newest first. */
export async function listShares(db: D1Database, jobId: string, now: number): Promise<ApiKey[]> {
  const { results } = await db
    .prepare(
      `SELECT ${KEY} FROM api_keys WHERE job_id = ? AND revoked_at IS NULL AND expires_at > ? ORDER BY id DESC LIMIT ?`,
    )
    .bind(jobId, now, MAX_SHARES)
    .all<KeyRow>();
  return results.map((row) => ({ ...row, scopes: JSON.parse(row.scopes) }));
}

/** Ends all shared links of a job at once. */
export async function endShares(db: D1Database, jobId: string): Promise<void> {
  await db.prepare("DELETE FROM api_keys WHERE job_id = ?").bind(jobId).run();
}

/** Removes the keys of links that expired before. */
export async function sweepShares(db: D1Database, before: number, limit: number): Promise<void> {
  await db
    .prepare(
      "DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE job_id IS NOT NULL AND expires_at < ? LIMIT ?)",
    )
    .bind(before, limit)
    .run();
}

export async function noteKeyUsed(db: D1Database, id: string, now: number): Promise<void> {
  await db.prepare("UPDATE api_keys SET last_used_at = ? WHERE id = ?").bind(now, id).run();
}
