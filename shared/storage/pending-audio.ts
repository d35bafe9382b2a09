/**
 * Audio that is being stored and belongs to no job yet. The row exists before the first byte is stored, and the commit of
 * the job removes it. If a Worker dies in between, the sweep knows what to remove.
 */

export async function openPendingAudio(db: D1Database, key: string, now: number): Promise<void> {
  await db
    .prepare("INSERT OR REPLACE INTO pending_audio (key, multipart_id, touched_at) VALUES (?, NULL, ?)")
    .bind(key, now)
    .run();
}

/** Heartbeat, with R2's id of the multipart upload once there is one. */
export async function touchPendingAudio(
  db: D1Database,
  key: string,
  now: number,
  uploadId: string | null = null,
): Promise<void> {
  await db
    .prepare(
      "UPDATE pending_audio SET touched_at = ?, multipart_id = COALESCE(?, multipart_id) WHERE key = ?",
    )
    .bind(now, uploadId, key)
    .run();
}

export async function closePendingAudio(db: D1Database, key: string): Promise<void> {
  await db.prepare("DELETE FROM pending_audio WHERE key = ?").bind(key).run();
}

/** Audio whose row was not touched since `before`. */
export async function abandonedAudio(
  db: D1Database,
  before: number,
  limit: number,
): Promise<{ key: string; uploadId: string | null }[]> {
  const { results } = await db
    .prepare("SELECT key, multipart_id AS uploadId FROM pending_audio WHERE touched_at <= ? LIMIT ?")
    .bind(before, limit)
    .all<{ key: string; uploadId: string | null }>();
  return results;
}
