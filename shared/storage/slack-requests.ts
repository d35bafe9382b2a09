import { SLACK_REQUEST_LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../limits.ts";

/** A request from Slack, claimed for one try. */
export type SlackRequest = {
  id: string;
  /** JSON, as shared/slack/task.ts knows it. */
  task: string;
  /** The fence: it changes with every try. */
  tries: number;
  /** Tries that met storage which was away: they do not count. */
  waits: number;
  createdAt: number;
};

/**
 * Stores the tasks of a request from Slack until they are done. A row also prevents that a repeated request runs twice.
 * @param id the same when Slack repeats the request; each task gets its own id, made from it
 * @returns the ids of new tasks: none when the request is a repetition
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

/** Claims a request for one try. Null: it is done, claimed by another Worker, or to be claimed later. */
export async function claimSlackRequest(
  db: D1Database,
  id: string,
  now: number,
): Promise<SlackRequest | null> {
  return db
    .prepare(
      `UPDATE slack_requests SET tries = tries + 1, lease_until = ?1, sweep_at = ?1
       WHERE id = ?2 AND task IS NOT NULL AND lease_until <= ?3
       RETURNING id, task, tries, waits, created_at AS createdAt`,
    )
    .bind(now + SLACK_REQUEST_LEASE_MS, id, now)
    .first<SlackRequest>();
}

/** The statement that ends a request. */
export function endSlackRequest(db: D1Database, { id, tries }: SlackRequest): D1PreparedStatement {
  return db
    .prepare("UPDATE slack_requests SET task = NULL, sweep_at = NULL WHERE id = ? AND tries = ?")
    .bind(id, tries);
}

/** Defers a request until `until`. `waited`: storage was away, so that this try does not count. */
export async function deferSlackRequest(
  db: D1Database,
  { id, tries }: SlackRequest,
  until: number,
  waited = false,
): Promise<void> {
  await db
    .prepare(
      "UPDATE slack_requests SET lease_until = ?, sweep_at = ?, waits = waits + ? WHERE id = ? AND tries = ?",
    )
    .bind(until, until + WAKE_GRACE_MS, Number(waited), id, tries)
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

/** After a failed send: the next sweep tries these again. */
export async function sweepSlackRequestsAgain(db: D1Database, ids: string[], now: number): Promise<void> {
  await db
    .prepare(
      "UPDATE slack_requests SET sweep_at = ? WHERE sweep_at IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
    )
    .bind(now, JSON.stringify(ids))
    .run();
}

/** Removes requests and refused files from before `before`, `limit` of each at most. */
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
