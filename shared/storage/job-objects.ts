/** The R2 keys of a job's recording, and the removal of all that a job has in R2. */

export function audioKey(tenantId: string, jobId: string, extension: string): string {
  return `audio/${tenantId}/${jobId}/source.${extension}`;
}

/** A part of a job's recording, cut or copied out for the speech API. */
export function partKey(tenantId: string, jobId: string, part: number | string, extension: string): string {
  return `audio/${tenantId}/${jobId}/part-${part}.${extension}`;
}

/** The short recording from which the speech API identifies the speakers of all parts. */
export function referenceKey(tenantId: string, jobId: string, extension: string): string {
  return `audio/${tenantId}/${jobId}/reference.${extension}`;
}

/** The bytes of an unfinished upload that fill no part yet, as the holder of this claim left them. */
export function tailKey(tenantId: string, jobId: string, fence: number): string {
  return `audio/${tenantId}/${jobId}/tail-${fence}`;
}

/** What a job has in R2: its recording with all parts, and the speech API's answers. */
type ObjectKind = "audio" | "raw";

/** Removes every object of a job, or all of one kind; safe to repeat. */
export async function removeJobObjects(
  bucket: R2Bucket,
  tenantId: string,
  jobId: string,
  only: ObjectKind | null = null,
): Promise<void> {
  for (const kind of only ? [only] : ["audio", "raw"]) {
    const prefix = `${kind}/${tenantId}/${jobId}/`;
    let cursor: string | undefined;
    do {
      const page = await bucket.list({ prefix, ...(cursor ? { cursor } : {}) });
      const keys = page.objects.map((object) => object.key);
      if (keys.length > 0) await bucket.delete(keys);
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor);
  }
}

export type Purge = { jobId: string; tenantId: string; kind: ObjectKind | null };

/** Deleted jobs whose objects are due for their last removal, or jobs that have lost one kind of them. */
export async function duePurges(db: D1Database, now: number, limit: number): Promise<Purge[]> {
  const { results } = await db
    .prepare(
      "SELECT job_id AS jobId, tenant_id AS tenantId, kind FROM purges WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?",
    )
    .bind(now, limit)
    .all<Purge>();
  return results;
}

/** For purges that are done. One that has become due later, for another kind too, stays. */
export async function endPurges(db: D1Database, done: Purge[], now: number): Promise<void> {
  await db
    .prepare("DELETE FROM purges WHERE job_id IN (SELECT value FROM json_each(?)) AND sweep_at <= ?")
    .bind(JSON.stringify(done.map(({ jobId }) => jobId)), now)
    .run();
}
