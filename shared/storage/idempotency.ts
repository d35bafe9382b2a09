import { IDEMPOTENCY_LEASE_MS } from "../limits.ts";

/** What names a request: whose, and the SHA-256 of its Idempotency-Key, hex. */
type RequestName = { tenantId: string; key: string };

export type IdempotentRequest = RequestName & {
  /** SHA-256, hex, of what the request says before its body, and of a short body. */
  fingerprint: string;
  /** SHA-256, hex, of what a streamed body holds; null: it is not known. */
  content: string | null;
  claim: number;
  leaseUntil: number;
  /** Null: it runs, or its Worker died. */
  status: number | null;
  /** JSON. */
  headers: string | null;
  /** Sealed. Null: too large to keep; it can be made again from what the request made. */
  body: string | null;
  createdAt: number;
};

const COLUMNS = `tenant_id AS tenantId, key, fingerprint, content, claim, lease_until AS leaseUntil, status, headers, body,
  created_at AS createdAt`;

/**
 * Claims a request that is new, or older than `since`, or whose Worker has died. Any other stays as it is.
 * @returns the row, and whether it was claimed
 */
export async function claimRequest(
  db: D1Database,
  { tenantId, key }: RequestName,
  fingerprint: string,
  since: number,
  now: number,
): Promise<{ request: IdempotentRequest; isTaken: boolean }> {
  const name = [tenantId, key];
  const results = await db.batch<IdempotentRequest>([
    db
      .prepare("DELETE FROM idempotent_requests WHERE tenant_id = ? AND key = ? AND created_at <= ?")
      .bind(...name, since),
    db
      .prepare(
        `INSERT INTO idempotent_requests (tenant_id, key, fingerprint, lease_until, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET claim = claim + 1, lease_until = ?4
         WHERE status IS NULL AND lease_until <= ?5 AND fingerprint = ?3 RETURNING ${COLUMNS}`,
      )
      .bind(...name, fingerprint, now + IDEMPOTENCY_LEASE_MS, now),
    db.prepare(`SELECT ${COLUMNS} FROM idempotent_requests WHERE tenant_id = ? AND key = ?`).bind(...name),
  ]);
  const request = results[2]?.results[0];
  if (!request) throw new Error("the upsert left no row");
  return { request, isTaken: results[1]?.results.length === 1 };
}

const CLAIMED = "tenant_id = ? AND key = ? AND claim = ? AND status IS NULL";

/** Heartbeat: extends the lease. */
export async function renewRequest(db: D1Database, claimed: IdempotentRequest, now: number): Promise<void> {
  await db
    .prepare(`UPDATE idempotent_requests SET lease_until = ? WHERE ${CLAIMED}`)
    .bind(now + IDEMPOTENCY_LEASE_MS, claimed.tenantId, claimed.key, claimed.claim)
    .run();
}

/** Keeps the answer. */
export async function answerRequest(
  db: D1Database,
  claimed: IdempotentRequest,
  answer: { status: number; headers: string; body: string | null; content: string | null },
): Promise<void> {
  await db
    .prepare(`UPDATE idempotent_requests SET status = ?, headers = ?, body = ?, content = ? WHERE ${CLAIMED}`)
    .bind(
      answer.status,
      answer.headers,
      answer.body,
      answer.content,
      claimed.tenantId,
      claimed.key,
      claimed.claim,
    )
    .run();
}

/** Lets go, so that the next run need not wait for the lease to end. */
export async function releaseRequest(db: D1Database, claimed: IdempotentRequest, now: number): Promise<void> {
  await db
    .prepare(`UPDATE idempotent_requests SET lease_until = ? WHERE ${CLAIMED}`)
    .bind(now, claimed.tenantId, claimed.key, claimed.claim)
    .run();
}

/** The request came to nothing: the key can be used again. */
export async function forgetRequest(db: D1Database, claimed: IdempotentRequest): Promise<void> {
  await db
    .prepare(`DELETE FROM idempotent_requests WHERE ${CLAIMED}`)
    .bind(claimed.tenantId, claimed.key, claimed.claim)
    .run();
}

/** At most `limit` of those that are older than `since`. */
export async function sweepRequests(db: D1Database, since: number, limit: number): Promise<void> {
  await db
    .prepare(
      `DELETE FROM idempotent_requests WHERE (tenant_id, key) IN (
         SELECT tenant_id, key FROM idempotent_requests WHERE created_at <= ? ORDER BY created_at LIMIT ?)`,
    )
    .bind(since, limit)
    .run();
}
