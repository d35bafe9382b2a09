import type { Event } from "../event.ts";
import { DELIVERY_LEASE_MS, WAKE_GRACE_MS } from "../limits.ts";

export type DeliveryStatus = "pending" | "delivered" | "failed" | "discarded";

export type Delivery = {
  id: string;
  tenantId: string;
  eventId: string;
  jobId: string;
  destination: string;
  url: string;
  status: DeliveryStatus;
  /** The fence: every claim raises it, every later write names it. */
  claim: number;
  /** Attempts on record. */
  tries: number;
  nextAttemptAt: number | null;
  createdAt: number;
  finishedAt: number | null;
};

export type Attempt = {
  n: number;
  url: string;
  startedAt: number;
  durationMs: number;
  httpStatus: number | null;
  error: string | null;
  response: string;
};

const COLUMNS = `id, tenant_id AS tenantId, event_id AS eventId, job_id AS jobId, destination, url, status, claim,
  tries, next_attempt_at AS nextAttemptAt, created_at AS createdAt, finished_at AS finishedAt`;

/**
 * Turns an event into its deliveries, due at once, and ends the event's stay in the outbox; one batch.
 * Repeating it changes nothing, and an event deleted meanwhile gets none.
 */
export async function createDeliveries(
  db: D1Database,
  event: Event,
  targets: { id: string; destination: string; url: string }[],
  now: number,
): Promise<void> {
  await db.batch([
    ...targets.map((target) =>
      db
        .prepare(
          `INSERT OR IGNORE INTO deliveries (id, tenant_id, event_id, job_id, destination, url, status,
             next_attempt_at, sweep_at, created_at)
           SELECT ?, tenant_id, id, job_id, ?, ?, 'pending', ?, ?, ? FROM events WHERE id = ?`,
        )
        .bind(target.id, target.destination, target.url, now, now + WAKE_GRACE_MS, now, event.id),
    ),
    db.prepare("UPDATE events SET sweep_at = NULL WHERE id = ?").bind(event.id),
  ]);
}

/** The ids of an event's deliveries. */
export async function deliveriesOf(db: D1Database, eventId: string): Promise<string[]> {
  const { results } = await db
    .prepare("SELECT id FROM deliveries WHERE event_id = ? AND status = 'pending'")
    .bind(eventId)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

/** Takes a delivery that is due. Null: another has it, it is over, or its time has not come. */
export async function claimDelivery(db: D1Database, id: string, now: number): Promise<Delivery | null> {
  return db
    .prepare(
      `UPDATE deliveries SET claim = claim + 1, next_attempt_at = ?, sweep_at = ?
       WHERE id = ? AND status = 'pending' AND next_attempt_at <= ? RETURNING ${COLUMNS}`,
    )
    .bind(now + DELIVERY_LEASE_MS, now + DELIVERY_LEASE_MS, id, now)
    .first<Delivery>();
}

/**
 * Puts an attempt on record and moves the delivery on, in one batch and only if the claim still holds.
 * `next`: when to try again, or how it ended.
 */
export async function recordAttempt(
  db: D1Database,
  delivery: Delivery,
  attempt: Attempt,
  next: { at: number } | { status: Exclude<DeliveryStatus, "pending">; finishedAt: number },
): Promise<boolean> {
  const held = "id = ? AND claim = ? AND status = 'pending'";
  const insert = db
    .prepare(
      `INSERT INTO attempts (delivery_id, n, url, started_at, duration_ms, http_status, error, response)
       SELECT id, tries + 1, ?, ?, ?, ?, ?, ? FROM deliveries WHERE ${held}`,
    )
    .bind(
      attempt.url,
      attempt.startedAt,
      attempt.durationMs,
      attempt.httpStatus,
      attempt.error,
      attempt.response,
      delivery.id,
      delivery.claim,
    );
  const move =
    "at" in next
      ? db
          .prepare(`UPDATE deliveries SET tries = tries + 1, next_attempt_at = ?, sweep_at = ? WHERE ${held}`)
          .bind(next.at, next.at + WAKE_GRACE_MS, delivery.id, delivery.claim)
      : db
          .prepare(
            `UPDATE deliveries SET tries = tries + 1, status = ?, finished_at = ?, next_attempt_at = NULL,
               sweep_at = NULL WHERE ${held}`,
          )
          .bind(next.status, next.finishedAt, delivery.id, delivery.claim);
  const [, moved] = await db.batch([insert, move]);
  return moved?.meta.changes === 1;
}

/** Deliveries that are due although a message should have brought them by now. */
export async function sweepDeliveries(db: D1Database, now: number, limit: number): Promise<string[]> {
  const due = "SELECT id FROM deliveries WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?";
  const { results } = await db
    .prepare(`UPDATE deliveries SET sweep_at = ? WHERE id IN (${due}) RETURNING id`)
    .bind(now + WAKE_GRACE_MS * 10, now, limit)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

/** After a failed send: the next sweep is to try these again. */
export async function sweepDeliveriesAgain(db: D1Database, ids: string[], now: number): Promise<void> {
  await db.batch(
    ids.map((id) =>
      db.prepare("UPDATE deliveries SET sweep_at = ? WHERE id = ? AND status = 'pending'").bind(now, id),
    ),
  );
}

export type DeliveryFilter = {
  jobId?: string | undefined;
  status?: DeliveryStatus | undefined;
  before?: string | undefined;
};

/** A page of a tenant's deliveries, newest first. */
export async function listDeliveries(
  db: D1Database,
  tenantId: string,
  filter: DeliveryFilter,
  limit: number,
): Promise<(Delivery & { type: string })[]> {
  // A job has a handful: the plus keeps SQLite from walking through all of the tenant's to find them in order.
  const where: [string, unknown][] = [
    [filter.jobId ? "+deliveries.tenant_id = ?" : "deliveries.tenant_id = ?", tenantId],
  ];
  if (filter.jobId) where.push(["deliveries.job_id = ?", filter.jobId]);
  if (filter.status) where.push(["status = ?", filter.status]);
  if (filter.before) where.push(["deliveries.id < ?", filter.before]);
  const { results } = await db
    .prepare(
      `${SELECT_WITH_TYPE} WHERE ${where.map(([sql]) => sql).join(" AND ")} ORDER BY deliveries.id DESC LIMIT ?`,
    )
    .bind(...where.map(([, value]) => value), limit)
    .all<Delivery & { type: string }>();
  return results;
}

/** One delivery with its attempts, or null when this tenant has none of this id. */
export async function readDelivery(
  db: D1Database,
  tenantId: string,
  id: string,
): Promise<(Delivery & { type: string; attempts: Attempt[] }) | null> {
  const delivery = await db
    .prepare(`${SELECT_WITH_TYPE} WHERE deliveries.tenant_id = ? AND deliveries.id = ?`)
    .bind(tenantId, id)
    .first<Delivery & { type: string }>();
  if (!delivery) return null;
  const { results } = await db
    .prepare(
      `SELECT n, url, started_at AS startedAt, duration_ms AS durationMs, http_status AS httpStatus, error, response
       FROM attempts WHERE delivery_id = ? ORDER BY n`,
    )
    .bind(id)
    .all<Attempt>();
  return { ...delivery, attempts: results };
}

const SELECT_WITH_TYPE = `SELECT deliveries.id, deliveries.tenant_id AS tenantId, event_id AS eventId,
  deliveries.job_id AS jobId, destination, url, status, claim, tries, next_attempt_at AS nextAttemptAt,
  deliveries.created_at AS createdAt, finished_at AS finishedAt, events.type AS type
  FROM deliveries JOIN events ON events.id = event_id`;
