import type { Event } from "../webhooks/event.ts";

/** An event with its place in the order of commits. Places only grow and are never given twice. */
export type PlacedEvent = Pick<Event, "id" | "jobId" | "type" | "body" | "createdAt"> & { position: number };

/** How many of the newest events are looked through for the last few of some types. */
const LOOK_BACK = 1_000;

/** A tenant's events behind a position, oldest first; reads no more rows than `limit`. */
export async function readEventsBehind(
  db: D1Database,
  tenantId: string,
  position: number,
  limit: number,
): Promise<PlacedEvent[]> {
  const { results } = await db
    .prepare(
      `SELECT position, id, nullif(job_id, '') AS jobId, type, body, created_at AS createdAt FROM events
       WHERE tenant_id = ? AND position > ? ORDER BY position LIMIT ?`,
    )
    .bind(tenantId, position, limit)
    .all<PlacedEvent>();
  return results;
}

/**
 * The position to read on from so that the newest `count` events come first, or only what is yet to come when `count`
 * is 0. With `types`, those of other types are not counted, and only the newest thousand events are looked through.
 */
export async function positionBeforeLast(
  db: D1Database,
  tenantId: string,
  count: number,
  types: readonly Event["type"][] | null,
): Promise<number> {
  const newest = await db
    .prepare("SELECT position FROM events WHERE tenant_id = ? ORDER BY position DESC LIMIT 1")
    .bind(tenantId)
    .first<number>("position");
  if (newest === null || count === 0) return newest ?? 0;
  const first = await db
    .prepare(
      `SELECT min(position) AS first FROM (
         SELECT position FROM (
           SELECT position, type FROM events WHERE tenant_id = ?1 AND position <= ?2 ORDER BY position DESC LIMIT ?3)
         WHERE ?4 IS NULL OR type IN (SELECT value FROM json_each(?4)) ORDER BY position DESC LIMIT ?5)`,
    )
    .bind(tenantId, newest, types ? LOOK_BACK : count, types && JSON.stringify(types), count)
    .first<number>("first");
  return first === null ? newest : first - 1;
}
