import { laneOfChannel } from "../slack/notice.ts";

/** The thread that shows a job. */
export type SlackThread = {
  jobId: string;
  tenantId: string;
  lane: string;
  teamId: string;
  channelId: string;
  /** The message with the recording; null: the status message is the first of the thread. */
  threadTs: string | null;
  userId: string;
  responseUrl: string | null;
};

export type NewThread = Pick<SlackThread, "teamId" | "channelId" | "threadTs" | "userId" | "responseUrl"> & {
  /** Null: the recording is no file in Slack. */
  fileId: string | null;
};

/** A file of a channel. */
export type FilePlace = { teamId: string; channelId: string; fileId: string };

const COLUMNS = `job_id AS jobId, tenant_id AS tenantId, lane, team_id AS teamId, channel_id AS channelId,
  thread_ts AS threadTs, user_id AS userId, response_url AS responseUrl`;

/**
 * The statements that tie a job to its thread; they go before its first event. A file that has a job already lets the
 * whole batch fail, with an error that `isFileTaken` knows.
 */
export function insertThread(
  db: D1Database,
  job: { id: string; tenantId: string },
  thread: NewThread,
  now: number,
): D1PreparedStatement[] {
  const { teamId, channelId, fileId, threadTs, userId, responseUrl } = thread;
  const file =
    fileId === null
      ? []
      : [
          db
            .prepare(
              "DELETE FROM slack_files WHERE team_id = ? AND channel_id = ? AND file_id = ? AND job_id IS NULL",
            )
            .bind(teamId, channelId, fileId),
          db
            .prepare(
              "INSERT INTO slack_files (team_id, channel_id, file_id, job_id, seen_at) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(teamId, channelId, fileId, job.id, now),
        ];
  return [
    ...file,
    db
      .prepare(
        `INSERT INTO slack_threads (job_id, tenant_id, lane, team_id, channel_id, thread_ts, user_id, response_url)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .bind(
        job.id,
        job.tenantId,
        laneOfChannel(teamId, channelId),
        teamId,
        channelId,
        threadTs,
        userId,
        responseUrl,
      ),
  ];
}

/** Whether a batch failed because the file has a job already. */
export function isFileTaken(error: unknown): boolean {
  return /UNIQUE constraint failed: slack_files/.test(String(error));
}

export async function readThread(db: D1Database, jobId: string): Promise<SlackThread | null> {
  return selectThread(db, "?", jobId).first<SlackThread>();
}

/** The statement that reads one; `job` is SQL with one value to bind. */
export function selectThread(
  db: D1Database,
  job: "?" | `(SELECT ${string} ?)`,
  value: string,
): D1PreparedStatement {
  return db.prepare(`SELECT ${COLUMNS} FROM slack_threads WHERE job_id = ${job}`).bind(value);
}

/** The job of a file; null: it has none. */
export async function readThreadOfFile(db: D1Database, place: FilePlace): Promise<SlackThread | null> {
  return db
    .prepare(
      `SELECT ${COLUMNS} FROM slack_threads WHERE job_id = (
         SELECT job_id FROM slack_files WHERE team_id = ? AND channel_id = ? AND file_id = ?)`,
    )
    .bind(place.teamId, place.channelId, place.fileId)
    .first<SlackThread>();
}

/** Sets the message that a thread belongs to, if an earlier event did not know it. */
export async function placeThread(db: D1Database, jobId: string, threadTs: string): Promise<void> {
  await db
    .prepare(
      `UPDATE slack_threads SET thread_ts = ? WHERE job_id = ? AND thread_ts IS NULL
         AND NOT EXISTS (SELECT 1 FROM slack_posts WHERE owner = slack_threads.job_id)`,
    )
    .bind(threadTs, jobId)
    .run();
}

/** The statement that notes that a file was refused, unless it has a job or was refused a moment ago. */
export function refuseFile(
  db: D1Database,
  { teamId, channelId, fileId }: FilePlace,
  noticeId: string,
  now: number,
  unlessSince: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO slack_files (team_id, channel_id, file_id, refused_by, seen_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET refused_by = excluded.refused_by, seen_at = excluded.seen_at
       WHERE slack_files.job_id IS NULL AND slack_files.seen_at <= ?`,
    )
    .bind(teamId, channelId, fileId, noticeId, now, unlessSince);
}

/** Replaces a file's id when a user typed a URL: each time makes one job. */
export function commandId(requestId: string): string {
  return `command ${requestId}`;
}

/**
 * The sealed token of the workspace whose file a job's recording is; `token` is null when it has left. Null: the job is not
 * from Slack, or of an address that somebody typed, which must open nothing that they cannot see themselves.
 */
export async function readTokenOfJob(
  db: D1Database,
  jobId: string,
): Promise<{ token: string | null } | null> {
  return db
    .prepare(
      `SELECT slack_installs.token FROM slack_threads LEFT JOIN slack_installs USING (team_id, tenant_id)
       WHERE job_id = ?1 AND EXISTS (
         SELECT 1 FROM slack_files WHERE job_id = ?1 AND substr(file_id, 1, ?2) <> ?3)`,
    )
    .bind(jobId, commandId("").length, commandId(""))
    .first<{ token: string | null }>();
}

/** Whether a job's transcript is gone, or the job with it. */
export const IS_GONE = "NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = ?1 AND transcript_removed_at IS NULL)";

/** Deletes the thread of a job that no longer exists; for the batch that deletes the job. */
export function deleteThread(db: D1Database, jobId: string): D1PreparedStatement[] {
  return [
    `DELETE FROM slack_notices WHERE job_id = ?1 AND ${IS_GONE}`,
    `DELETE FROM slack_posts WHERE owner = ?1 AND ${IS_GONE}`,
    `DELETE FROM slack_files WHERE job_id = ?1 AND ${IS_GONE}`,
    `DELETE FROM slack_threads WHERE job_id = ?1 AND ${IS_GONE}`,
  ].map((sql) => db.prepare(sql).bind(jobId));
}
