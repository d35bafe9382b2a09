import type { Job } from "../job.ts";
import type { SourceFacts } from "../source-facts.ts";

/**
 * What of a URL's recording has come in: enough for any later Worker to go on where the last stored part ended. As in
 * job-work.ts, every write names the claim; false means that it is no longer ours.
 */
export type Import = {
  /** Sealed `file_headers`. */
  headers: string | null;
  /** How often stored parts had to be thrown away. */
  restarts: number;
  upload: StartedUpload | null;
};

export type StartedUpload = {
  key: string;
  uploadId: string;
  source: SourceFacts;
  parts: R2UploadedPart[];
  /** SHA-256's state behind the last part; null: none is stored yet, or all are. */
  digest: string | null;
  /** Set once every part is stored: only the completion of the upload is left. */
  whole: { bytes: number; sha256: string } | null;
};

const CLAIMED = "EXISTS (SELECT 1 FROM jobs WHERE id = ? AND attempt = ? AND status = 'processing')";
const OVER = "NOT EXISTS (SELECT 1 FROM jobs WHERE id = ? AND status IN ('queued', 'processing'))";

type ImportRow = {
  headers: string | null;
  restarts: number;
  key: string | null;
  multipart_id: string | null;
  source: string | null;
  bytes: number | null;
  sha256: string | null;
};
type PartRow = { n: number; etag: string; digest: string | null };

/** Keeps the headers of a job that is being inserted in the same batch. */
export function insertImport(db: D1Database, jobId: string, headers: string): D1PreparedStatement {
  return db.prepare("INSERT INTO imports (job_id, headers) VALUES (?, ?)").bind(jobId, headers);
}

export async function readImport(db: D1Database, jobId: string): Promise<Import> {
  const [imports, parts] = (await db.batch([
    db.prepare("SELECT * FROM imports WHERE job_id = ?").bind(jobId),
    db.prepare("SELECT n, etag, digest FROM import_parts WHERE job_id = ? ORDER BY n").bind(jobId),
  ])) as [D1Result<ImportRow>, D1Result<PartRow>];
  const row = imports.results[0];
  if (!row) return { headers: null, restarts: 0, upload: null };
  const { headers, restarts } = row;
  if (row.key === null || row.multipart_id === null || row.source === null) {
    return { headers, restarts, upload: null };
  }
  const upload: StartedUpload = {
    key: row.key,
    uploadId: row.multipart_id,
    source: JSON.parse(row.source), // as startImport wrote it
    parts: parts.results.map(({ n, etag }) => ({ partNumber: n, etag })),
    digest: parts.results.at(-1)?.digest ?? null,
    whole: row.bytes === null || row.sha256 === null ? null : { bytes: row.bytes, sha256: row.sha256 },
  };
  return { headers, restarts, upload };
}

/** A multipart upload has been opened: from here on it is found again, and aborted should the job end before it does. */
export async function startImport(
  db: D1Database,
  job: Job,
  upload: Pick<StartedUpload, "key" | "uploadId" | "source">,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT INTO imports (job_id, key, multipart_id, source) SELECT ?, ?, ?, ? WHERE ${CLAIMED}
       ON CONFLICT (job_id) DO UPDATE SET key = excluded.key, multipart_id = excluded.multipart_id, source = excluded.source`,
    )
    .bind(job.id, upload.key, upload.uploadId, JSON.stringify(upload.source), job.id, job.attempt)
    .run();
  return meta.changes === 1;
}

/** One statement a part: a Worker has a thousand queries, and 5 GB are a thousand parts. */
export async function savePart(
  db: D1Database,
  job: Job,
  part: R2UploadedPart,
  digest: string,
): Promise<boolean> {
  const { meta } = await insertPart(db, job, part, digest).run();
  return meta.changes === 1;
}

/** Every part is stored, `last` being one that is shorter than the others. */
export async function saveWhole(
  db: D1Database,
  job: Job,
  last: R2UploadedPart | null,
  { bytes, sha256 }: { bytes: number; sha256: string },
): Promise<boolean> {
  const [updated] = await db.batch([
    db
      .prepare(`UPDATE imports SET bytes = ?, sha256 = ? WHERE job_id = ? AND ${CLAIMED}`)
      .bind(bytes, sha256, job.id, job.id, job.attempt),
    ...(last ? [insertPart(db, job, last, null)] : []),
  ]);
  return updated?.meta.changes === 1;
}

function insertPart(
  db: D1Database,
  job: Job,
  part: R2UploadedPart,
  digest: string | null,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT OR REPLACE INTO import_parts (job_id, n, etag, digest) SELECT ?, ?, ?, ? WHERE ${CLAIMED}`,
    )
    .bind(job.id, part.partNumber, part.etag, digest, job.id, job.attempt);
}

/** What has come in is of no use: the next bytes are the recording's first. The headers stay. */
export async function restartImport(db: D1Database, job: Job): Promise<boolean> {
  const [updated] = await db.batch([
    db
      .prepare(
        `UPDATE imports SET restarts = restarts + 1, key = NULL, multipart_id = NULL, source = NULL, bytes = NULL,
           sha256 = NULL WHERE job_id = ? AND ${CLAIMED}`,
      )
      .bind(job.id, job.id, job.attempt),
    db.prepare(`DELETE FROM import_parts WHERE job_id = ? AND ${CLAIMED}`).bind(job.id, job.id, job.attempt),
  ]);
  return updated?.meta.changes === 1;
}

/** The import gets on, so attempts that died or broke off before are no reason to give it up. */
export async function clearFailures(db: D1Database, job: Job): Promise<void> {
  await db
    .prepare("UPDATE jobs SET failures = 0 WHERE id = ? AND attempt = ? AND failures > 0")
    .bind(job.id, job.attempt)
    .run();
}

/** To go in the batch that gives the job its audio: there is nothing more to import. */
export function endImport(db: D1Database, jobId: string): D1PreparedStatement[] {
  return ["import_parts", "imports"].map((table) =>
    db
      .prepare(
        `DELETE FROM ${table} WHERE job_id = ?
           AND EXISTS (SELECT 1 FROM jobs WHERE id = ? AND audio_key IS NOT NULL)`,
      )
      .bind(jobId, jobId),
  );
}

/**
 * To go in every batch that ends or deletes a job, behind the change itself: the headers are dropped. The note of an
 * upload stays until the sweep has aborted it.
 */
export function leaveImport(db: D1Database, jobId: string): D1PreparedStatement[] {
  return [
    `DELETE FROM imports WHERE job_id = ? AND multipart_id IS NULL AND ${OVER}`,
    `UPDATE imports SET headers = NULL WHERE job_id = ? AND ${OVER}`,
  ].map((sql) => db.prepare(sql).bind(jobId, jobId));
}

/** Imports whose job has ended or is gone, with the upload that is to be aborted. */
export async function deadImports(
  db: D1Database,
  limit: number,
): Promise<{ jobId: string; key: string | null; uploadId: string | null }[]> {
  const { results } = await db
    .prepare(
      `SELECT job_id AS jobId, key, multipart_id AS uploadId FROM imports
       WHERE ${OVER.replace("?", "imports.job_id")} LIMIT ?`,
    )
    .bind(limit)
    .all<{ jobId: string; key: string | null; uploadId: string | null }>();
  return results;
}

/** Forgets the import of a job that is over, unless the job has been retried meanwhile. */
export async function removeDeadImport(db: D1Database, jobId: string): Promise<void> {
  await db.batch(
    ["import_parts", "imports"].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE job_id = ? AND ${OVER}`).bind(jobId, jobId),
    ),
  );
}
