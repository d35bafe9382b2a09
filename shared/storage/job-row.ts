import type { Job } from "../job.ts";

/** A row of `jobs` as D1 returns it; written by migrations/0001_initial.sql. */
export type JobRow = {
  id: string;
  tenant_id: string;
  key_id: string;
  status: Job["status"];
  stage: Job["stage"];
  attempt: number;
  failures: number;
  not_before: number | null;
  waiting_for: string | null;
  sequence: number;
  task: Job["task"];
  options: string;
  source_url: string | null;
  audio_key: string | null;
  audio: string;
  fingerprint: string | null;
  result: string | null;
  transcript_attempt: number | null;
  error: string | null;
  webhook_url: string | null;
  metadata: string;
  tags: string;
  external_id: string | null;
  upstream_ms: number;
  plan: string | null;
  voices: string | null;
  parts_total: number;
  parts_done: number;
  speakers: string;
  revision: number;
  created_at: number;
  stored_at: number | null;
  started_at: number | null;
  completed_at: number | null;
  retain_audio_days: number | null;
  retain_transcript_days: number | null;
  audio_until: number | null;
  transcript_until: number | null;
  audio_removed_at: number | null;
  transcript_removed_at: number | null;
};

/** The JSON columns were validated at the edge before they were written, so they are trusted here. */
export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    keyId: row.key_id,
    status: row.status,
    stage: row.stage,
    attempt: row.attempt,
    failures: row.failures,
    notBefore: row.not_before,
    waitingFor: row.waiting_for,
    sequence: row.sequence,
    task: row.task,
    options: JSON.parse(row.options),
    sourceUrl: row.source_url,
    audioKey: row.audio_key,
    audio: JSON.parse(row.audio),
    fingerprint: row.fingerprint,
    result: row.result === null ? null : JSON.parse(row.result),
    transcriptAttempt: row.transcript_attempt,
    error: row.error === null ? null : JSON.parse(row.error),
    webhookUrl: row.webhook_url,
    metadata: JSON.parse(row.metadata),
    tags: JSON.parse(row.tags),
    externalId: row.external_id,
    upstreamMs: row.upstream_ms,
    plan: row.plan,
    voices: row.voices === null ? [] : JSON.parse(row.voices),
    partsTotal: row.parts_total,
    partsDone: row.parts_done,
    speakers: JSON.parse(row.speakers),
    revision: row.revision,
    createdAt: row.created_at,
    storedAt: row.stored_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    retention: {
      audioDays: row.retain_audio_days,
      transcriptDays: row.retain_transcript_days,
      audioUntil: row.audio_until,
      transcriptUntil: row.transcript_until,
      audioRemovedAt: row.audio_removed_at,
      transcriptRemovedAt: row.transcript_removed_at,
    },
  };
}
