import { PURGE_AGAIN_MS, UPLOAD_FINISH_GRACE_MS, UPLOAD_LEASE_MS, UPLOAD_LIFE_MS } from "../limits.ts";

export type Upload = {
  id: string;
  tenantId: string;
  /** The API key that it was begun with. */
  keyId: string;
  /** The id that its job has, or will have. */
  jobId: string;
  status: "receiving" | "stored" | "used";
  /** Where its bytes will be: the job's audio key. */
  key: string;
  filename: string | null;
  contentType: string;
  /** Upload-Metadata as it came. */
  metadata: string;
  /** The checked options, JSON, of the job that it becomes by itself. */
  request: string | null;
  /** Of the whole; null until the client knows. */
  bytes: number | null;
  /** How many are safe. */
  offset: number;
  /** R2's id of the multipart upload. */
  multipart: string | null;
  /** The client puts its parts into R2 by itself. */
  direct: boolean;
  nextPart: number;
  /** The object with the bytes behind the last whole part. */
  tail: string | null;
  /** SHA-256, hex: its state behind the last whole part, or the hash once all is stored. */
  hash: string | null;
  fence: number;
  leaseUntil: number | null;
  createdAt: number;
  expiresAt: number;
};

export type NewUpload = Pick<
  Upload,
  | "id"
  | "tenantId"
  | "keyId"
  | "jobId"
  | "key"
  | "filename"
  | "contentType"
  | "metadata"
  | "request"
  | "bytes"
  | "multipart"
  | "direct"
  | "createdAt"
>;

export type StoredPart = { n: number; etag: string };

/** How many parts a claim's holder may have put into R2 that its row does not know of. */
export const MAX_UNCOMMITTED_PARTS = 8;

/** Another request has claimed the upload, or it was deleted: nothing more may be written. */
export class UploadLostError extends Error {
  override name = "UploadLostError";
}

export async function insertUpload(db: D1Database, upload: NewUpload): Promise<Upload> {
  const expiresAt = upload.createdAt + UPLOAD_LIFE_MS;
  const row = await db
    .prepare(
      `INSERT INTO uploads (id, tenant_id, key_id, job_id, status, key, filename, content_type, metadata, request, bytes,
         multipart_id, direct, created_at, expires_at, sweep_at)
       VALUES (?, ?, ?, ?, 'receiving', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
    )
    .bind(
      upload.id,
      upload.tenantId,
      upload.keyId,
      upload.jobId,
      upload.key,
      upload.filename,
      upload.contentType,
      upload.metadata,
      upload.request,
      upload.bytes,
      upload.multipart,
      upload.direct ? 1 : 0,
      upload.createdAt,
      expiresAt,
      expiresAt + PURGE_AGAIN_MS,
    )
    .first<UploadRow>();
  return toUpload(required(row));
}

/** The upload, or null when there is none of this id in this tenant. */
export async function readUpload(db: D1Database, tenantId: string, id: string): Promise<Upload | null> {
  const row = await db
    .prepare("SELECT * FROM uploads WHERE id = ? AND tenant_id = ?")
    .bind(id, tenantId)
    .first<UploadRow>();
  return row && toUpload(row);
}

/**
 * Claims the upload for one writer. Null: another writer's lease lasts. A writer that did not release its claim may still
 * be using part numbers; they are skipped, and R2 leaves them out of the finished object, since they are not listed.
 */
export async function claimUpload(db: D1Database, id: string, now: number): Promise<Upload | null> {
  const row = await db
    .prepare(
      `UPDATE uploads SET fence = fence + 1, lease_until = ?1,
         next_part = next_part + CASE WHEN lease_until IS NULL THEN 0 ELSE ?2 END
       WHERE id = ?3 AND status = 'receiving' AND (lease_until IS NULL OR lease_until <= ?4) RETURNING *`,
    )
    .bind(now + UPLOAD_LEASE_MS, MAX_UNCOMMITTED_PARTS, id, now)
    .first<UploadRow>();
  return row && toUpload(row);
}

/** Heartbeat; the writer has used part numbers below `nextPart`. @throws UploadLostError */
export async function renewUpload(
  db: D1Database,
  claimed: Upload,
  nextPart: number,
  now: number,
): Promise<void> {
  const { meta } = await db
    .prepare("UPDATE uploads SET lease_until = ?, next_part = ? WHERE id = ? AND fence = ?")
    .bind(now + UPLOAD_LEASE_MS, nextPart, claimed.id, claimed.fence)
    .run();
  if (meta.changes !== 1) throw new UploadLostError(claimed.id);
}

/** Sets what is learned on the way. @throws UploadLostError */
export async function describeUpload(
  db: D1Database,
  claimed: Upload,
  facts: { bytes?: number; multipart?: string },
): Promise<Upload> {
  const row = await db
    .prepare(
      `UPDATE uploads SET bytes = COALESCE(?, bytes), multipart_id = COALESCE(?, multipart_id)
       WHERE id = ? AND fence = ? RETURNING *`,
    )
    .bind(facts.bytes ?? null, facts.multipart ?? null, claimed.id, claimed.fence)
    .first<UploadRow>();
  if (!row) throw new UploadLostError(claimed.id);
  return toUpload(row);
}

type Progress = Pick<Upload, "offset" | "nextPart" | "tail" | "hash"> & {
  /** Those that were put into R2 since the last commit. */
  parts: StoredPart[];
};

/**
 * From here on these bytes are the upload's. The claim is kept until `releaseUpload`.
 * @throws UploadLostError
 */
export async function commitProgress(
  db: D1Database,
  claimed: Upload,
  { offset, nextPart, tail, hash, parts }: Progress,
  now: number,
): Promise<Upload> {
  const isWhole = offset === claimed.bytes;
  const [, updated] = await db.batch<UploadRow>([
    db
      .prepare(
        `INSERT INTO upload_parts (upload_id, n, etag)
         SELECT ?1, value ->> 'n', value ->> 'etag' FROM json_each(?2)
         WHERE EXISTS (SELECT 1 FROM uploads WHERE id = ?1 AND fence = ?3)`,
      )
      .bind(claimed.id, JSON.stringify(parts), claimed.fence),
    db
      .prepare(
        `UPDATE uploads SET offset = ?, next_part = ?, tail = ?, hash = ?, lease_until = ?,
           sweep_at = COALESCE(?, sweep_at)
         WHERE id = ? AND fence = ? RETURNING *`,
      )
      .bind(
        offset,
        nextPart,
        tail,
        hash,
        now + UPLOAD_LEASE_MS,
        isWhole ? now + UPLOAD_FINISH_GRACE_MS : null,
        claimed.id,
        claimed.fence,
      ),
  ]);
  const row = updated?.results[0];
  if (!row) throw new UploadLostError(claimed.id);
  return toUpload(row);
}

/** Lets go; only when nothing is on its way to R2 any more. */
export async function releaseUpload(db: D1Database, claimed: Upload): Promise<void> {
  await db
    .prepare("UPDATE uploads SET lease_until = NULL WHERE id = ? AND fence = ?")
    .bind(claimed.id, claimed.fence)
    .run();
}

/** In ascending order, as R2 wants them. */
export async function listParts(db: D1Database, id: string): Promise<StoredPart[]> {
  const { results } = await db
    .prepare("SELECT n, etag FROM upload_parts WHERE upload_id = ? ORDER BY n")
    .bind(id)
    .all<StoredPart>();
  return results;
}

/** The object is whole at its key; the claim ends. @throws UploadLostError */
export async function markStored(
  db: D1Database,
  claimed: Upload,
  sha256: string | null,
  now: number,
): Promise<Upload> {
  const expiresAt = now + UPLOAD_LIFE_MS;
  // One that becomes a job by itself is looked at again soon, should its Worker die before that.
  const sweepAt = claimed.request === null ? expiresAt + PURGE_AGAIN_MS : now + UPLOAD_FINISH_GRACE_MS;
  const [updated] = await db.batch<UploadRow>([
    db
      .prepare(
        `UPDATE uploads SET status = 'stored', offset = bytes, hash = ?, tail = NULL, multipart_id = NULL,
           lease_until = NULL, expires_at = ?, sweep_at = ? WHERE id = ? AND fence = ? RETURNING *`,
      )
      .bind(sha256, expiresAt, sweepAt, claimed.id, claimed.fence),
    db
      .prepare(
        `DELETE FROM upload_parts WHERE upload_id = ?1
           AND EXISTS (SELECT 1 FROM uploads WHERE id = ?1 AND status = 'stored')`,
      )
      .bind(claimed.id),
  ]);
  const row = updated?.results[0];
  if (!row) throw new UploadLostError(claimed.id);
  return toUpload(row);
}

/** For the batch that inserts the job: its bytes are the job's now. */
export function useUpload(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(
      "UPDATE uploads SET status = 'used', sweep_at = expires_at WHERE job_id = ? AND status = 'stored'",
    )
    .bind(jobId);
}

/** For the batch that deletes the job. */
export function forgetUpload(db: D1Database, jobId: string): D1PreparedStatement {
  return db.prepare("DELETE FROM uploads WHERE job_id = ?").bind(jobId);
}

/** Uploads to look at that nobody is writing to: whole ones that were not put together, and expired ones. */
export async function dueUploads(db: D1Database, now: number, limit: number): Promise<Upload[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM uploads WHERE sweep_at <= ?1 AND (lease_until IS NULL OR lease_until <= ?1)
       ORDER BY sweep_at LIMIT ?2`,
    )
    .bind(now, limit)
    .all<UploadRow>();
  return results.map(toUpload);
}

export async function postponeUpload(db: D1Database, id: string, sweepAt: number): Promise<void> {
  await db.prepare("UPDATE uploads SET sweep_at = ? WHERE id = ?").bind(sweepAt, id).run();
}

/**
 * Deletes the upload's rows and, unless a job has its bytes, notes that they are to be removed once more: a Worker
 * may still be writing. @returns whether the bytes belong to no job
 */
export async function deleteUpload(db: D1Database, upload: Upload, now: number): Promise<boolean> {
  const [noted] = await db.batch([
    db
      .prepare(
        `INSERT OR REPLACE INTO purges (job_id, tenant_id, sweep_at)
         SELECT job_id, tenant_id, ? FROM uploads WHERE id = ? AND status <> 'used'`,
      )
      .bind(now + PURGE_AGAIN_MS, upload.id),
    db.prepare("DELETE FROM upload_parts WHERE upload_id = ?").bind(upload.id),
    db.prepare("DELETE FROM uploads WHERE id = ?").bind(upload.id),
  ]);
  return noted?.meta.changes === 1;
}

type UploadRow = {
  id: string;
  tenant_id: string;
  key_id: string;
  job_id: string;
  status: Upload["status"];
  key: string;
  filename: string | null;
  content_type: string;
  metadata: string;
  request: string | null;
  bytes: number | null;
  offset: number;
  multipart_id: string | null;
  direct: number;
  next_part: number;
  tail: string | null;
  hash: string | null;
  fence: number;
  lease_until: number | null;
  created_at: number;
  expires_at: number;
};

function toUpload(row: UploadRow): Upload {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    keyId: row.key_id,
    jobId: row.job_id,
    status: row.status,
    key: row.key,
    filename: row.filename,
    contentType: row.content_type,
    metadata: row.metadata,
    request: row.request,
    bytes: row.bytes,
    offset: row.offset,
    multipart: row.multipart_id,
    direct: row.direct === 1,
    nextPart: row.next_part,
    tail: row.tail,
    hash: row.hash,
    fence: row.fence,
    leaseUntil: row.lease_until,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

function required<T>(row: T | null): T {
  if (row === null) throw new Error("the insert returned no row");
  return row;
}
