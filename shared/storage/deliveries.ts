import { type Endpoint, endpointOfLane } from "../webhooks/endpoint.ts";
import type { Event } from "../webhooks/event.ts";
import { MAX_ATTEMPTS } from "../webhooks/retry-schedule.ts";
import { type EndpointRow, selectEndpoint, toEndpoint } from "./endpoints.ts";
import { insertDelivered } from "./events.ts";
import { callLanes, type Lane } from "./lanes.ts";
import { selectSecrets, type WebhookSecret } from "./webhook-secrets.ts";

export const DELIVERY_STATUSES = ["pending", "delivered", "failed", "discarded"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export type Delivery = {
  id: string;
  tenantId: string;
  eventId: string;
  jobId: string | null;
  type: string;
  lane: string;
  /** Where it was last sent, or is to be sent first. */
  url: string;
  status: DeliveryStatus;
  /** Attempts on record. */
  tries: number;
  nextAttemptAt: number | null;
  createdAt: number;
  finishedAt: number | null;
};

/** A delivery whose time has come, with what is to be sent. */
export type DueDelivery = Pick<Delivery, "id" | "eventId" | "url" | "tries" | "createdAt"> & {
  /** Which attempt of the schedule this is, from 1. */
  step: number;
  body: string;
};

export type Attempt = {
  n: number;
  url: string;
  startedAt: number;
  durationMs: number;
  httpStatus: number | null;
  error: string | null;
  response: string;
};

/** An attempt that was made, and what follows: when to try again, or how it ended. */
export type DeliveryOutcome = {
  delivery: DueDelivery;
  attempt: Omit<Attempt, "n">;
  next: { at: number } | { status: Exclude<DeliveryStatus, "pending">; finishedAt: number };
};

export type Target = { id: string; lane: string; url: string };

const COLUMNS = `id, tenant_id AS tenantId, event_id AS eventId, job_id AS jobId, type, lane, url, status, tries,
  next_attempt_at AS nextAttemptAt, created_at AS createdAt, finished_at AS finishedAt`;

/**
 * Turns an event into its deliveries, due at once, and ends the event's stay in the outbox; one batch.
 * Repeating it changes nothing, and an event deleted meanwhile gets none.
 * @returns the lanes to send a message for.
 */
export async function createDeliveries(
  db: D1Database,
  event: Event,
  targets: Target[],
  now: number,
): Promise<string[]> {
  const done = db.prepare("UPDATE events SET sweep_at = NULL WHERE id = ?").bind(event.id);
  const results = await db.batch<{ id: string }>([
    done,
    ...(targets.length > 0 ? deliverTo(db, event, targets, now) : []),
  ]);
  return targets.length > 0 ? (results.at(-1)?.results.map((row) => row.id) ?? []) : [];
}

/** The statements that make an event's deliveries; the last returns the lanes to send a message for. */
function deliverTo(
  db: D1Database,
  event: Pick<Event, "id" | "tenantId">,
  targets: Target[],
  now: number,
): D1PreparedStatement[] {
  const insert = db
    .prepare(
      `INSERT OR IGNORE INTO deliveries (id, tenant_id, event_id, job_id, type, lane, url, status, next_attempt_at,
         created_at)
       SELECT value ->> 'id', tenant_id, events.id, nullif(job_id, ''), events.type, value ->> 'lane', value ->> 'url', 'pending',
         ?1, ?1 FROM json_each(?2) CROSS JOIN events WHERE events.id = ?3`,
    )
    .bind(now, JSON.stringify(targets), event.id);
  const lanes = targets.map((target) => target.lane);
  return [insert, callLanes(db, event.tenantId, lanes, now)];
}

/** The statement that reads a lane's deliveries whose time has come, the longest due first. */
function selectDue(db: D1Database, lane: string, now: number, limit: number): D1PreparedStatement {
  return db
    .prepare(
      `SELECT deliveries.id, event_id AS eventId, url, tries, step, deliveries.created_at AS createdAt, body
       FROM deliveries JOIN events ON events.id = event_id
       WHERE lane = ? AND status = 'pending' AND next_attempt_at <= ? ORDER BY next_attempt_at LIMIT ?`,
    )
    .bind(lane, now, limit);
}

/** What there is to send in a lane, and what it takes to send it; `endpoint` is null when there is none (any more). */
export async function readWork(
  db: D1Database,
  lane: Pick<Lane, "id" | "tenantId">,
  now: number,
  limit: number,
): Promise<{ endpoint: Endpoint | null; secrets: WebhookSecret[]; due: DueDelivery[] }> {
  const owner = endpointOfLane(lane.id) ?? lane.tenantId;
  const [endpoints, secrets, due] = await db.batch<unknown>([
    selectEndpoint(db, lane.id),
    selectSecrets(db, owner, now),
    selectDue(db, lane.id, now, limit),
  ]);
  const row = endpoints?.results[0] as EndpointRow | undefined;
  return {
    endpoint: row ? toEndpoint(row) : null,
    secrets: (secrets?.results ?? []) as WebhookSecret[],
    due: (due?.results ?? []) as DueDelivery[],
  };
}

/**
 * The statements that put attempts on record and move their deliveries on. The number of tries is the fence: of two
 * Workers that both made an attempt, the second to say so changes nothing. The last statement changes as
 * many rows as took effect.
 */
export function recordAttempts(db: D1Database, outcomes: DeliveryOutcome[]): D1PreparedStatement[] {
  const rows = JSON.stringify(
    outcomes.map(({ delivery, attempt, next }) => ({
      id: delivery.id,
      tries: delivery.tries,
      ...attempt,
      ...("at" in next ? { status: "pending", at: next.at } : next),
    })),
  );
  const insert = db
    .prepare(
      `INSERT INTO attempts (delivery_id, n, url, started_at, duration_ms, http_status, error, response)
       SELECT deliveries.id, deliveries.tries + 1, value ->> 'url', value ->> 'startedAt', value ->> 'durationMs',
         value ->> 'httpStatus', value ->> 'error', value ->> 'response'
       FROM json_each(?) CROSS JOIN deliveries ON deliveries.id = value ->> 'id'
       WHERE deliveries.status = 'pending' AND deliveries.tries = value ->> 'tries'`,
    )
    .bind(rows);
  const move = db
    .prepare(
      `UPDATE deliveries SET tries = deliveries.tries + 1, step = step + 1, url = value ->> 'url',
         status = value ->> 'status', next_attempt_at = value ->> 'at', finished_at = value ->> 'finishedAt'
       FROM json_each(?1) WHERE deliveries.id IN (SELECT value ->> 'id' FROM json_each(?1))
         AND deliveries.id = value ->> 'id' AND deliveries.status = 'pending' AND deliveries.tries = value ->> 'tries'`,
    )
    .bind(rows);
  return [insert, move];
}

/** Discards pending deliveries of an endpoint that takes no more, `limit` at most. @returns how many */
export async function discardPending(
  db: D1Database,
  lane: string,
  now: number,
  limit: number,
): Promise<number> {
  const { meta } = await db
    .prepare(
      `UPDATE deliveries SET status = 'discarded', next_attempt_at = NULL, finished_at = ?
       WHERE id IN (SELECT id FROM deliveries WHERE lane = ? AND status = 'pending' LIMIT ?)`,
    )
    .bind(now, lane, limit)
    .run();
  return meta.changes;
}

/** Writes the event of a test with its only delivery, which gets a single attempt. */
export async function createTest(db: D1Database, event: Event, target: Target, now: number): Promise<void> {
  const last = db.prepare("UPDATE deliveries SET step = ? WHERE id = ?").bind(MAX_ATTEMPTS, target.id);
  await db.batch([insertDelivered(db, event), ...deliverTo(db, event, [target], now), last]);
}

/**
 * Makes a delivery due at once: one that waits for its next attempt goes on from there, one that is over gets a single
 * attempt. False: there is no such delivery.
 */
export async function redeliver(db: D1Database, delivery: Delivery, now: number): Promise<boolean> {
  const [updated] = await db.batch([
    db
      .prepare(
        `UPDATE deliveries SET next_attempt_at = ?, step = iif(status = 'pending', step, ?), status = 'pending',
           finished_at = NULL WHERE id = ?`,
      )
      .bind(now, MAX_ATTEMPTS, delivery.id),
    callLanes(db, delivery.tenantId, [delivery.lane], now),
  ]);
  return updated?.meta.changes === 1;
}

type DeliveryFilter = {
  jobId?: string | undefined;
  lane?: string | undefined;
  status?: DeliveryStatus | undefined;
  type?: string | undefined;
  /** Delivery ids: exclusive bounds of the page and of the time of creation. */
  before?: string | undefined;
  createdAfter?: string | undefined;
};

/** How many of a tenant's deliveries a page looks through at most for the type or job that was asked for. */
const LOOK_THROUGH = 500;

/**
 * A page of a tenant's deliveries, newest first. It reads a bounded number of rows whatever the filter: where it would
 * have to look through too many it gives what it found, and `next` to go on from.
 */
export async function listDeliveries(
  db: D1Database,
  tenantId: string,
  filter: DeliveryFilter,
  limit: number,
): Promise<{ data: Delivery[]; next: string | null }> {
  if (filter.jobId) return takePage(await deliveriesOfJob(db, tenantId, filter), filter, limit, false);
  const most = filter.type ? LOOK_THROUGH : limit + 1;
  const where = `tenant_id = ?1 ${filter.lane ? "AND lane = ?2" : "AND ?2 = ''"} AND id < ?3 AND id >= ?4`;
  // Each status is a stretch of an index in the order of the list; four short stretches make a page of all.
  const statuses = filter.status ? [filter.status] : DELIVERY_STATUSES;
  const stretches = statuses.map(
    (status) => `SELECT * FROM (SELECT ${COLUMNS} FROM deliveries WHERE ${where} AND status = '${status}'
       ORDER BY id DESC LIMIT ?5)`,
  );
  const { results } = await db
    .prepare(`${stretches.join(" UNION ALL ")} ORDER BY id DESC LIMIT ?5`)
    .bind(tenantId, filter.lane ?? "", filter.before ?? "e", filter.createdAfter ?? "", most)
    .all<Delivery>();
  return takePage(results, filter, limit, results.length === most);
}

/** A job has a handful of events, and each a bounded number of deliveries. */
async function deliveriesOfJob(
  db: D1Database,
  tenantId: string,
  filter: DeliveryFilter,
): Promise<Delivery[]> {
  const { results } = await db
    .prepare(
      `SELECT ${COLUMNS} FROM deliveries WHERE event_id IN (SELECT id FROM events WHERE job_id = ?)
         AND +tenant_id = ? AND +id < ? AND +id >= ? ORDER BY +id DESC`, // +: found by the event alone
    )
    .bind(filter.jobId, tenantId, filter.before ?? "e", filter.createdAfter ?? "")
    .all<Delivery>();
  return results;
}

function takePage(
  found: Delivery[],
  { type, lane, status }: DeliveryFilter,
  limit: number,
  hasMore: boolean,
): { data: Delivery[]; next: string | null } {
  const fitting = found.filter(
    (delivery) =>
      (!type || delivery.type === type) &&
      (!lane || delivery.lane === lane) &&
      (!status || delivery.status === status),
  );
  const data = fitting.slice(0, limit);
  const last = fitting.length > limit ? data.at(-1) : hasMore ? found.at(-1) : undefined;
  return { data, next: last?.id ?? null };
}

/** One delivery with its attempts, or null when this tenant has none of this id. */
export async function readDelivery(
  db: D1Database,
  tenantId: string,
  id: string,
): Promise<(Delivery & { attempts: Attempt[] }) | null> {
  const delivery = await db
    .prepare(`SELECT ${COLUMNS} FROM deliveries WHERE tenant_id = ? AND id = ?`)
    .bind(tenantId, id)
    .first<Delivery>();
  if (!delivery) return null;
  const { results } = await db
    .prepare(
      `SELECT n, url, started_at AS startedAt, duration_ms AS durationMs, http_status AS httpStatus, error, response
       FROM attempts WHERE delivery_id = ? ORDER BY n`,
    )
    .bind(id)
    .all<Attempt>();
  return { ...delivery, attempts: results };
}
