/**
 * The gate before the speech API. Whoever is told to wait closes it for all, so the whole consumer slows down and
 * not one job alone.
 */
export type Gate = { closedUntil: number; reason: string };

const NAME = "speech";

/** The gate while it is closed, else null. */
export async function readGate(db: D1Database, now: number): Promise<Gate | null> {
  return db
    .prepare("SELECT closed_until AS closedUntil, reason FROM gates WHERE name = ? AND closed_until > ?")
    .bind(NAME, now)
    .first<Gate>();
}

/** Closes the gate until then, or leaves it closed for longer. */
export async function closeGate(db: D1Database, gate: Gate): Promise<void> {
  await db
    .prepare(
      `INSERT INTO gates (name, closed_until, reason) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET closed_until = excluded.closed_until, reason = excluded.reason
       WHERE excluded.closed_until > closed_until`,
    )
    .bind(NAME, gate.closedUntil, gate.reason)
    .run();
}
