import type { NamedVoice } from "./edits/carry-names.ts";
import type { Failure } from "./failure.ts";
import type { FlagCounts } from "./flag-kinds.ts";
import type { SpeechApi } from "./speech/provider.ts";
import type { Warning } from "./speech/warning.ts";
import type { SpeakerLink } from "./stitch/speakers/speaker-link.ts";

/** The states of a job; design: docs/architecture.md. */
export const JOB_STATUSES = ["queued", "processing", "completed", "failed", "canceled"] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** How far the work is. `importing` comes before `stored` when the audio is fetched from a URL. */
export const JOB_STAGES = [
  "importing",
  "stored",
  "probing",
  "cutting",
  "transcribing",
  "assembling",
  "done",
] as const;
type JobStage = (typeof JOB_STAGES)[number];

export type Task = "transcribe" | "translate";

/** What the caller asks of the speech API, with all defaults filled in. */
/** What a job asks for that names no model. */
export const DEFAULT_MODEL = "openai/whisper-large-v3";

/** With speakers: one call as long as it may be, for one set of speakers, or parts side by side. */
export const PRIORITIES = ["accuracy", "speed"] as const;

export type JobOptions = {
  model: string;
  /** ISO 639-1, or `auto`. */
  language: string;
  prompt: string | null;
  temperature: number;
  timestamp_granularities: ("segment" | "word")[];
  diarize: boolean;
  min_speakers: number | null;
  max_speakers: number | null;
  priority: (typeof PRIORITIES)[number];
  response_format: TranscriptFormat;
  reuse: boolean;
};

export const TRANSCRIPT_FORMATS = [
  "verbose_json",
  "json",
  "text",
  "srt",
  "vtt",
  "md",
  "csv",
  "docx",
  "zip",
] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

/** The recording. What only the probe can find out is null until it has run. */
export type Audio = {
  filename: string | null;
  bytes: number | null;
  content_type: string | null;
  container: string | null;
  codec: string | null;
  /** Seconds. */
  duration: number | null;
  channels: number | null;
  /** Hz. */
  sample_rate: number | null;
  sha256: string | null;
};

export type JobResult = {
  /** Null: nobody heard a word. */
  language: string | null;
  /** Seconds. */
  duration: number;
  segments: number;
  words: number;
  speakers: string[];
  transcript_sha256: string;
  /** The job whose transcript was reused, so that nothing was paid for twice. */
  reused_from: string | null;
  /** Which speaker of the recording each part's speakers are; empty when there is one part. */
  speaker_links: SpeakerLink[];
  /** How many places of the machine's transcript need a second look, by kind. */
  flags: FlagCounts;
  /** Who heard it. */
  speech: { api: SpeechApi; model: string };
  /** What is to be known of it; empty when all is well. */
  warnings: Warning[];
};

/**
 * How long recording and transcript are kept after the job's end; null: until the job is deleted. Times are
 * milliseconds since 1970.
 */
type Retention = {
  audioDays: number | null;
  transcriptDays: number | null;
  /** Known once the job has ended. */
  audioUntil: number | null;
  transcriptUntil: number | null;
  audioRemovedAt: number | null;
  transcriptRemovedAt: number | null;
};

/** A job as storage keeps it. Times are milliseconds since 1970. */
export type Job = {
  id: string;
  tenantId: string;
  /** The key that created it. */
  keyId: string;
  status: JobStatus;
  stage: JobStage;
  attempt: number;
  failures: number;
  notBefore: number | null;
  waitingFor: string | null;
  sequence: number;
  task: Task;
  options: JobOptions;
  sourceUrl: string | null;
  audioKey: string | null;
  audio: Audio;
  fingerprint: string | null;
  result: JobResult | null;
  transcriptAttempt: number | null;
  error: Failure | null;
  webhookUrl: string | null;
  metadata: Record<string, unknown>;
  tags: string[];
  externalId: string | null;
  upstreamMs: number;
  /** Where the recording is cut, as planCuts wrote it; null: it is not cut. */
  plan: string | null;
  /** Who had names in the transcript before this one, if the recording is transcribed again. */
  voices: NamedVoice[];
  partsTotal: number;
  partsDone: number;
  /** Names that people gave to the machine's speaker ids. */
  speakers: Record<string, string>;
  /** The revision of names and corrections. Each change raises it; 0 is the machine's transcript. */
  revision: number;
  createdAt: number;
  storedAt: number | null;
  startedAt: number | null;
  completedAt: number | null;
  retention: Retention;
};

export function isFinished(status: JobStatus): boolean {
  return status === "completed" || status === "failed" || status === "canceled";
}

/** The job as the API and the events show it: snake_case, RFC 3339 times, seconds and bytes. */
export function showJob(job: Job) {
  const transcriptUrl = `/v1/jobs/${job.id}/transcript`;
  return {
    id: job.id,
    object: "job" as const,
    status: job.status,
    task: job.task,
    options: job.options,
    audio: job.audio,
    progress: {
      stage: job.stage,
      parts_done: job.status === "completed" ? job.partsTotal : job.partsDone,
      parts_total: job.partsTotal,
      waiting_for: job.waitingFor,
    },
    result: job.result && { ...job.result, transcript_url: transcriptUrl },
    error: job.error,
    timings: {
      stored_at: showTime(job.storedAt),
      started_at: showTime(job.startedAt),
      upstream_ms: job.upstreamMs,
      completed_at: showTime(job.completedAt),
    },
    speakers: job.speakers,
    revision: job.revision,
    retention: showRetention(job.retention),
    webhook_url: job.webhookUrl,
    metadata: job.metadata,
    tags: job.tags,
    external_id: job.externalId,
    created_at: new Date(job.createdAt).toISOString(),
  };
}

function showRetention(retention: Retention) {
  return {
    audio_days: retention.audioDays,
    transcript_days: retention.transcriptDays,
    audio_until: showTime(retention.audioUntil),
    transcript_until: showTime(retention.transcriptUntil),
    audio_removed_at: showTime(retention.audioRemovedAt),
    transcript_removed_at: showTime(retention.transcriptRemovedAt),
  };
}

/** RFC 3339, UTC. */
export function showTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
