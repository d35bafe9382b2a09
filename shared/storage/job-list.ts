import type { Job, JobStatus } from "../job.ts";
import { type JobRow, toJob } from "./job-row.ts";

export type JobFilter = {
  status?: JobStatus | undefined;
  externalId?: string | undefined;
  tag?: string | undefined;
  /** Job ids: bounds of the page and of the time of creation; `before` is exclusive. */
  before?: string | undefined;
  createdAfter?: string | undefined;
};

/** How many jobs that one filter finds are looked through at most for a page of those that the others want, too. */
const LOOK_THROUGH = 500;

/** A condition with what is bound to it. */
type Condition = { sql: string; value: string };

/** What finds jobs by an index in the order of the list, and what is then asked of each that is found. */
type Plan = { table: "jobs" | "job_tags"; found: Condition[]; others: Condition[] };

/**
 * A page of a tenant's jobs, newest first. It reads a bounded number of rows whatever the filter: where it would have
 * to look through too many it gives what it found, and `next` to go on from.
 */
export async function listJobs(
  db: D1Database,
  tenantId: string,
  filter: JobFilter,
  limit: number,
): Promise<{ data: Job[]; next: string | null }> {
  const { table, found, others } = planList(filter);
  const id = table === "jobs" ? "jobs.id" : "job_id";
  const inRange = [
    { sql: `${table}.tenant_id = ?`, value: tenantId },
    ...found,
    ...(filter.before === undefined ? [] : [{ sql: `${id} < ?`, value: filter.before }]),
    ...(filter.createdAfter === undefined ? [] : [{ sql: `${id} >= ?`, value: filter.createdAfter }]),
  ];
  const select = (what: string, from: string, where: Condition[], page: string, count: number) =>
    db
      .prepare(`SELECT ${what} FROM ${from} WHERE ${where.map(({ sql }) => sql).join(" AND ")} ${page}`)
      .bind(...where.map(({ value }) => value), count);

  const order = `ORDER BY ${id} DESC LIMIT`;
  /** The lowest id of those that are looked through; null: there are not as many. */
  const looked = select(`${id} AS id`, table, inRange, `${order} 1 OFFSET ?`, LOOK_THROUGH - 1);
  const floor = others.length > 0 ? await looked.first<string>("id") : null;
  const from = table === "jobs" ? "jobs" : "job_tags CROSS JOIN jobs ON jobs.id = job_id";
  const where = [...inRange, ...others, ...(floor === null ? [] : [{ sql: `${id} >= ?`, value: floor }])];
  const { results } = await select("jobs.*", from, where, `${order} ?`, limit + 1).all<JobRow>();
  const data = results.slice(0, limit).map(toJob);
  return { data, next: results.length > limit ? (data.at(-1)?.id ?? null) : floor };
}

function planList({ externalId, tag, status }: JobFilter): Plan {
  const hasStatus = status ? [{ sql: "jobs.status = ?", value: status }] : [];
  if (externalId) {
    const isTagged =
      "EXISTS (SELECT 1 FROM job_tags WHERE tenant_id = jobs.tenant_id AND tag = ? AND job_id = jobs.id)";
    const others = [...hasStatus, ...(tag ? [{ sql: isTagged, value: tag }] : [])];
    return { table: "jobs", found: [{ sql: "external_id = ?", value: externalId }], others };
  }
  if (tag) return { table: "job_tags", found: [{ sql: "tag = ?", value: tag }], others: hasStatus };
  return { table: "jobs", found: hasStatus, others: [] };
}
