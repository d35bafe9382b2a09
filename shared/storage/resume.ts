/**
 * After a restart of the local runtime: its queues were in memory and its Workers are dead, so every wake-up is gone
 * and every claim, lease and reception is nobody's. The next sweep finds it all. A deployment needs none of this.
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
    db.prepare("UPDATE pending_audio SET touched_at = 0"),
  ]);
}
