/** Something that we have posted in a thread, or were about to. */
export type SlackPost = {
  kind: PostKind;
  /** Of the transcript in files; else 0. */
  revision: number;
  begunAt: number;
  ts: string | null;
  fileIds: string[];
  /** Hash of what it shows. */
  shown: string | null;
  /** Null: posting began, and it is not known whether Slack has it. */
  doneAt: number | null;
};
export type PostKind = "status" | "excerpt" | "files" | "notice";

type Row = Omit<SlackPost, "fileIds"> & { fileIds: string | null };

/** All that was posted for a job or a notice. */
export async function readPosts(db: D1Database, owner: string): Promise<SlackPost[]> {
  const { results } = await db
    .prepare(
      `SELECT kind, revision, begun_at AS begunAt, ts, file_ids AS fileIds, shown, done_at AS doneAt FROM slack_posts
       WHERE owner = ? ORDER BY kind, revision`,
    )
    .bind(owner)
    .all<Row>();
  return results.map((row) => ({
    ...row,
    fileIds: row.fileIds === null ? [] : (JSON.parse(row.fileIds) as string[]), // beginPost wrote it
  }));
}

/**
 * Records that something is about to be posted. A retry first looks for the post, from the first `begun_at` on. False: the
 * job was deleted, and nothing may be posted.
 */
export async function beginPost(
  db: D1Database,
  owner: string,
  { kind, revision, fileIds }: Pick<SlackPost, "kind" | "revision" | "fileIds">,
  now: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT INTO slack_posts (owner, kind, revision, begun_at, file_ids) SELECT ?1, ?2, ?3, ?4, ?5
       WHERE EXISTS (SELECT 1 FROM slack_threads WHERE job_id = ?1)
         OR EXISTS (SELECT 1 FROM slack_notices WHERE id = ?1)
       ON CONFLICT DO UPDATE SET file_ids = excluded.file_ids`,
    )
    .bind(owner, kind, revision, now, fileIds.length > 0 ? JSON.stringify(fileIds) : null)
    .run();
  return meta.changes === 1;
}

/** Records what is posted now. False: the job was deleted, and its posts with it. */
export async function savePost(
  db: D1Database,
  owner: string,
  { kind, revision, ts, shown, doneAt }: Pick<SlackPost, "kind" | "revision" | "ts" | "shown" | "doneAt">,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      "UPDATE slack_posts SET ts = ?, shown = ?, done_at = ? WHERE owner = ? AND kind = ? AND revision = ?",
    )
    .bind(ts, shown, doneAt, owner, kind, revision)
    .run();
  return meta.changes === 1;
}

export async function deletePost(
  db: D1Database,
  owner: string,
  { kind, revision }: Pick<SlackPost, "kind" | "revision">,
): Promise<void> {
  await db
    .prepare("DELETE FROM slack_posts WHERE owner = ? AND kind = ? AND revision = ?")
    .bind(owner, kind, revision)
    .run();
}
