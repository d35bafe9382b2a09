/** Counts a request of this tenant; a window begins with the first request after the one before has ended. */
export async function countRequest(
  db: D1Database,
  tenantId: string,
  windowMs: number,
  now: number,
): Promise<{ startedAt: number; requests: number }> {
  const row = await db
    .prepare(
      `INSERT INTO request_windows (tenant_id, started_at, requests) VALUES (?1, ?2, 1)
       ON CONFLICT DO UPDATE SET
         requests = iif(started_at + ?3 <= ?2, 1, requests + 1),
         started_at = iif(started_at + ?3 <= ?2, ?2, started_at)
       RETURNING started_at AS startedAt, requests`,
    )
    .bind(tenantId, now, windowMs)
    .first<{ startedAt: number; requests: number }>();
  if (!row) throw new Error("the upsert returned no row");
  return row;
}
