import { firstIdAt } from "../id.ts";
import type { Job } from "../job.ts";
import { MAX_STATEMENT_BYTES } from "../limits.ts";
import type { BlockWords, SearchBlock } from "../search/block.ts";
import { MARK_END, MARK_START } from "../search/find-hits.ts";

/** The fields of a block in a JSON list, with which one statement writes many rows. */
const FIELDS = "value ->> 'n', value ->> 'text', value ->> 'words'";

/**
 * Saves the blocks of the transcript that this attempt has saved; saving the same again changes nothing. False: the
 * claim was lost. They are found once the job is completed.
 */
export async function saveSearchBlocks(
  db: D1Database,
  job: Job,
  blocks: readonly SearchBlock[],
): Promise<boolean> {
  const claimed = "id = ? AND attempt = ? AND status = 'processing'";
  await db
    .prepare(`DELETE FROM search_blocks WHERE job_id = (SELECT id FROM jobs WHERE ${claimed})`)
    .bind(job.id, job.attempt)
    .run();
  for (const list of listsOf(blocks)) {
    const { meta } = await db
      .prepare(
        `INSERT INTO search_blocks (job_id, tenant_id, n, text, words)
         SELECT held.id, tenant_id, ${FIELDS} FROM (SELECT id, tenant_id FROM jobs WHERE ${claimed}) AS held,
           json_each(?) WHERE true ORDER BY value ->> 'n' DESC
         ON CONFLICT (job_id, n) DO UPDATE SET text = excluded.text, words = excluded.words`,
      )
      .bind(job.id, job.attempt, list)
      .run();
    if (meta.changes === 0) return false;
  }
  return true;
}

/**
 * The statements that make a job's blocks these, for the batch that causes the change: they take effect only if the
 * event of this id is there. Blocks that stay as they are are not written.
 */
export async function changeSearchBlocks(
  db: D1Database,
  job: Job,
  blocks: readonly SearchBlock[],
  eventId: string,
): Promise<D1PreparedStatement[]> {
  const { results } = await db
    .prepare("SELECT n, text, words FROM search_blocks WHERE job_id = ?")
    .bind(job.id)
    .all<{ n: number; text: string; words: string }>();
  const stored = new Map(results.map((row) => [row.n, row]));
  const changed = blocks.filter(({ n, text, words }) => {
    const row = stored.get(n);
    return row?.text !== text || row.words !== JSON.stringify(words);
  });
  const happened = "EXISTS (SELECT 1 FROM events WHERE id = ?)";
  const write = listsOf(changed).map((list) =>
    db
      .prepare(
        `INSERT INTO search_blocks (job_id, tenant_id, n, text, words)
         SELECT ?, ?, ${FIELDS} FROM json_each(?) WHERE ${happened} ORDER BY value ->> 'n' DESC
         ON CONFLICT (job_id, n) DO UPDATE SET text = excluded.text, words = excluded.words`,
      )
      .bind(job.id, job.tenantId, list, eventId),
  );
  const trim = db
    .prepare(`DELETE FROM search_blocks WHERE job_id = ? AND n >= ? AND ${happened}`)
    .bind(job.id, blocks.length, eventId);
  return [...write, trim];
}

/** The blocks as JSON lists that D1 takes as a value, the last block first: so the first one gets the highest id. */
function listsOf(blocks: readonly SearchBlock[]): string[] {
  const lists: string[] = [];
  let list: string[] = [];
  let bytes = 0;
  for (const block of blocks.toReversed()) {
    const json = JSON.stringify(block);
    const size = new TextEncoder().encode(json).byteLength;
    if (bytes + size > MAX_STATEMENT_BYTES && list.length > 0) {
      lists.push(`[${list.join(",")}]`);
      list = [];
      bytes = 0;
    }
    list.push(json);
    bytes += size + 1;
  }
  if (list.length > 0) lists.push(`[${list.join(",")}]`);
  return lists;
}

export type SearchFilter = {
  /** As `parseQuery` gives it. */
  match: string;
  jobId?: string | undefined;
  /** Of the job, ms since 1970; the latter is exclusive. */
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
  /** Blocks from this id downwards. */
  upTo?: number | undefined;
};

/** How many blocks with all terms are looked through at most for those of the wanted time. */
const LOOK_THROUGH = 500;
/** D1 binds numbers as REAL, and FTS5 begins and ends only at an INTEGER: otherwise it reads all and leaves out. */
const INTEGER = "CAST(? AS INTEGER)";
/** Clocks of Workers differ by less. */
const CLOCKS_DIFFER_MS = 60_000;

/** A block in which all terms are, with the matches marked. */
export type FoundBlock = {
  id: number;
  jobId: string;
  marked: string;
  words: BlockWords;
  /** The job's names by speaker id. */
  speakers: Record<string, string>;
  filename: string | null;
};

/**
 * The next blocks of a tenant in which the terms are: the newest job first, in order within a job. It reads a bounded
 * number of rows: where it would have to look through too many it gives what it found.
 * @returns with them, from which id downwards to go on; null: there are no more
 */
export async function findBlocks(
  db: D1Database,
  tenantId: string,
  { match, jobId, createdAfter, createdBefore, upTo = Number.MAX_SAFE_INTEGER }: SearchFilter,
  limit: number,
): Promise<{ blocks: FoundBlock[]; next: number | null }> {
  const where: [string, unknown][] = [
    ["search_index MATCH ?", `tenant_id : ${quote(tenantId)} AND text : (${match})`],
    [`search_index.rowid <= ${INTEGER}`, upTo],
  ];
  if (createdAfter !== undefined) where.push([WRITTEN_SINCE, createdAfter - CLOCKS_DIFFER_MS]);
  const isTimed = createdAfter !== undefined || createdBefore !== undefined;
  const floor = isTimed && jobId === undefined ? await lookDown(db, where) : null;
  if (floor !== null) where.push([`search_index.rowid >= ${INTEGER}`, floor]);
  if (jobId !== undefined) where.push(["search_blocks.job_id = ?", jobId]);
  if (createdAfter !== undefined) where.push(["search_blocks.job_id >= ?", firstIdAt("job", createdAfter)]);
  if (createdBefore !== undefined) where.push(["search_blocks.job_id < ?", firstIdAt("job", createdBefore)]);
  // A job has few blocks: look for the terms in each. Otherwise let the index find the blocks.
  const from =
    jobId === undefined ? "search_index CROSS JOIN search_blocks" : "search_blocks CROSS JOIN search_index";
  const { results } = await db
    .prepare(
      `SELECT search_blocks.id, job_id AS jobId, words, jobs.speakers, jobs.audio ->> 'filename' AS filename,
         highlight(search_index, 1, ?, ?) AS marked
       FROM ${from} ON search_blocks.id = search_index.rowid CROSS JOIN jobs ON jobs.id = job_id
       WHERE ${where.map(([sql]) => sql).join(" AND ")}
         AND search_blocks.tenant_id = ? AND jobs.status = 'completed'
       ORDER BY search_index.rowid DESC LIMIT ?`,
    )
    .bind(MARK_START, MARK_END, ...where.map(([, value]) => value), tenantId, limit)
    .all<Omit<FoundBlock, "words" | "speakers"> & { words: string; speakers: string }>();
  const blocks = results.map((row) => ({
    ...row,
    words: JSON.parse(row.words), // written by us
    speakers: JSON.parse(row.speakers),
  }));
  const lowest = blocks.length === limit ? blocks.at(-1)?.id : floor;
  return { blocks, next: lowest == null ? null : lowest - 1 };
}

/** Ids grow: whatever is created later has higher ones than the first blocks of jobs that had ended by then. */
const WRITTEN_SINCE = `search_index.rowid >= (SELECT coalesce(min(id), 0) FROM search_blocks WHERE job_id IN (
  SELECT id FROM jobs WHERE completed_at <= ? ORDER BY completed_at DESC LIMIT 5))`;

/** The lowest id of the blocks that are looked through; null: there are not as many. */
async function lookDown(db: D1Database, where: [string, unknown][]): Promise<number | null> {
  return db
    .prepare(
      `SELECT search_index.rowid AS id FROM search_index WHERE ${where.map(([sql]) => sql).join(" AND ")}
       ORDER BY search_index.rowid DESC LIMIT 1 OFFSET ?`,
    )
    .bind(...where.map(([, value]) => value), LOOK_THROUGH - 1)
    .first<number>("id");
}

/** A string of FTS5. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
