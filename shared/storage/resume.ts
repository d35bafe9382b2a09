/**
 * For a restart of the local runtime. Its queues were in memory and its Workers are dead: every wake-up is lost and every
 * claim, lease and pending audio is abandoned. The next sweep then finds all of it. A deployment does not need this.
 */
export async function resumeAfterRestart(db: D1Database): Promise<void> {
  await db.batch([
    db.prepare(
      "UPDATE jobs SET status = 'queued', sweep_at = 0 WHERE status = 'processing' AND sweep_at IS NOT NULL",
    ),
    db.prepare("UPDATE jobs SET sweep_at = COALESCE(not_before, 0) WHERE status = 'queued'"),
    db.prepare("UPDATE parts SET status = 'waiting', sweep_at = 0 WHERE status = 'processing'"),
    db.prepare(
      "UPDATE parts SET sweep_at = COALESCE(not_before, 0) WHERE status = 'waiting' AND sweep_at IS NOT NULL",
    ),
    db.prepare("UPDATE events SET sweep_at = 0 WHERE sweep_at IS NOT NULL"),
    db.prepare("UPDATE lanes SET lease_until = 0, enqueued_at = NULL, wake_at = NULL, sweep_at = 0"),
    db.prepare("UPDATE replays SET sweep_at = 0 WHERE sweep_at IS NOT NULL"),
    db.prepare("UPDATE pending_audio SET touched_at = 0, taken_at = NULL"),
    db.prepare("UPDATE pending_uploads SET touched_at = 0"),
  ]);
}
