import type { JobStatus } from "../job.ts";
import { PURGE_AGAIN_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../limits.ts";
import type { Endpoint } from "../webhooks/endpoint.ts";
import { type Event, goesToWebhookUrl } from "../webhooks/event.ts";
import { type EndpointRow, selectEndpointsOf, toEndpoint } from "./endpoints.ts";
import { type SlackThread, selectThread } from "./slack-threads.ts";

/** Whether an enabled endpoint of the job's tenant wants the type that is bound as ?4, or the job has a thread in Slack. */
const IS_WANTED = `(EXISTS (SELECT 1 FROM endpoints WHERE tenant_id = jobs.tenant_id AND enabled = 1
  AND (endpoints.events IS NULL OR EXISTS (SELECT 1 FROM json_each(endpoints.events) WHERE value = ?4)))
  OR EXISTS (SELECT 1 FROM slack_threads WHERE job_id = jobs.id))`;

/**
 * The statement that writes an event right behind what causes it, in the same batch: it inserts only if that took
 * effect, which the job's status and sequence tell. An event without a receiver does not pass through the outbox.
 * `isAnnounced` reads from the result whether a message is to be sent.
 */
export function insertEventIf(db: D1Database, event: Event, status: JobStatus): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at)
       SELECT ?1, ?2, id, ?3, ?4, ?5, ?6, ${goesToWebhookUrl(event.type) ? "?7" : `iif(${IS_WANTED}, ?7, NULL)`}
       FROM jobs WHERE id = ?8 AND status = ?9 AND sequence = ?3
         AND NOT EXISTS (SELECT 1 FROM events WHERE job_id = jobs.id AND sequence = jobs.sequence)
       RETURNING sweep_at`,
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
    );
}

/** Whether this wrote an event that has a receiver. */
export function isAnnounced(inserted: D1Result<unknown> | undefined): boolean {
  const row = inserted?.results[0] as { sweep_at: number | null } | undefined;
  return row !== undefined && row.sweep_at !== null;
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

const COLUMNS = `id, tenant_id AS tenantId, nullif(job_id, '') AS jobId, nullif(sequence, 0) AS sequence, type, body,
  created_at AS createdAt`;

type Undelivered = {
  event: Event;
  webhookUrl: string | null;
  thread: SlackThread | null;
  endpoints: Endpoint[];
};

/**
 * An event that has no deliveries yet, with where it goes: the `webhook_url` of its job (a receipt has kept it), the
 * job's thread in Slack, the tenant's endpoints. Null: it is gone, or was handled before.
 */
export async function readUndelivered(db: D1Database, id: string): Promise<Undelivered | null> {
  const [events, jobs, endpoints, threads] = await db.batch<unknown>([
    db.prepare(`SELECT ${COLUMNS} FROM events WHERE id = ? AND sweep_at IS NOT NULL`).bind(id),
    db
      .prepare(
        `SELECT coalesce(jobs.webhook_url, events.webhook_url) AS webhook_url
         FROM events LEFT JOIN jobs ON jobs.id = job_id WHERE events.id = ?`,
      )
      .bind(id),
    selectEndpointsOf(db, "(SELECT tenant_id FROM events WHERE id = ?)", id),
    selectThread(db, "(SELECT job_id FROM events WHERE id = ?)", id),
  ]);
  const event = events?.results[0] as Event | undefined;
  const job = jobs?.results[0] as { webhook_url: string | null } | undefined;
  if (!event) return null;
  const rows = (endpoints?.results ?? []) as EndpointRow[];
  const thread = (threads?.results[0] ?? null) as SlackThread | null;
  return { event, webhookUrl: job?.webhook_url ?? null, thread, endpoints: rows.map(toEndpoint) };
}

/** The statement that writes an event about an endpoint whose deliveries are made in the same batch. */
export function insertDelivered(db: D1Database, event: Event): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at) VALUES (?, ?, '', 0, ?, ?, ?)`,
    )
    .bind(event.id, event.tenantId, event.type, event.body, event.createdAt);
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

/** After a failed send: the next sweep tries these again. */
export async function sweepEventsAgain(db: D1Database, ids: string[], now: number): Promise<void> {
  await db.batch(
    ids.map((id) =>
      db.prepare("UPDATE events SET sweep_at = ? WHERE id = ? AND sweep_at IS NOT NULL").bind(now, id),
    ),
  );
}
