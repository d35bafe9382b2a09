import { firstIdAt } from "../id.ts";
import { MAX_REPLAYED, WAKE_GRACE_MS } from "../limits.ts";
import { type Endpoint, wants } from "../webhooks/endpoint.ts";
import type { Event } from "../webhooks/event.ts";
import type { DeliveryStatus } from "./deliveries.ts";
import { callLanes } from "./lanes.ts";

export type Replay = {
  id: string;
  endpointId: string;
  tenantId: string;
  status: "running" | "completed" | "limit_reached";
  since: number;
  /** Exclusive. */
  until: number;
  /** What is sent again: deliveries of this status; null: whatever has not been delivered. */
  only: Exclude<DeliveryStatus, "pending"> | null;
  /** The last event looked at. */
  cursor: string;
  /** Events looked at. */
  scanned: number;
  replayed: number;
  createdAt: number;
  finishedAt: number | null;
};

const COLUMNS = `id, endpoint_id AS endpointId, tenant_id AS tenantId, status, since, until, only, cursor, scanned,
  replayed, created_at AS createdAt, finished_at AS finishedAt`;

/** A job's events, and those about endpoints that this one was already to get. */
const CANDIDATES = `FROM events LEFT JOIN deliveries ON event_id = events.id AND lane = ?1
  WHERE events.tenant_id = ?2 AND events.id > ?3 AND events.id < ?4 AND events.type <> 'webhook.test'
    AND (events.job_id <> '' OR deliveries.id IS NOT NULL) ORDER BY events.id LIMIT ?5`;

/** False: one is running for this endpoint. */
export async function startReplay(db: D1Database, replay: Replay): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT INTO replays (endpoint_id, id, tenant_id, status, since, until, only, cursor, created_at, sweep_at)
       VALUES (?, ?, ?, 'running', ?, ?, ?, ?, ?, ?)
       ON CONFLICT (endpoint_id) DO UPDATE SET id = excluded.id, status = 'running', since = excluded.since,
         until = excluded.until, only = excluded.only, cursor = excluded.cursor, scanned = 0, replayed = 0,
         created_at = excluded.created_at, finished_at = NULL, sweep_at = excluded.sweep_at
       WHERE replays.status <> 'running'`,
    )
    .bind(
      replay.endpointId,
      replay.id,
      replay.tenantId,
      replay.since,
      replay.until,
      replay.only,
      replay.cursor,
      replay.createdAt,
      replay.createdAt + WAKE_GRACE_MS,
    )
    .run();
  return meta.changes === 1;
}

/** An endpoint's last replay. */
export async function readReplay(db: D1Database, endpointId: string): Promise<Replay | null> {
  return db.prepare(`SELECT ${COLUMNS} FROM replays WHERE endpoint_id = ?`).bind(endpointId).first<Replay>();
}

/** One candidate: an event in the range, and what became of it at this endpoint. */
type Candidate = { id: string; type: Event["type"]; status: DeliveryStatus | null };

/** The next events of a replay, at most `limit`. */
export async function readCandidates(db: D1Database, replay: Replay, limit: number): Promise<Candidate[]> {
  const { results } = await db
    .prepare(`SELECT events.id, events.type, deliveries.status ${CANDIDATES}`)
    .bind(replay.endpointId, replay.tenantId, replay.cursor, firstIdAt("evt", replay.until), limit)
    .all<Candidate>();
  return results;
}

/** Whether this replay sends this event again. */
export function isReplayed(
  { only }: Pick<Replay, "only">,
  endpoint: Pick<Endpoint, "events">,
  { type, status }: Candidate,
): boolean {
  if (!wants({ ...endpoint, enabled: true }, type)) return false;
  return only === null ? status !== "delivered" && status !== "pending" : status === only;
}

/**
 * Makes these events' deliveries due, with a schedule of their own, and moves the replay on from where it was; one
 * batch. False: another has moved it already.
 */
export async function advanceReplay(
  db: D1Database,
  before: Replay,
  after: Replay,
  endpoint: Endpoint,
  deliveries: { id: string; event: string }[],
  now: number,
): Promise<boolean> {
  const [, , moved] = await db.batch([
    db
      .prepare(
        `INSERT INTO deliveries (id, tenant_id, event_id, job_id, type, lane, url, status, next_attempt_at, created_at)
         SELECT value ->> 'id', tenant_id, events.id, nullif(job_id, ''), events.type, ?1, ?2, 'pending', ?3, ?3
         FROM json_each(?4) CROSS JOIN events ON events.id = value ->> 'event'
         WHERE EXISTS (SELECT 1 FROM replays WHERE endpoint_id = ?1 AND replays.id = ?5 AND cursor = ?6)
         ON CONFLICT (event_id, lane) DO UPDATE SET status = 'pending', step = 1, finished_at = NULL,
           next_attempt_at = excluded.next_attempt_at WHERE deliveries.status <> 'pending'`,
      )
      .bind(endpoint.id, endpoint.url, now, JSON.stringify(deliveries), before.id, before.cursor),
    callLanes(db, endpoint.tenantId, deliveries.length > 0 ? [endpoint.id] : [], now),
    db
      .prepare(
        `UPDATE replays SET cursor = ?, scanned = ?, replayed = ?, status = ?, finished_at = ?, sweep_at = ?
         WHERE endpoint_id = ? AND id = ? AND cursor = ? AND status = 'running'`,
      )
      .bind(
        after.cursor,
        after.scanned,
        after.replayed,
        after.status,
        after.finishedAt,
        after.status === "running" ? now + WAKE_GRACE_MS : null,
        before.endpointId,
        before.id,
        before.cursor,
      ),
  ]);
  return moved?.meta.changes === 1;
}

/** Ids of endpoints whose replay has stood still. */
export async function sweepReplays(db: D1Database, now: number, limit: number): Promise<string[]> {
  const due = "SELECT endpoint_id FROM replays WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?";
  const { results } = await db
    .prepare(`UPDATE replays SET sweep_at = ? WHERE endpoint_id IN (${due}) RETURNING endpoint_id`)
    .bind(now + WAKE_GRACE_MS, now, limit)
    .all<{ endpoint_id: string }>();
  return results.map((row) => row.endpoint_id);
}

/** How many events since then an endpoint wants and has not got; looks at no more than a replay may send. */
export async function countMissed(
  db: D1Database,
  endpoint: Endpoint,
  since: number,
  until: number,
): Promise<number> {
  const { results } = await db
    .prepare(`SELECT events.id, events.type, deliveries.status ${CANDIDATES}`)
    .bind(endpoint.id, endpoint.tenantId, firstIdAt("evt", since), firstIdAt("evt", until), MAX_REPLAYED)
    .all<Candidate>();
  return results.filter((candidate) => isReplayed({ only: null }, endpoint, candidate)).length;
}
