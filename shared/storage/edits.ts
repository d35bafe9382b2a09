import { type Layer, MACHINE } from "../edits/layer.ts";
import type { Job } from "../job.ts";
import { KEPT_REVISIONS, MAX_METADATA_BYTES } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import type { Event } from "../webhooks/event.ts";
import { insertEventIf } from "./events.ts";
import { type JobRow, toJob } from "./job-row.ts";

/** One of the states that people have brought a transcript into. Milliseconds since 1970. */
type Revision = { n: number; edits: number; createdAt: number };

/** Names and corrections as the job's newest revision has them. */
export async function readLayer(db: D1Database, job: Job): Promise<Layer> {
  const layer = await readRevision(db, job, job.revision);
  if (!layer) throw new Error(`${job.id} has no revision ${job.revision}`);
  return layer;
}

/** Names and corrections as they were in this revision, 0 being the machine's transcript; null: it is not kept. */
export async function readRevision(db: D1Database, job: Job, n: number): Promise<Layer | null> {
  if (n === 0) return MACHINE;
  const row = await db
    .prepare("SELECT speakers, edits FROM revisions WHERE job_id = ? AND n = ?")
    .bind(job.id, n)
    .first<{ speakers: string; edits: string }>();
  return row && { speakers: JSON.parse(row.speakers), edits: JSON.parse(row.edits) };
}

/** The revisions that can be gone back to, newest first. */
export async function listRevisions(db: D1Database, job: Job): Promise<Revision[]> {
  const { results } = await db
    .prepare(
      `SELECT n, edits_count AS edits, created_at AS createdAt FROM revisions WHERE job_id = ? ORDER BY n DESC`,
    )
    .bind(job.id)
    .all<Revision>();
  return results;
}

/** The job as it will be with this layer as its next revision: what its event tells. */
export function revised(job: Job, layer: Layer): Job {
  return { ...job, speakers: layer.speakers, revision: job.revision + 1, sequence: job.sequence + 1 };
}

/**
 * Makes the layer the job's newest revision, with the event it causes and what it changes in the search, in one batch.
 * @param job as `revised` gave it
 * @param search statements that take effect only with the event
 * @returns false when another change came first: nothing was written
 */
export async function saveRevision(
  db: D1Database,
  job: Job,
  layer: Layer,
  event: Event,
  search: readonly D1PreparedStatement[],
): Promise<boolean> {
  // Of two who write the same revision, the event tells who was first: everything else asks for it.
  const happened = "EXISTS (SELECT 1 FROM events WHERE id = ?)";
  const speakers = JSON.stringify(layer.speakers);
  const [updated] = await db.batch([
    db
      .prepare(
        `UPDATE jobs SET speakers = ?, revision = ?, sequence = ?
         WHERE id = ? AND revision = ? AND sequence = ? AND status = 'completed'`,
      )
      .bind(speakers, job.revision, job.sequence, job.id, job.revision - 1, job.sequence - 1),
    insertEventIf(db, event, "completed"),
    db
      .prepare(
        `INSERT INTO revisions (job_id, n, speakers, edits, edits_count, created_at)
         SELECT ?, ?, ?, ?, ?, ? WHERE ${happened}`,
      )
      .bind(
        job.id,
        job.revision,
        speakers,
        JSON.stringify(layer.edits),
        layer.edits.length,
        event.createdAt,
        event.id,
      ),
    db
      .prepare(`DELETE FROM revisions WHERE job_id = ? AND n <= ? AND ${happened}`)
      .bind(job.id, job.revision - KEPT_REVISIONS, event.id),
    ...search,
  ]);
  return updated?.meta.changes === 1;
}

/** What a customer may change of a job at any time; what is undefined stays. */
type JobDetails = {
  /** Key by key into what is there; null takes a key out. */
  metadata?: Record<string, unknown> | undefined;
  tags?: string[] | undefined;
  externalId?: string | null | undefined;
};

/** @returns the changed job, or why it was not: it is gone, its metadata would be too large, others were faster */
export async function changeDetails(
  db: D1Database,
  job: Job,
  details: JobDetails,
): Promise<Result<Job, "gone" | "metadata_too_large" | "busy">> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const stored = await db
      .prepare("SELECT metadata FROM jobs WHERE id = ?")
      .bind(job.id)
      .first<string>("metadata");
    if (stored === null) return err("gone");
    const metadata = mergeKeys(stored, details.metadata ?? {});
    if (new TextEncoder().encode(metadata).byteLength > MAX_METADATA_BYTES) return err("metadata_too_large");
    const [updated] = await db.batch<JobRow>([
      db
        .prepare(
          `UPDATE jobs SET metadata = ?, tags = COALESCE(?, tags),
             external_id = CASE WHEN ? THEN ? ELSE external_id END
           WHERE id = ? AND metadata = ? RETURNING *`,
        )
        .bind(
          metadata,
          details.tags ? JSON.stringify(details.tags) : null,
          details.externalId === undefined ? 0 : 1,
          details.externalId ?? null,
          job.id,
          stored,
        ),
      db
        .prepare(
          `DELETE FROM job_tags WHERE job_id = ?1
             AND tag NOT IN (SELECT value FROM jobs, json_each(jobs.tags) WHERE jobs.id = ?1)`,
        )
        .bind(job.id),
      db
        .prepare(
          `INSERT OR IGNORE INTO job_tags (tenant_id, tag, job_id)
           SELECT tenant_id, value, jobs.id FROM jobs, json_each(jobs.tags) WHERE jobs.id = ?`,
        )
        .bind(job.id),
    ]);
    const [row] = updated?.results ?? [];
    if (row) return ok(toJob(row));
  }
  return err("busy");
}

/** How often another change of the metadata may come between reading and writing. */
const MOST_TRIES = 5;

function mergeKeys(stored: string, changes: Record<string, unknown>): string {
  const merged = { ...JSON.parse(stored), ...changes };
  return JSON.stringify(Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)));
}
