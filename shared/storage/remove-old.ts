import { firstIdAt } from "../id.ts";

// Each removes rows older than `before`, `limit` at most, and returns how many. Ids sort by time, so no row that stays is
// read.

export async function removeOldAttempts(db: D1Database, before: number, limit: number): Promise<number> {
  const { meta } = await db
    .prepare(
      `DELETE FROM attempts WHERE (delivery_id, n) IN
         (SELECT delivery_id, n FROM attempts WHERE delivery_id < ? AND started_at < ? ORDER BY delivery_id LIMIT ?)`,
    )
    .bind(firstIdAt("dlv", before), before, limit)
    .run();
  return meta.changes;
}

/** Events that belong to no job, with their deliveries; those of jobs go with their job. */
export async function removeOldEvents(db: D1Database, before: number, limit: number): Promise<number> {
  const ofNoJob = "events INDEXED BY events_of_no_job WHERE job_id = ''";
  const removed = await db.batch(removeTold(db, "events", ofNoJob, firstIdAt("evt", before), limit));
  return removed.at(-1)?.meta.changes ?? 0;
}

/** Notices that belong to no job, with their deliveries and what was posted of them. */
export async function removeOldNotices(db: D1Database, before: number, limit: number): Promise<number> {
  const beforeId = firstIdAt("slk", before);
  const ofNoJob = "slack_notices INDEXED BY slack_notices_of_no_job WHERE job_id IS NULL";
  const posts = db.prepare("DELETE FROM slack_posts WHERE owner >= 'slk_' AND owner < ?").bind(beforeId);
  const removed = await db.batch([posts, ...removeTold(db, "slack_notices", ofNoJob, beforeId, limit)]);
  return removed.at(-1)?.meta.changes ?? 0;
}

/** The statements that remove what deliveries tell of; the last removes the rows themselves. */
function removeTold(
  db: D1Database,
  table: "events" | "slack_notices",
  ofNoJob: string,
  beforeId: string,
  limit: number,
): D1PreparedStatement[] {
  const old = `SELECT id FROM ${ofNoJob} AND id < ? ORDER BY id LIMIT ?`;
  return [
    `DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE event_id IN (${old}))`,
    `DELETE FROM deliveries WHERE event_id IN (${old})`,
    `DELETE FROM ${table} WHERE id IN (${old})`,
  ].map((sql) => db.prepare(sql).bind(beforeId, limit));
}
