import { firstIdAt } from "../id.ts";

/**
 * Removes what is older than `before`, at most so many of each: attempts, and events and notices that belong to no job
 * with their deliveries (those of jobs go with their job). Ids sort by time, so nothing is looked through that stays.
 * @returns how many attempts, events and notices it were.
 */
export async function removeOld(db: D1Database, before: number, limit: number): Promise<number> {
  const attempts = db
    .prepare(
      `DELETE FROM attempts WHERE (delivery_id, n) IN
         (SELECT delivery_id, n FROM attempts WHERE delivery_id < ? AND started_at < ? ORDER BY delivery_id LIMIT ?)`,
    )
    .bind(firstIdAt("dlv", before), before, limit);
  const told = [
    ...removeTold(
      db,
      "events",
      "INDEXED BY events_of_no_job WHERE job_id = ''",
      firstIdAt("evt", before),
      limit,
    ),
    ...removeTold(
      db,
      "slack_notices",
      "INDEXED BY slack_notices_of_no_job WHERE job_id IS NULL",
      firstIdAt("slk", before),
      limit,
    ),
  ];
  const posts = db
    .prepare("DELETE FROM slack_posts WHERE owner >= 'slk_' AND owner < ?")
    .bind(firstIdAt("slk", before));
  const [first, , , events, , , notices] = await db.batch([attempts, ...told, posts]);
  return [first, events, notices].reduce((sum, result) => sum + (result?.meta.changes ?? 0), 0);
}

/** The statements that remove old rows with their deliveries; the last removes the rows themselves. */
function removeTold(
  db: D1Database,
  table: "events" | "slack_notices",
  ofNoJob: string,
  beforeId: string,
  limit: number,
): D1PreparedStatement[] {
  const old = `SELECT id FROM ${table} ${ofNoJob} AND id < ? ORDER BY id LIMIT ?`;
  return [
    `DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE event_id IN (${old}))`,
    `DELETE FROM deliveries WHERE event_id IN (${old})`,
    `DELETE FROM ${table} WHERE id IN (${old})`,
  ].map((sql) => db.prepare(sql).bind(beforeId, limit));
}
