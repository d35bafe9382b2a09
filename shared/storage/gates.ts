import { LEASE_MS, SWEEPS_MISSED_MS } from "../limits.ts";
import { backoffMs } from "../queue/backoff.ts";

/**
 * Two gates. A job that the speech API asks to wait closes its gate for all jobs, and one that meets storage which takes
 * nothing closes the other, so that the whole consumer slows down.
 */
export type Gate = { closedUntil: number; reason: string };

type GateName = "speech" | "storage";
const SPEECH_GATE = "speech";
export const STORAGE_GATE = "storage";

/** Doubled each time that storage is still away, so that an outage of an hour costs a few tries a job. */
const STORAGE_WAIT = { baseMs: 10_000, maxMs: 5 * 60_000 };
const STORAGE_REASON = "storage_unavailable";

/** The gate that is closed the longest, else null. */
export async function readGate(
  db: D1Database,
  now: number,
  only: GateName | null = null,
): Promise<Gate | null> {
  return gateOf((await selectGate(db, now, only).all()).results);
}

/** The statement of `readGate`, for a batch; `gateOf` reads its rows. */
export function selectGate(db: D1Database, now: number, only: GateName | null = null): D1PreparedStatement {
  return db
    .prepare(
      `SELECT closed_until AS closedUntil, reason FROM gates
       WHERE name IN (?, ?) AND closed_until > ? ORDER BY closed_until DESC LIMIT 1`,
    )
    .bind(only ?? SPEECH_GATE, only ?? STORAGE_GATE, now);
}

export function gateOf(rows: unknown[]): Gate | null {
  return (rows as Gate[])[0] ?? null;
}

/**
 * Closes the gate until then, or leaves it closed for longer. `refusals`: how many in a row, this one included, did
 * not say how long to wait.
 */
export async function closeGate(
  db: D1Database,
  gate: Gate,
  refusals = 0,
  name: GateName = SPEECH_GATE,
): Promise<void> {
  await db
    .prepare(
      `INSERT INTO gates (name, closed_until, reason, refusals) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET closed_until = excluded.closed_until, reason = excluded.reason,
         refusals = MAX(refusals, excluded.refusals)
       WHERE excluded.closed_until > closed_until`,
    )
    .bind(name, gate.closedUntil, gate.reason, refusals)
    .run();
}

/** Closes the gate of storage that is away. The wait grows until an answer has been stored. */
export async function closeStorageGate(db: D1Database, now: number, random: number): Promise<Gate> {
  const refusals = 1 + (await countRefusals(db, now, STORAGE_GATE));
  const gate = { closedUntil: now + backoffMs(refusals, random, STORAGE_WAIT), reason: STORAGE_REASON };
  await closeGate(db, gate, refusals, STORAGE_GATE);
  return gate;
}

/** Refusals in a row that did not say how long to wait. Those that come while the gate is closed count as one. */
export async function countRefusals(
  db: D1Database,
  now: number,
  name: GateName = SPEECH_GATE,
): Promise<number> {
  const row = await db
    .prepare("SELECT MAX(0, refusals - (closed_until > ?)) AS count FROM gates WHERE name = ?")
    .bind(now, name)
    .first<{ count: number }>();
  return row?.count ?? 0;
}

/** The statements that reset the refusals before an answer, for the batch that records the answer. */
export function forgetRefusals(db: D1Database, now: number): D1PreparedStatement[] {
  return [
    db.prepare("DELETE FROM gates WHERE name = ? AND closed_until <= ?").bind(SPEECH_GATE, now),
    // When storage was last away is still of use: see STORAGE_WAS_AWAY and mayStillBeAnswered.
    db
      .prepare("UPDATE gates SET refusals = 0 WHERE name = ? AND closed_until <= ? AND refusals > 0")
      .bind(STORAGE_GATE, now),
  ];
}

/** Of a claim whose lease ends at `sweep_at`: storage was away while it lasted, so its end is no failure. */
export const STORAGE_WAS_AWAY = `EXISTS (
  SELECT 1 FROM gates WHERE name = '${STORAGE_GATE}' AND closed_until >= sweep_at - ${LEASE_MS})`;

/** Notes that a sweep could run. When some before it could not, nobody could extend a lease or close a gate either. */
export async function noteSweep(db: D1Database, now: number): Promise<void> {
  await db.batch([
    db
      .prepare(
        `INSERT INTO gates (name, closed_until, reason) SELECT ?, ?, ? FROM sweeps WHERE last_at < ?
         ON CONFLICT (name) DO UPDATE SET closed_until = MAX(closed_until, excluded.closed_until)`,
      )
      .bind(STORAGE_GATE, now, STORAGE_REASON, now - SWEEPS_MISSED_MS),
    db
      .prepare(
        "INSERT INTO sweeps (name, last_at) VALUES ('transcribe', ?) ON CONFLICT DO UPDATE SET last_at = excluded.last_at",
      )
      .bind(now),
  ]);
}
