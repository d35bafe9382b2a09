/**
 * The gate before the speech API. A job that is asked to wait closes it for all jobs, so that the whole consumer slows
 * down.
 */
type Gate = { closedUntil: number; reason: string };

const NAME = "speech";

/** The gate while it is closed, else null. */
export async function readGate(db: D1Database, now: number): Promise<Gate | null> {
  return db
    .prepare("SELECT closed_until AS closedUntil, reason FROM gates WHERE name = ? AND closed_until > ?")
    .bind(NAME, now)
    .first<Gate>();
}

/**
 * Closes the gate until then, or leaves it closed for longer. `refusals`: how many in a row, this one included, did
 * not say how long to wait.
 */
export async function closeGate(db: D1Database, gate: Gate, refusals = 0): Promise<void> {
  await db
    .prepare(
      `INSERT INTO gates (name, closed_until, reason, refusals) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET closed_until = excluded.closed_until, reason = excluded.reason,
         refusals = MAX(refusals, excluded.refusals)
       WHERE excluded.closed_until > closed_until`,
    )
    .bind(NAME, gate.closedUntil, gate.reason, refusals)
    .run();
}

/** Refusals in a row that did not say how long to wait. Those that come while the gate is closed count as one. */
export async function countRefusals(db: D1Database, now: number): Promise<number> {
  const row = await db
    .prepare("SELECT MAX(0, refusals - (closed_until > ?)) AS count FROM gates WHERE name = ?")
    .bind(now, NAME)
    .first<{ count: number }>();
  return row?.count ?? 0;
}

/** The statement that resets the refusals before an answer, for the batch that records the answer. */
export function forgetRefusals(db: D1Database, now: number): D1PreparedStatement {
  return db.prepare("DELETE FROM gates WHERE name = ? AND closed_until <= ?").bind(NAME, now);
}
