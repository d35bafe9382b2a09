import type { Event } from "../event.ts";
import type { JobStatus } from "../job.ts";
import { PURGE_AGAIN_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../limits.ts";

/**
 * The statement that writes an event right behind the UPDATE that causes it, in the same batch: it inserts only if
 * that UPDATE took effect, which the job's status and sequence tell.
 */
export function insertEventIf(db: D1Database, event: Event, status: JobStatus): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at)
       SELECT ?, ?, id, ?, ?, ?, ?, ? FROM jobs WHERE id = ? AND status = ? AND sequence = ?
         AND NOT EXISTS (SELECT 1 FROM events WHERE job_id = jobs.id AND sequence = jobs.sequence)`,
    )
    .bind(
      event.id,
      event.tenantId,
      event.sequence,
      event.type,
      event.body,
      event.createdAt,
      event.createdAt + WAKE_GRACE_MS,
      event.jobId,
      status,
      event.sequence,
    );
}

/**
 * The statement that writes the receipt of a job's deletion, before the job's row goes: of two Workers that delete it,
 * one writes a receipt. Its first message is sent when all objects are removed; the sweep sends it once they are purged.
 */
export function insertReceipt(db: D1Database, receipt: Event): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at, webhook_url)
       SELECT ?, tenant_id, id, ?, ?, ?, ?, ?, webhook_url FROM jobs WHERE id = ?`,
    )
    .bind(
      receipt.id,
      receipt.sequence,
      receipt.type,
      receipt.body,
      receipt.createdAt,
      receipt.createdAt + PURGE_AGAIN_MS + WAKE_GRACE_MS,
      receipt.jobId,
    );
}

/** Where a deleted job wanted its receipt. */
export async function readReceiptUrl(db: D1Database, eventId: string): Promise<string | null> {
  return db.prepare("SELECT webhook_url FROM events WHERE id = ?").bind(eventId).first<string>("webhook_url");
}

export async function readEvent(db: D1Database, id: string): Promise<Event | null> {
  const row = await db
    .prepare("SELECT id, tenant_id, job_id, sequence, type, body, created_at FROM events WHERE id = ?")
    .bind(id)
    .first<{
      id: string;
      tenant_id: string;
      job_id: string;
      sequence: number;
      type: Event["type"];
      body: string;
      created_at: number;
    }>();
  return (
    row && {
      id: row.id,
      tenantId: row.tenant_id,
      jobId: row.job_id,
      sequence: row.sequence,
      type: row.type,
      body: row.body,
      createdAt: row.created_at,
    }
  );
}

/** Events whose deliveries do not exist yet although a message should have been handled by now. */
export async function sweepEvents(db: D1Database, now: number, limit: number): Promise<string[]> {
  const due = "SELECT id FROM events WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?";
  const { results } = await db
    .prepare(`UPDATE events SET sweep_at = ? WHERE id IN (${due}) RETURNING id`)
    .bind(now + WAKE_REPEAT_MS, now, limit)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

/** After a failed send: the next sweep is to try these again. */
export async function sweepEventsAgain(db: D1Database, ids: string[], now: number): Promise<void> {
  await db.batch(
    ids.map((id) =>
      db.prepare("UPDATE events SET sweep_at = ? WHERE id = ? AND sweep_at IS NOT NULL").bind(now, id),
    ),
  );
}
