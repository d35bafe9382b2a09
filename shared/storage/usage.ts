/** What one key used on one day; kept by triggers on `jobs` and on the ledger (migrations/0001_initial.sql). */
export type UsageDay = {
  /** 2026-11-21, UTC. */
  day: string;
  /** Empty: from before keys were noted. */
  keyId: string;
  jobs: number;
  audioMs: number;
  calls: number;
  billedMs: number;
};

type UsageFilter = {
  /** Days, both inclusive. */
  from: string;
  to: string;
  keyId?: string | undefined;
  /** The last of the page before. */
  after?: { day: string; keyId: string } | undefined;
};

/** Newest day first. Rows read are those of the page, whatever was used. */
export async function listUsage(
  db: D1Database,
  tenantId: string,
  filter: UsageFilter,
  limit: number,
): Promise<UsageDay[]> {
  const where: [string, unknown[]][] = [
    ["tenant_id = ? AND day BETWEEN ? AND ?", [tenantId, filter.from, filter.to]],
  ];
  if (filter.keyId !== undefined) where.push(["key_id = ?", [filter.keyId]]);
  if (filter.after) where.push(["(day, key_id) < (?, ?)", [filter.after.day, filter.after.keyId]]);
  const { results } = await db
    .prepare(
      `SELECT day, key_id AS keyId, jobs, audio_ms AS audioMs, calls, billed_ms AS billedMs FROM usage_days
       WHERE ${where.map(([sql]) => sql).join(" AND ")} ORDER BY day DESC, key_id DESC LIMIT ?`,
    )
    .bind(...where.flatMap(([, values]) => values), limit)
    .all<UsageDay>();
  return results;
}
