import { type Job, showTime } from "../job.ts";
import type { Event } from "./event.ts";

/** Why a job was deleted: on request, or because its retention ended. */
export type DeletionReason = "requested" | "retention_ended";

/**
 * The event that proves a deletion: what was removed, and when. It is all that remains of the job, so it holds nothing
 * that was said in it or about it. The hashes identify it only to people who have the same bytes.
 */
export function deletionReceipt(id: string, job: Job, reason: DeletionReason, now: number): Event {
  const sequence = job.sequence + 1;
  const { audioRemovedAt, transcriptRemovedAt } = job.retention;
  const audio = {
    what: "audio",
    removed_at: showTime(audioRemovedAt ?? now),
    bytes: job.audio.bytes,
    sha256: job.audio.sha256,
  };
  const transcript = job.result && {
    what: "transcript",
    removed_at: showTime(transcriptRemovedAt ?? now),
    sha256: job.result.transcript_sha256,
  };
  const data = {
    id: job.id,
    object: "job",
    reason,
    deleted_at: showTime(now),
    removed: [...(job.audioKey === null ? [] : [audio]), ...(transcript ? [transcript] : [])],
    sequence,
  };
  const body = JSON.stringify({ type: "job.deleted", timestamp: showTime(now), data });
  return { id, tenantId: job.tenantId, jobId: job.id, sequence, type: "job.deleted", body, createdAt: now };
}
