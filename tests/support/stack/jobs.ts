import { noFlags } from "../../../shared/flag-kinds.ts";
import { newId } from "../../../shared/id.ts";
import type { Audio, Job, JobOptions, JobResult } from "../../../shared/job.ts";
import { claimJob, completed, completeJob } from "../../../shared/storage/job-work.ts";
import { insertJob, type NewJob, queued } from "../../../shared/storage/jobs.ts";
import { dispatched, fanOut, type Span } from "../../../shared/storage/parts.ts";
import type { Event } from "../../../shared/webhooks/event.ts";
import type { EventType } from "../../../shared/webhooks/event-types.ts";
import { TENANT } from "./tenant.ts";

/** Friday noon; the clock of a test starts here. */
export const NOW = Date.UTC(2026, 10, 20, 12);

export const OPTIONS: JobOptions = {
  model: "openai/whisper-large-v3",
  language: "auto",
  prompt: null,
  temperature: 0,
  timestamp_granularities: ["segment", "word"],
  diarize: true,
  min_speakers: null,
  max_speakers: null,
  priority: "accuracy",
  response_format: "verbose_json",
  reuse: true,
};

/** A recording that has been probed. */
export const AUDIO: Audio = {
  filename: "standup.wav",
  bytes: 32_044,
  content_type: "audio/wav",
  container: "wav",
  codec: "pcm-s16",
  duration: 1,
  channels: 1,
  sample_rate: 16_000,
  sha256: "ab".repeat(32),
};

export const RESULT: JobResult = {
  language: "en",
  duration: 1,
  segments: 1,
  words: 2,
  speakers: ["SPEAKER_00"],
  transcript_sha256: "cd".repeat(32),
  reused_from: null,
  speaker_links: [],
  flags: noFlags(),
  speech: { api: "together", model: OPTIONS.model },
  warnings: [],
};

/** An uploaded, probed job that asks for nothing special. */
export function newJob(change: Partial<NewJob> = {}): NewJob {
  const id = change.id ?? newId("job", NOW);
  return {
    id,
    tenantId: TENANT,
    task: "transcribe",
    options: OPTIONS,
    sourceUrl: null,
    audioKey: `audio/${TENANT}/${id}/source.wav`,
    audio: AUDIO,
    fingerprint: null,
    webhookUrl: null,
    metadata: {},
    tags: [],
    externalId: null,
    createdAt: NOW,
    ...change,
  };
}

/** A job whose first event is out of the way of what the test looks at. */
export async function insertNewJob(db: D1Database, change: Partial<NewJob> = {}): Promise<Job> {
  const job = await insertQueued(db, newJob(change));
  await db.prepare("DELETE FROM events WHERE job_id = ?").bind(job.id).run();
  return job;
}

/** Inserts the job as given, with its first event. */
export async function insertQueued(db: D1Database, job: NewJob): Promise<Job> {
  return (await insertJob(db, job, eventFor(queued(job), "job.queued"))).job;
}

/** The claim on a job that must be there to be claimed. */
export async function claim(db: D1Database, id: string, now = NOW): Promise<Job> {
  const job = await claimJob(db, id, now);
  if (!job) throw new Error(`${id} could not be claimed`);
  return job;
}

export async function insertClaimedJob(db: D1Database, change: Partial<NewJob> = {}): Promise<Job> {
  const job = await insertNewJob(db, change);
  return claim(db, job.id);
}

/** A claimed job of a running Diarist, whose sweep would take one that was created long ago. */
export async function insertClaimedJobNow(db: D1Database, change: Partial<NewJob> = {}): Promise<Job> {
  const job = await insertNewJob(db, { createdAt: Date.now(), ...change });
  return claim(db, job.id, Date.now());
}

/** The event that goes with a job as it will be. */
export function eventFor(job: Job, type: EventType, change: Partial<Event> = {}): Event {
  return {
    id: newId("evt", NOW),
    tenantId: job.tenantId,
    jobId: job.id,
    sequence: job.sequence,
    type,
    body: JSON.stringify({ type, data: { id: job.id } }),
    createdAt: NOW,
    ...change,
  };
}

/** Fans a claimed job out to its parts, with its event. */
export function fanOutNow(db: D1Database, claimed: Job, spans: Span[], share: number, now = NOW) {
  const begun = dispatched(claimed, spans);
  return fanOut(db, begun, spans, share, now, eventFor(begun, "job.started"));
}

export async function complete(db: D1Database, claimed: Job, now = NOW): Promise<Job> {
  const done = completed(claimed, RESULT, 100, now);
  if (!(await completeJob(db, done, eventFor(done, "job.completed")))) throw new Error("the claim was lost");
  return done;
}
