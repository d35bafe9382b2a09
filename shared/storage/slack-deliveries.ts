import type { DueDelivery } from "./deliveries.ts";

/** A delivery to a channel whose time has come: an event of a job, or a notice. */
export type ChannelDelivery = Omit<DueDelivery, "body"> & {
  type: string;
  jobId: string | null;
  /** Of a notice, JSON; null: what there is to tell stands in the job. */
  notice: string | null;
};

/** What is due in the lane of a channel, the longest due first. */
export async function readDueInChannel(
  db: D1Database,
  lane: string,
  now: number,
  limit: number,
): Promise<ChannelDelivery[]> {
  const { results } = await db
    .prepare(
      `SELECT deliveries.id, event_id AS eventId, deliveries.job_id AS jobId, deliveries.type, url, tries, step,
         deliveries.created_at AS createdAt, slack_notices.body AS notice
       FROM deliveries LEFT JOIN slack_notices ON slack_notices.id = event_id
       WHERE deliveries.lane = ? AND status = 'pending' AND next_attempt_at <= ? ORDER BY next_attempt_at, deliveries.id LIMIT ?`,
    )
    .bind(lane, now, limit)
    .all<ChannelDelivery>();
  return results;
}

/** Slack wants to be left in peace: nothing in this lane is due before then. */
export async function postponeLane(db: D1Database, lane: string, until: number): Promise<void> {
  await db
    .prepare(
      "UPDATE deliveries SET next_attempt_at = ?1 WHERE lane = ?2 AND status = 'pending' AND next_attempt_at < ?1",
    )
    .bind(until, lane)
    .run();
}

/** Waiting for one's turn, or for what a job does next, is no attempt. */
export async function postponeDelivery(
  db: D1Database,
  { id, tries }: Pick<ChannelDelivery, "id" | "tries">,
  until: number,
): Promise<void> {
  await db
    .prepare("UPDATE deliveries SET next_attempt_at = ? WHERE id = ? AND status = 'pending' AND tries = ?")
    .bind(until, id, tries)
    .run();
}
