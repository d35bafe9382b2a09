/**
 * Audio that is being stored and belongs to no job yet. The row exists before the first byte is stored, and the commit of
 * the job removes it. If a Worker dies in between, the sweep knows what to remove. Each multipart upload has a row of its
 * own, from its beginning until it is completed or aborted: who sends the same recording again opens another.
 */

/** A sweep that has taken audio to remove it is done, or dead, by then. */
const REMOVAL_MS = 120_000;
const NOT_TAKEN = "(taken_at IS NULL OR taken_at <= ?)";

/** False: what an earlier reception left under this key is just being removed. */
export async function openPendingAudio(db: D1Database, key: string, now: number): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT INTO pending_audio (key, touched_at) VALUES (?, ?)
       ON CONFLICT (key) DO UPDATE SET touched_at = excluded.touched_at, taken_at = NULL WHERE ${NOT_TAKEN}`,
    )
    .bind(key, now, now - REMOVAL_MS)
    .run();
  return meta.changes === 1;
}

/** Heartbeat, with R2's id of the multipart upload once there is one. */
export async function touchPendingAudio(
  db: D1Database,
  key: string,
  now: number,
  uploadId: string | null = null,
): Promise<void> {
  const touch = db.prepare("UPDATE pending_audio SET touched_at = ? WHERE key = ?").bind(now, key);
  if (uploadId === null) return void (await touch.run());
  const note = db
    .prepare(
      `INSERT INTO pending_uploads (multipart_id, key, touched_at) SELECT ?, key, ? FROM pending_audio WHERE key = ?
       ON CONFLICT (multipart_id) DO UPDATE SET touched_at = excluded.touched_at`,
    )
    .bind(uploadId, now, key);
  await db.batch([touch, note]);
}

export async function closePendingAudio(db: D1Database, key: string): Promise<void> {
  await db.prepare("DELETE FROM pending_audio WHERE key = ?").bind(key).run();
}

/** The multipart upload is completed or aborted. */
export async function closePendingUpload(db: D1Database, uploadId: string): Promise<void> {
  await db.prepare("DELETE FROM pending_uploads WHERE multipart_id = ?").bind(uploadId).run();
}

/** Keys whose row was not touched since `before`, and that no other sweep is removing. */
export async function abandonedAudio(
  db: D1Database,
  before: number,
  now: number,
  limit: number,
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT key FROM pending_audio WHERE touched_at <= ? AND ${NOT_TAKEN} ORDER BY touched_at LIMIT ?`,
    )
    .bind(before, now - REMOVAL_MS, limit)
    .all<{ key: string }>();
  return results.map(({ key }) => key);
}

/** Takes abandoned audio, so that nobody stores under its key meanwhile. False: somebody has begun to, or a job has it. */
export async function takeAbandoned(
  db: D1Database,
  key: string,
  before: number,
  now: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE pending_audio SET taken_at = ? WHERE key = ? AND touched_at <= ? AND ${NOT_TAKEN}`)
    .bind(now, key, before, now - REMOVAL_MS)
    .run();
  return meta.changes === 1;
}

/** Multipart uploads that nobody continues. */
export async function abandonedUploads(
  db: D1Database,
  before: number,
  limit: number,
): Promise<{ key: string; uploadId: string }[]> {
  const { results } = await db
    .prepare(
      "SELECT key, multipart_id AS uploadId FROM pending_uploads WHERE touched_at <= ? ORDER BY touched_at LIMIT ?",
    )
    .bind(before, limit)
    .all<{ key: string; uploadId: string }>();
  return results;
}

/** An upload that could not be aborted is tried again when it has been idle for as long once more. */
export async function postponeUploadRemoval(db: D1Database, uploadId: string, now: number): Promise<void> {
  await db
    .prepare("UPDATE pending_uploads SET touched_at = ? WHERE multipart_id = ?")
    .bind(now, uploadId)
    .run();
}
