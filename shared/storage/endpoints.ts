import { MAX_ENDPOINTS } from "../limits.ts";
import type { DisabledReason, Endpoint } from "../webhooks/endpoint.ts";
import type { Event } from "../webhooks/event.ts";
import { insertSecret, type NewSecret } from "./webhook-secrets.ts";

export type EndpointRow = Omit<Endpoint, "events" | "ed25519" | "enabled"> & {
  events: string | null;
  ed25519: number;
  enabled: number;
};

const COLUMNS = `id, tenant_id AS tenantId, url, description, events, rate_limit AS rateLimit, ed25519, enabled,
  disabled_at AS disabledAt, disabled_reason AS disabledReason, failing_since AS failingSince,
  created_at AS createdAt`;

/** False: the tenant has reached its limit. */
export async function insertEndpoint(
  db: D1Database,
  endpoint: Endpoint,
  secret: NewSecret,
): Promise<boolean> {
  const insert = db
    .prepare(
      `INSERT INTO endpoints (id, tenant_id, url, description, events, rate_limit, ed25519, enabled, disabled_at,
         disabled_reason, created_at)
       SELECT ?1, ?2, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM endpoints WHERE tenant_id = ?2) < ?
         OR EXISTS (SELECT 1 FROM endpoints WHERE id = ?1)
       ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at`,
    )
    .bind(endpoint.id, endpoint.tenantId, ...changeable(endpoint), endpoint.createdAt, MAX_ENDPOINTS);
  const [inserted] = await db.batch([
    insert,
    db.prepare("DELETE FROM webhook_secrets WHERE owner = ?").bind(endpoint.id),
    insertSecret(db, endpoint.id, secret),
  ]);
  return inserted?.meta.changes === 1;
}

/** The values from `url` to `disabled_reason`, in the order of the two statements that write them. */
function changeable(endpoint: Endpoint): (string | number | null)[] {
  return [
    endpoint.url,
    endpoint.description,
    endpoint.events && JSON.stringify(endpoint.events),
    endpoint.rateLimit,
    Number(endpoint.ed25519),
    Number(endpoint.enabled),
    endpoint.disabledAt,
    endpoint.disabledReason,
  ];
}

/** All of a tenant's, oldest first; at most MAX_ENDPOINTS. */
export async function listEndpoints(db: D1Database, tenantId: string): Promise<Endpoint[]> {
  const { results } = await selectEndpointsOf(db, "?", tenantId).all<EndpointRow>();
  return results.map(toEndpoint);
}

/** The statement that lists a tenant's; `tenant` is SQL with one value to bind. */
export function selectEndpointsOf(
  db: D1Database,
  tenant: "?" | `(SELECT ${string} ?)`,
  value: string,
): D1PreparedStatement {
  return db.prepare(`SELECT ${COLUMNS} FROM endpoints WHERE tenant_id = ${tenant} ORDER BY id`).bind(value);
}

/** Null: this tenant has no endpoint with this id. */
export async function readEndpoint(db: D1Database, tenantId: string, id: string): Promise<Endpoint | null> {
  const endpoint = await readAnyEndpoint(db, id);
  return endpoint?.tenantId === tenantId ? endpoint : null;
}

/** Not scoped to a tenant. */
export async function readAnyEndpoint(db: D1Database, id: string): Promise<Endpoint | null> {
  const row = await selectEndpoint(db, id).first<EndpointRow>();
  return row && toEndpoint(row);
}

/** The statement that reads one, for a batch; `toEndpoint` converts its row. */
export function selectEndpoint(db: D1Database, id: string): D1PreparedStatement {
  return db.prepare(`SELECT ${COLUMNS} FROM endpoints WHERE id = ?`).bind(id);
}

export function toEndpoint(row: EndpointRow): Endpoint {
  return {
    ...row,
    events: row.events === null ? null : (JSON.parse(row.events) as Endpoint["events"]), // we wrote it
    ed25519: row.ed25519 === 1,
    enabled: row.enabled === 1,
  };
}

/**
 * Writes what its owner may change. Enabling it again resets its failures.
 * @returns false when it is gone, or was disabled or enabled since it was read as `before`.
 */
export async function updateEndpoint(db: D1Database, before: Endpoint, endpoint: Endpoint): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE endpoints SET url = ?, description = ?, events = ?, rate_limit = ?, ed25519 = ?, enabled = ?,
         disabled_at = ?, disabled_reason = ?, failing_since = iif(enabled < ?6, NULL, failing_since)
       WHERE id = ? AND enabled = ?`,
    )
    .bind(...changeable(endpoint), endpoint.id, Number(before.enabled))
    .run();
  return meta.changes === 1;
}

/** Its lane then discards what was pending. The deliveries stay on record. */
export async function deleteEndpoint(db: D1Database, id: string): Promise<void> {
  const ofEndpoint = (sql: string) => db.prepare(sql).bind(id);
  await db.batch([
    ofEndpoint("DELETE FROM endpoints WHERE id = ?"),
    ofEndpoint("DELETE FROM webhook_secrets WHERE owner = ?"),
    ofEndpoint("DELETE FROM replays WHERE endpoint_id = ?"),
    ofEndpoint("UPDATE lanes SET sweep_at = 0 WHERE id = ?"),
  ]);
}

/** The statement that records since when an endpoint fails, or that it no longer does. */
export function noteFailing(db: D1Database, id: string, since: number | null): D1PreparedStatement {
  return db.prepare("UPDATE endpoints SET failing_since = ? WHERE id = ?").bind(since, id);
}

/** The statements that disable an endpoint and write its `event`, only if it was enabled until now. */
export function disableEndpoint(
  db: D1Database,
  endpoint: Pick<Endpoint, "id"> & { disabledAt: number; disabledReason: DisabledReason },
  event: Event,
  sweepEventAt: number,
): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at)
         SELECT ?, tenant_id, '', 0, ?, ?, ?, ? FROM endpoints WHERE id = ? AND enabled = 1`,
      )
      .bind(event.id, event.type, event.body, event.createdAt, sweepEventAt, endpoint.id),
    db
      .prepare(
        "UPDATE endpoints SET enabled = 0, disabled_at = ?, disabled_reason = ? WHERE id = ? AND enabled = 1",
      )
      .bind(endpoint.disabledAt, endpoint.disabledReason, endpoint.id),
  ];
}
