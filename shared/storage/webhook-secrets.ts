import { MAX_SECRETS } from "../limits.ts";
import { sealedWith } from "../secrets/seal.ts";

/** What signs the webhooks of an endpoint, or those to the webhook_urls of a tenant's jobs (`owner`). */
export type WebhookSecret = {
  owner: string;
  /** The highest is the current one. */
  n: number;
  /** `whsec_…`, and behind a space `whsk_…` if there is a pair of keys. */
  sealed: string;
  publicKey: string | null;
  createdAt: number;
  /** null: the current one. */
  expiresAt: number | null;
};

export type NewSecret = Pick<WebhookSecret, "sealed" | "publicKey" | "createdAt">;

const COLUMNS = "owner, n, sealed, public_key AS publicKey, created_at AS createdAt, expires_at AS expiresAt";

/** The statement that gives its first secret to an owner that was written in the same batch, and has none yet. */
export function insertSecret(db: D1Database, owner: string, secret: NewSecret): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO webhook_secrets (owner, n, sealed, key_id, public_key, created_at)
       SELECT id, 1, ?2, ?3, ?4, ?5 FROM (SELECT id FROM tenants UNION ALL SELECT id FROM endpoints) WHERE id = ?1
         AND NOT EXISTS (SELECT 1 FROM webhook_secrets WHERE owner = ?1)`,
    )
    .bind(owner, secret.sealed, sealedWith(secret.sealed), secret.publicKey, secret.createdAt);
}

/** The statement that reads what is valid, the current one first. */
export function selectSecrets(db: D1Database, owner: string, now: number): D1PreparedStatement {
  return db
    .prepare(
      `SELECT ${COLUMNS} FROM webhook_secrets WHERE owner = ? AND (expires_at IS NULL OR expires_at > ?)
       ORDER BY n DESC`,
    )
    .bind(owner, now);
}

export async function listSecrets(db: D1Database, owner: string, now: number): Promise<WebhookSecret[]> {
  const { results } = await selectSecrets(db, owner, now).all<WebhookSecret>();
  return results;
}

/**
 * Makes another secret the current one; the one before is valid until `oldExpiresAt`.
 * @returns false when the limit of valid secrets is reached.
 */
export async function rotateSecret(
  db: D1Database,
  owner: string,
  secret: NewSecret,
  oldExpiresAt: number,
): Promise<boolean> {
  const now = secret.createdAt;
  const [, , inserted] = await db.batch([
    db.prepare("DELETE FROM webhook_secrets WHERE owner = ? AND expires_at <= ?").bind(owner, now),
    db
      .prepare(
        `UPDATE webhook_secrets SET expires_at = ?2 WHERE owner = ?1 AND expires_at IS NULL
           AND (SELECT count(*) FROM webhook_secrets WHERE owner = ?1) < ?3`,
      )
      .bind(owner, oldExpiresAt, MAX_SECRETS),
    db
      .prepare(
        `INSERT INTO webhook_secrets (owner, n, sealed, key_id, public_key, created_at)
         SELECT owner, max(n) + 1, ?, ?, ?, ? FROM webhook_secrets WHERE owner = ? HAVING count(*) < ?`,
      )
      .bind(secret.sealed, sealedWith(secret.sealed), secret.publicKey, now, owner, MAX_SECRETS),
  ]);
  return inserted?.meta.changes === 1;
}

/** Secrets sealed with one of these keys. */
export async function secretsSealedWith(
  db: D1Database,
  keyIds: string[],
  limit: number,
): Promise<WebhookSecret[]> {
  const { results } = await db
    .prepare(
      `SELECT ${COLUMNS} FROM webhook_secrets WHERE key_id IN (SELECT value FROM json_each(?)) LIMIT ?`,
    )
    .bind(JSON.stringify(keyIds), limit)
    .all<WebhookSecret>();
  return results;
}

/** Stores the same secret, sealed again under the current key. */
export async function resealSecret(
  db: D1Database,
  { owner, n }: WebhookSecret,
  sealed: string,
): Promise<void> {
  await db
    .prepare("UPDATE webhook_secrets SET sealed = ?, key_id = ? WHERE owner = ? AND n = ?")
    .bind(sealed, sealedWith(sealed), owner, n)
    .run();
}
