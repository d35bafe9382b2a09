import type { Job } from "../job.ts";
import { PURGE_AGAIN_MS, WAKE_GRACE_MS } from "../limits.ts";
import type { Event } from "../webhooks/event.ts";
import { leaveCalls } from "./calls.ts";
import { insertEventIf, insertReceipt, isAnnounced } from "./events.ts";
import { insertImport, leaveImport } from "./imports.ts";
import { type JobRow, toJob } from "./job-row.ts";
import { forgetKept } from "./kept-answers.ts";
import { stopParts } from "./parts.ts";
import { unmeterJob } from "./quota.ts";
import { clearThread } from "./slack-notices.ts";
import { insertThread, type NewThread } from "./slack-threads.ts";
import { forgetUpload, useUpload } from "./uploads.ts";

/** What a job is born with; everything else has its first value from the table. */
export type NewJob = Pick<
  Job,
  | "id"
  | "tenantId"
  | "task"
  | "options"
  | "sourceUrl"
  | "audioKey"
  | "audio"
  | "fingerprint"
  | "webhookUrl"
  | "metadata"
  | "tags"
  | "externalId"
  | "createdAt"
> & {
  /** When the last byte of its audio was stored, if that was later than `createdAt`. */
  storedAt?: number;
  /** The API key that it came with. */
  keyId?: string;
  /** For the server that its audio is fetched from, sealed. */
  fileHeaders?: string | null;
  /** Null: until the job is deleted. */
  retainAudioDays?: number | null;
  retainTranscriptDays?: number | null;
  voices?: Job["voices"];
  /** Where in Slack it is told of. */
  thread?: NewThread | null;
};

/** The job as it will be once it is inserted: what its first event tells. */
export function queued({ storedAt, fileHeaders: _, thread: _thread, ...given }: NewJob): Job {
  const { retainAudioDays = null, retainTranscriptDays = null, ...job } = given;
  const isStored = job.audioKey !== null;
  return {
    ...job,
    keyId: job.keyId ?? "",
    status: "queued",
    stage: isStored ? "stored" : "importing",
    attempt: 0,
    failures: 0,
    notBefore: null,
    waitingFor: null,
    sequence: 1,
    result: null,
    transcriptAttempt: null,
    error: null,
    upstreamMs: 0,
    plan: null,
    voices: job.voices ?? [],
    partsTotal: 1,
    partsDone: 0,
    speakers: {},
    revision: 0,
    storedAt: isStored ? (storedAt ?? job.createdAt) : null,
    startedAt: null,
    completedAt: null,
    retention: {
      audioDays: retainAudioDays,
      transcriptDays: retainTranscriptDays,
      audioUntil: null,
      transcriptUntil: null,
      audioRemovedAt: null,
      transcriptRemovedAt: null,
    },
  };
}

/**
 * Accepts a job: from this commit on it is never lost. Its audio stops being pending in the same batch.
 * If the caller dies before it sends a wake-up, the sweep sends one.
 * @param event of the job as `queued` gives it
 * @throws what `quotaIn` knows, when a limit of the tenant is reached
 */
export async function insertJob(
  db: D1Database,
  job: NewJob,
  event: Event,
): Promise<{ job: Job; isAnnounced: boolean }> {
  const stored = job.audioKey !== null;
  const storedAt = job.storedAt ?? job.createdAt;
  const insert = db
    .prepare(
      `INSERT INTO jobs (id, tenant_id, key_id, status, stage, sweep_at, task, options, source_url, audio_key, audio,
         fingerprint, webhook_url, metadata, tags, external_id, created_at, stored_at, retain_audio_days,
         retain_transcript_days, voices, sequence)
       VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) RETURNING *`,
    )
    .bind(
      job.id,
      job.tenantId,
      job.keyId ?? "",
      stored ? "stored" : "importing",
      storedAt + WAKE_GRACE_MS,
      job.task,
      JSON.stringify(job.options),
      job.sourceUrl,
      job.audioKey,
      JSON.stringify(job.audio),
      job.fingerprint,
      job.webhookUrl,
      JSON.stringify(job.metadata),
      JSON.stringify(job.tags),
      job.externalId,
      job.createdAt,
      stored ? storedAt : null,
      job.retainAudioDays ?? null,
      job.retainTranscriptDays ?? null,
      job.voices?.length ? JSON.stringify(job.voices) : null,
    );
  const tags = job.tags.map((tag) =>
    db
      .prepare("INSERT INTO job_tags (tenant_id, tag, job_id) VALUES (?, ?, ?)")
      .bind(job.tenantId, tag, job.id),
  );
  const takenOver = stored
    ? [db.prepare("DELETE FROM pending_audio WHERE key = ?").bind(job.audioKey), useUpload(db, job.id)]
    : [];
  const headers = job.fileHeaders ? [insertImport(db, job.id, job.fileHeaders)] : [];
  const thread = job.thread ? insertThread(db, job, job.thread, job.createdAt) : [];
  const results = await db.batch<JobRow>([
    insert,
    ...thread,
    insertEventIf(db, event, "queued"),
    ...tags,
    ...takenOver,
    ...headers,
  ]);
  return { job: toJob(one(results[0])), isAnnounced: isAnnounced(results[1 + thread.length]) };
}

/** The job, or null when there is none of this id in this tenant. */
export async function readJob(db: D1Database, tenantId: string, id: string): Promise<Job | null> {
  const row = await db
    .prepare("SELECT * FROM jobs WHERE id = ? AND tenant_id = ?")
    .bind(id, tenantId)
    .first<JobRow>();
  return row && toJob(row);
}

/**
 * Ends a job that is not finished as canceled. `event` makes the event from the job as it will be.
 * @returns the canceled job, or null when it had finished before.
 */
export async function cancelJob(
  db: D1Database,
  job: Job,
  now: number,
  event: (canceled: Job) => Promise<Event>,
): Promise<Job | null> {
  const canceled: Job = {
    ...job,
    status: "canceled",
    waitingFor: null,
    completedAt: now,
    sequence: job.sequence + 1,
  };
  const update = db
    .prepare(
      `UPDATE jobs SET status = 'canceled', waiting_for = NULL, completed_at = ?, sweep_at = NULL, spending = 0,
         sequence = sequence + 1
       WHERE id = ? AND status IN ('queued', 'processing') AND sequence = ?`,
    )
    .bind(now, job.id, job.sequence);
  const [updated] = await db.batch([
    update,
    insertEventIf(db, await event(canceled), "canceled"),
    leaveCalls(db, job.id),
    unmeterJob(db, job.id),
    stopParts(db, job.id),
    ...leaveImport(db, job.id),
  ]);
  return updated?.meta.changes === 1 ? canceled : null;
}

/**
 * Puts a failed or canceled job back in the queue; what was already paid for is still there and is used.
 * @throws what `quotaIn` knows, when a limit of the tenant is reached
 */
export async function requeueJob(db: D1Database, id: string, now: number): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE jobs SET status = 'queued', failures = 0, error = NULL, completed_at = NULL, not_before = NULL,
         sweep_at = ? WHERE id = ? AND status IN ('failed', 'canceled') AND audio_removed_at IS NULL`,
    )
    .bind(now + WAKE_GRACE_MS, id)
    .run();
  return meta.changes === 1;
}

/**
 * Deletes all rows of a job except the ledger's, and records that its objects are to be removed. A Worker that is still
 * working on it loses its claim. The receipt replaces the job's events and keeps the webhook_url.
 */
export async function deleteJob(
  db: D1Database,
  job: Job,
  now: number,
  receipt: Event | null = null,
): Promise<void> {
  const ofJob = (sql: string) => db.prepare(sql).bind(job.id);
  const ofEvents =
    "event_id IN (SELECT id FROM events WHERE job_id = ?1 UNION ALL SELECT id FROM slack_notices WHERE job_id = ?1)";
  await db.batch([
    db
      .prepare("INSERT OR REPLACE INTO purges (job_id, tenant_id, sweep_at) VALUES (?, ?, ?)")
      .bind(job.id, job.tenantId, now + PURGE_AGAIN_MS),
    ofJob(`DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE ${ofEvents})`),
    ofJob(`DELETE FROM deliveries WHERE ${ofEvents}`),
    ofJob("DELETE FROM events WHERE job_id = ?"),
    ...(receipt ? [insertReceipt(db, receipt)] : []),
    ofJob("DELETE FROM transcript_slices WHERE job_id = ?"),
    ofJob("DELETE FROM revisions WHERE job_id = ?"),
    ofJob("DELETE FROM search_blocks WHERE job_id = ?"),
    ofJob("DELETE FROM parts WHERE job_id = ?"),
    forgetKept(db, job.id),
    ofJob("DELETE FROM job_tags WHERE job_id = ?"),
    ofJob("DELETE FROM api_keys WHERE job_id = ?"),
    forgetUpload(db, job.id),
    ofJob("DELETE FROM jobs WHERE id = ?"),
    ...clearThread(db, job.id, now),
    ...leaveImport(db, job.id),
  ]);
}

function one(result: D1Result<JobRow> | undefined): JobRow {
  const row = result?.results[0];
  if (!row) throw new Error("the insert returned no row");
  return row;
}
