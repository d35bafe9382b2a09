import { firstIdAt } from "../../shared/id.ts";
import { NOW } from "./jobs.ts";
import { TENANT } from "./tenant.ts";

/** So many delivered deliveries of the tests' tenant, to the endpoints `ep_0` to `ep_9` in turn. */
export async function fillDeliveries(db: D1Database, count: number): Promise<void> {
  const prefix = firstIdAt("dlv", NOW).slice(0, -6);
  await db
    .prepare(
      `INSERT INTO deliveries (id, tenant_id, event_id, type, lane, url, status, created_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT ? || printf('%06d', i), ?, 'evt_' || i, 'job.completed', 'ep_' || (i % 10), '', 'delivered', ? FROM n`,
    )
    .bind(count, prefix, TENANT, NOW)
    .run();
}

/** The database, and how many rows D1 says were read through it. */
export function countRowsRead(db: D1Database): { db: D1Database; rowsRead: () => number } {
  let rows = 0;
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrap(target.bind(...values));
        if (name !== "all") return Reflect.get(target, name);
        return async () => {
          const result = await target.all();
          rows += result.meta.rows_read;
          return result;
        };
      },
    });
  const counted = new Proxy(db, {
    get: (target, name) =>
      name === "prepare" ? (sql: string) => wrap(target.prepare(sql)) : Reflect.get(target, name),
  });
  return { db: counted, rowsRead: () => rows };
}
