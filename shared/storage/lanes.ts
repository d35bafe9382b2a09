import { LANE_LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../limits.ts";
import { endpointOfLane } from "../webhooks/endpoint.ts";

/** A claim on all deliveries to one endpoint, or to one origin of webhook_urls. */
export type Lane = {
  id: string;
  tenantId: string;
  /** The fence: it changes with every claim. */
  claim: number;
  /** When the last sends began. */
  recent: number[];
  /** When the delayed message in the queue arrives. */
  wakeAt: number | null;
};

/** How long an empty lane of a webhook_url is kept, for its rate limit and because the next job may use it. */
const IDLE_MS = WAKE_REPEAT_MS;

/**
 * The statement that enqueues lanes for processing. It goes into the batch that makes deliveries in them due, and returns
 * the ids of those to send a message for. A lane with a lease needs none: its Worker finds the new deliveries. Nor does a
 * lane whose message is still in the queue.
 */
export function callLanes(
  db: D1Database,
  tenantId: string,
  lanes: string[],
  now: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO lanes (id, tenant_id, enqueued_at, sweep_at) SELECT value, ?1, ?2, ?3 FROM json_each(?4) WHERE true
       ON CONFLICT (id) DO UPDATE SET enqueued_at = ?2, sweep_at = min(coalesce(lanes.sweep_at, ?3), ?3)
         WHERE lanes.lease_until <= ?2 AND (lanes.enqueued_at IS NULL OR lanes.enqueued_at <= ?5)
       RETURNING id`,
    )
    .bind(tenantId, now, now + WAKE_GRACE_MS, JSON.stringify(lanes), now - WAKE_GRACE_MS);
}

/** Claims a lane for one lease. Null: another Worker has claimed it, or it does not exist. */
export async function claimLane(db: D1Database, id: string, now: number): Promise<Lane | null> {
  // A lane may be removed and created again. As the claim contains the time, no value comes twice.
  const row = await db
    .prepare(
      `UPDATE lanes SET claim = max(claim + 1, ?1), lease_until = ?2, sweep_at = ?2, enqueued_at = NULL
       WHERE id = ?3 AND lease_until <= ?1
       RETURNING id, tenant_id AS tenantId, claim, recent, wake_at AS wakeAt`,
    )
    .bind(now, now + LANE_LEASE_MS, id)
    .first<Omit<Lane, "recent"> & { recent: string }>();
  return row && { ...row, recent: JSON.parse(row.recent) as number[] }; // releaseLane wrote it
}

/**
 * Releases a lane.
 * @param evenDue unless it is set, a lane in which something is due is not released
 * @returns null: not released, or claimed by another Worker. `wakeAt`: when a message has to wake a Worker again; null
 *   when nothing is pending or a message for that time is in the queue already.
 */
export async function releaseLane(
  db: D1Database,
  lane: Lane,
  now: number,
  evenDue: boolean,
): Promise<{ wakeAt: number | null } | null> {
  const idleUntil = endpointOfLane(lane.id) === null ? now + IDLE_MS : null;
  const row = await db
    .prepare(
      `UPDATE lanes SET lease_until = 0, recent = ?1, sweep_at = coalesce(pending.next + ?2, ?3),
         enqueued_at = iif(pending.next <= ?4, ?4, NULL),
         wake_at = iif(wake_at > ?4 AND wake_at <= pending.next, wake_at, pending.next)
       FROM (SELECT min(next_attempt_at) AS next FROM deliveries WHERE lane = ?5 AND status = 'pending') AS pending
       WHERE id = ?5 AND claim = ?6 AND (?7 OR pending.next IS NULL OR pending.next > ?4) RETURNING wake_at`,
    )
    .bind(JSON.stringify(lane.recent), WAKE_GRACE_MS, idleUntil, now, lane.id, lane.claim, Number(evenDue))
    .first<{ wake_at: number | null }>();
  if (!row) return null;
  const isWoken = row.wake_at !== null && row.wake_at === lane.wakeAt && row.wake_at > now;
  return { wakeAt: isWoken ? null : row.wake_at };
}

/** Removes a lane that has been idle, unless something is pending in it again. */
export async function removeLane(db: D1Database, lane: Lane): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `DELETE FROM lanes WHERE id = ?1 AND claim = ?2
         AND NOT EXISTS (SELECT 1 FROM deliveries WHERE lane = ?1 AND status = 'pending')`,
    )
    .bind(lane.id, lane.claim)
    .run();
  return meta.changes === 1;
}

/** Lanes that are due although a message should have woken a Worker, and those whose Worker died. */
export async function sweepLanes(db: D1Database, now: number, limit: number): Promise<string[]> {
  const due = "SELECT id FROM lanes WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?";
  const { results } = await db
    .prepare(`UPDATE lanes SET sweep_at = ? WHERE id IN (${due}) RETURNING id`)
    .bind(now + WAKE_GRACE_MS * 10, now, limit)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

/** After a failed send: the next sweep is to try these again. */
export async function sweepLanesAgain(db: D1Database, ids: string[], now: number): Promise<void> {
  await db
    .prepare("UPDATE lanes SET sweep_at = ? WHERE id IN (SELECT value FROM json_each(?))")
    .bind(now, JSON.stringify(ids))
    .run();
}
