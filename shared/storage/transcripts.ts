import type { Job } from "../job.ts";
import { blocksOf } from "../search/block.ts";
import { parseTranscriptSlices } from "../transcript/read-transcript.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { saveSearchBlocks } from "./search.ts";

/**
 * Saves the slices of this attempt's transcript; saving the same again changes nothing. False: the claim was lost.
 * Every slice is fenced, or a job deleted meanwhile would leave its text behind.
 */
export async function saveSlices(db: D1Database, job: Job, slices: Iterable<string>): Promise<boolean> {
  // One statement a request: a batch of slices would be one message of many megabytes.
  let n = 0;
  for (const text of slices) {
    const { meta } = await db
      .prepare(
        `INSERT OR REPLACE INTO transcript_slices (job_id, attempt, n, text)
         SELECT id, attempt, ?, ? FROM jobs WHERE id = ? AND attempt = ? AND status = 'processing'`,
      )
      .bind(n++, text, job.id, job.attempt)
      .run();
    if (meta.changes !== 1) return false;
  }
  return true;
}

/**
 * Saves another job's transcript as this attempt's own: the machine's, as it is in the search before anybody corrects
 * it. False: that job is gone, or the claim was lost.
 */
export async function copyTranscript(db: D1Database, from: Job, to: Job): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT OR REPLACE INTO transcript_slices (job_id, attempt, n, text)
       SELECT jobs.id, jobs.attempt, n, text FROM transcript_slices JOIN jobs
       ON jobs.id = ? AND jobs.attempt = ? AND jobs.status = 'processing'
       WHERE transcript_slices.job_id = ? AND transcript_slices.attempt = ?`,
    )
    .bind(to.id, to.attempt, from.id, from.transcriptAttempt)
    .run();
  if (meta.changes === 0) return false;
  return saveSearchBlocks(
    db,
    to,
    blocksOf(await loadTranscript(db, { ...to, transcriptAttempt: to.attempt })),
  );
}

/** The transcript's slices in order, one at a time, so that a long one never stands in memory whole. */
export async function* readTranscriptSlices(db: D1Database, job: Job): AsyncGenerator<string> {
  for (let n = 0; ; n++) {
    const row = await db
      .prepare("SELECT text FROM transcript_slices WHERE job_id = ? AND attempt = ? AND n = ?")
      .bind(job.id, job.transcriptAttempt, n)
      .first<{ text: string }>();
    if (!row) return;
    yield row.text;
  }
}

/** The machine's transcript, read so that a long one fits into a Worker. */
export async function loadTranscript(db: D1Database, job: Job): Promise<Transcript> {
  return parseTranscriptSlices(readTranscriptSlices(db, job));
}
