import { firstIdAt } from "../../../shared/id.ts";
import { NOW } from "./jobs.ts";
import { TENANT } from "./tenant.ts";

/** `count` delivered deliveries of the tests' tenant, to the endpoints `ep_0` to `ep_9` in turn. */
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
  const real = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const count = <T>(result: D1Result<T>) => {
    rows += result.meta.rows_read;
    return result;
  };
  const replace = <T extends object>(target: T, members: object): T =>
    new Proxy(target, {
      get: (_, name) => Reflect.get(Object.hasOwn(members, name) ? members : target, name),
    });
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const all = async () => count(await statement.all<Record<string, unknown>>());
    const wrapped = replace(statement, {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all,
      first: async (column?: string) => {
        const [row = null] = (await all()).results;
        return column === undefined ? row : (row?.[column] ?? null);
      },
    });
    real.set(wrapped, statement);
    return wrapped;
  };
  const counted = replace(db, {
    prepare: (sql: string) => wrap(db.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) =>
      (await db.batch(statements.map((wrapped) => real.get(wrapped) ?? wrapped))).map(count),
  });
  return { db: counted, rowsRead: () => rows };
}

/**
 * `count` jobs of the tests' tenant, a second apart, the last at NOW: odd ones are completed, of the customer `big` and
 * tagged `odd`; even ones wait, and are tagged `even`. Each has an event, odd ones can be searched for `word`.
 */
export async function fillJobs(db: D1Database, count: number): Promise<void> {
  const prefix = firstIdAt("job", NOW).slice(0, -6);
  const rows = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}),
    job (i, id, at) AS (SELECT i, '${prefix}' || printf('%06d', i), ${NOW} - 1000 * (${count} - i) FROM n)`;
  await db.batch(
    [
      `INSERT INTO jobs (id, tenant_id, status, stage, sweep_at, task, options, audio, metadata, tags, external_id,
         created_at, completed_at)
       ${rows} SELECT id, '${TENANT}', iif(i % 2, 'completed', 'queued'), 'done', ${NOW} + i, 'transcribe', '{}', '{}',
         '{}', '[]', iif(i % 2, 'big', i), at, iif(i % 2, at, NULL) FROM job`,
      `INSERT INTO job_tags (tenant_id, tag, job_id) ${rows} SELECT '${TENANT}', iif(i % 2, 'odd', 'even'), id FROM job`,
      `INSERT INTO parts (job_id, n, tenant_id, status, start, end)
       ${rows} SELECT id, 0, '${TENANT}', 'waiting', 0, 1 FROM job`,
      `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at)
       ${rows} SELECT 'evt_' || i, '${TENANT}', id, 1, 'job.completed', '{}', at FROM job`,
      `INSERT INTO purges (job_id, tenant_id, sweep_at) ${rows} SELECT id, '${TENANT}', ${NOW} + i FROM job`,
      `INSERT INTO search_blocks (job_id, tenant_id, n, text, words)
       ${rows} SELECT id, '${TENANT}', 0, 'word', '{}' FROM job WHERE i % 2`,
    ].map((sql) => db.prepare(sql)),
  );
}
