import { SLACK_REQUEST_LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../limits.ts";

/** What Slack has told, held for one try. */
export type SlackRequest = {
  id: string;
  /** JSON, as shared/slack/task.ts knows it. */
  task: string;
  /** The fence: another try has another. */
  tries: number;
  createdAt: number;
};

/**
 * Keeps what Slack has told until it is done: one row is both the memory of it and its place in the outbox.
 * @param id the same whenever Slack tells the same; each task gets one of its own made of it
 * @returns the ids of what is new: nothing when it was told before
 */
export async function insertSlackRequests(
  db: D1Database,
  id: string,
  tasks: object[],
  now: number,
): Promise<string[]> {
  const rows = tasks.map((task, n) => ({ id: n === 0 ? id : `${id}.${n}`, task }));
  const { results } = await db
    .prepare(
      `INSERT OR IGNORE INTO slack_requests (id, task, created_at, sweep_at)
       SELECT value ->> 'id', value -> 'task', ?1, ?2 FROM json_each(?3) RETURNING id`,
    )
    .bind(now, now + WAKE_GRACE_MS, JSON.stringify(rows))
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

/** Takes a request for one try. Null: it is done, held by another, or not to be touched yet. */
export async function claimSlackRequest(
  db: D1Database,
  id: string,
  now: number,
): Promise<SlackRequest | null> {
  return db
    .prepare(
      `UPDATE slack_requests SET tries = tries + 1, held_until = ?1, sweep_at = ?1
       WHERE id = ?2 AND task IS NOT NULL AND held_until <= ?3
       RETURNING id, task, tries, created_at AS createdAt`,
    )
    .bind(now + SLACK_REQUEST_LEASE_MS, id, now)
    .first<SlackRequest>();
}

/** The statement that ends a request; what must happen with it goes before it, under `isHeld`. */
export function endSlackRequest(db: D1Database, { id, tries }: SlackRequest): D1PreparedStatement {
  return db
    .prepare("UPDATE slack_requests SET task = NULL, sweep_at = NULL WHERE id = ? AND tries = ?")
    .bind(id, tries);
}

/** Lets go of a request until `until`. */
export async function deferSlackRequest(
  db: D1Database,
  { id, tries }: SlackRequest,
  until: number,
): Promise<void> {
  await db
    .prepare("UPDATE slack_requests SET held_until = ?, sweep_at = ? WHERE id = ? AND tries = ?")
    .bind(until, until + WAKE_GRACE_MS, id, tries)
    .run();
}

/** Requests whose message should have been handled by now, or whose Worker died. */
export async function sweepSlackRequests(db: D1Database, now: number, limit: number): Promise<string[]> {
  const due = "SELECT id FROM slack_requests WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?";
  const { results } = await db
    .prepare(`UPDATE slack_requests SET sweep_at = ? WHERE id IN (${due}) RETURNING id`)
    .bind(now + WAKE_REPEAT_MS, now, limit)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

/** After a failed send: the next sweep is to try these again. */
export async function sweepSlackRequestsAgain(db: D1Database, ids: string[], now: number): Promise<void> {
  await db
    .prepare(
      "UPDATE slack_requests SET sweep_at = ? WHERE sweep_at IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
    )
    .bind(now, JSON.stringify(ids))
    .run();
}

/** Removes requests of Slack and refusals of files that are older than `before`, at most `limit` of each. */
export async function removeOldSlackRequests(db: D1Database, before: number, limit: number): Promise<number> {
  const [requests, files] = await db.batch([
    db
      .prepare(
        `DELETE FROM slack_requests WHERE id IN (
           SELECT id FROM slack_requests WHERE created_at < ? ORDER BY created_at LIMIT ?)`,
      )
      .bind(before, limit),
    db
      .prepare(
        `DELETE FROM slack_files WHERE (team_id, channel_id, file_id) IN (
           SELECT team_id, channel_id, file_id FROM slack_files
           WHERE job_id IS NULL AND seen_at < ? ORDER BY seen_at LIMIT ?)`,
      )
      .bind(before, limit),
  ]);
  return (requests?.meta.changes ?? 0) + (files?.meta.changes ?? 0);
}
