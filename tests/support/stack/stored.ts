import type { Job } from "../../../shared/job.ts";
import { readTranscriptSlices } from "../../../shared/storage/transcripts.ts";
import type { Event } from "../../../shared/webhooks/event.ts";

/** A stored event; null: there is none with this id. */
export function readEvent(db: D1Database, id: string): Promise<Event | null> {
  return db
    .prepare(
      `SELECT id, tenant_id AS tenantId, nullif(job_id, '') AS jobId, nullif(sequence, 0) AS sequence, type, body,
         created_at AS createdAt FROM events WHERE id = ?`,
    )
    .bind(id)
    .first<Event>();
}

/** A stored transcript's JSON, byte for byte as it was saved. */
export async function readTranscript(db: D1Database, job: Job): Promise<string> {
  let json = "";
  for await (const slice of readTranscriptSlices(db, job)) json += slice;
  return json;
}
