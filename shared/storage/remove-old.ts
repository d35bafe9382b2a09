import { firstIdAt } from "../id.ts";

/**
 * Removes what is older than `before`, at most so many of each: attempts, and events that belong to no job with their
 * deliveries (those of jobs go with their job). Ids sort by time, so nothing is looked through that stays.
 * @returns how many attempts and events it were.
 */
export async function removeOld(db: D1Database, before: number, limit: number): Promise<number> {
  const old = "SELECT id FROM events WHERE job_id = '' AND id < ? ORDER BY id LIMIT ?";
  const events = [firstIdAt("evt", before), limit];
  const [attempts, , , removed] = await db.batch([
    db
      .prepare(
        `DELETE FROM attempts WHERE (delivery_id, n) IN
           (SELECT delivery_id, n FROM attempts WHERE delivery_id < ? AND started_at < ? ORDER BY delivery_id LIMIT ?)`,
      )
      .bind(firstIdAt("dlv", before), before, limit),
    db
      .prepare(
        `DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE event_id IN (${old}))`,
      )
      .bind(...events),
    db.prepare(`DELETE FROM deliveries WHERE event_id IN (${old})`).bind(...events),
    db.prepare(`DELETE FROM events WHERE id IN (${old})`).bind(...events),
  ]);
  return (attempts?.meta.changes ?? 0) + (removed?.meta.changes ?? 0);
}
