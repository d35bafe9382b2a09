import { newId } from "../id.ts";
import { SLACK_REFUSED_AGAIN_MS, WAKE_GRACE_MS } from "../limits.ts";
import { laneOfChannel, type Notice, type Say } from "../slack/notice.ts";
import { endSlackRequest, type SlackRequest } from "./slack-requests.ts";
import { deleteThread, type FilePlace, IS_GONE, refuseFile } from "./slack-threads.ts";

/** Ids that the caller makes: of the notice, and of its delivery. */
type NoticeIds = { id: string; deliveryId: string };

/**
 * Posts a notice in a channel and ends the request that caused it, in one batch.
 * @param file the refused file: of several events about one file only the first is answered
 * @returns the lane to send a message for; null: it was posted before
 */
export async function sayInChannel(
  db: D1Database,
  request: SlackRequest,
  ids: NoticeIds,
  tenantId: string,
  say: Say,
  now: number,
  file: FilePlace | null = null,
): Promise<string | null> {
  const lane = laneOfChannel(say.team_id, say.channel_id);
  const isFirst = file === null ? "true" : "EXISTS (SELECT 1 FROM slack_files WHERE refused_by = ?1)";
  const insert = db
    .prepare(
      `INSERT INTO slack_notices (id, tenant_id, lane, type, body, created_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6
       WHERE EXISTS (SELECT 1 FROM slack_requests WHERE id = ?7 AND tries = ?8 AND task IS NOT NULL) AND ${isFirst}`,
    )
    .bind(ids.id, tenantId, lane, TYPES.say, JSON.stringify(say), now, request.id, request.tries);
  const results = await db.batch([
    ...(file ? [refuseFile(db, file, ids.id, now, now - SLACK_REFUSED_AGAIN_MS)] : []),
    insert,
    endSlackRequest(db, request),
    ...deliverNotice(db, ids, now),
  ]);
  return (results.at(-1)?.meta.changes ?? 0) > 0 ? lane : null;
}

/** The statements that bring a job's thread up to date, for a change without an event. */
export function updateThread(
  db: D1Database,
  ids: NoticeIds,
  jobId: string,
  now: number,
): D1PreparedStatement[] {
  const insert = db
    .prepare(
      `INSERT INTO slack_notices (id, tenant_id, job_id, lane, type, body, created_at)
       SELECT ?, tenant_id, job_id, lane, ?, '{}', ? FROM slack_threads WHERE job_id = ?`,
    )
    .bind(ids.id, TYPES.changed, now, jobId);
  return [insert, ...deliverNotice(db, ids, now)];
}

/**
 * The statements that have the posts about a job removed from Slack, if the job or its transcript no longer exists. For the
 * batch that removes it.
 */
export function clearThread(db: D1Database, jobId: string, now: number): D1PreparedStatement[] {
  const ids = { id: newId("slk", now), deliveryId: newId("dlv", now) };
  const ts = (kind: string) =>
    `(SELECT ts FROM slack_posts WHERE owner = slack_threads.job_id AND kind = '${kind}')`;
  const insert = db
    .prepare(
      `INSERT INTO slack_notices (id, tenant_id, lane, type, body, created_at)
       SELECT ?2, tenant_id, lane, ?3, json_object('team_id', team_id, 'channel_id', channel_id, 'thread_ts', thread_ts,
         'status_ts', ${ts("status")}, 'excerpt_ts', ${ts("excerpt")}, 'file_ids', (
           SELECT json_group_array(value) FROM slack_posts, json_each(file_ids)
           WHERE owner = slack_threads.job_id AND file_ids IS NOT NULL)), ?4
       FROM slack_threads WHERE job_id = ?1 AND ${IS_GONE}`,
    )
    .bind(jobId, ids.id, TYPES.cleared, now);
  return [insert, ...deleteThread(db, jobId), ...deliverNotice(db, ids, now)];
}

const TYPES = {
  say: "slack.notice",
  changed: "slack.changed",
  cleared: "slack.cleared",
} as const satisfies Record<string, Notice["type"]>;

/** The statements that create a notice's delivery, due at once, if the notice exists; the last enqueues its lane. */
function deliverNotice(db: D1Database, { id, deliveryId }: NoticeIds, now: number): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT OR IGNORE INTO deliveries (id, tenant_id, event_id, job_id, type, lane, url, status, next_attempt_at,
           created_at)
         SELECT ?1, tenant_id, id, job_id, type, lane, replace(replace(lane, 'slack ', 'slack://'), ' ', '/'), 'pending',
           ?3, ?3
         FROM slack_notices WHERE id = ?2`,
      )
      .bind(deliveryId, id, now),
    db
      .prepare(
        `INSERT INTO lanes (id, tenant_id, enqueued_at, sweep_at) SELECT lane, tenant_id, ?2, ?3 FROM slack_notices
         WHERE id = ?1
         ON CONFLICT (id) DO UPDATE SET enqueued_at = ?2, sweep_at = min(coalesce(lanes.sweep_at, ?3), ?3)`,
      )
      .bind(id, now, now + WAKE_GRACE_MS),
  ];
}
