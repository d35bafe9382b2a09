import { type Job, showJob } from "./job.ts";
import { MAX_EVENT_BYTES } from "./limits.ts";

/** The events a job can end in, and that of its removal; Standard Webhooks types. */
export type EventType = "job.completed" | "job.failed" | "job.canceled" | "job.deleted";

export type Event = {
  id: string;
  tenantId: string;
  jobId: string;
  /** Counts a job's events from 1: a receiver ignores a lower one than it has seen. */
  sequence: number;
  type: EventType;
  /** The exact JSON that is signed and sent, below 20 KB. */
  body: string;
  createdAt: number;
};

/** What the receiver can do without, or has given us itself; the least missed first. */
const DISPENSABLE = ["webhook_url", "options", "tags", "metadata", "audio"];

/**
 * The event that a job's change of state causes. The body is thin (webhooks: W6): the job without its transcript,
 * with two ways to it: `transcript_url` (needs a key) and `download_url` (signed, expires, needs none).
 * The prompt stays out: it may be long, and it may be private. A body that would be too large leaves out as much as
 * it must, and says so in `omitted`.
 */
export function eventOf(
  id: string,
  type: EventType,
  job: Job,
  links: { baseUrl: string; downloadUrl: string | null },
): Event {
  const { prompt: _, ...options } = job.options;
  const shown = showJob(job);
  const result = shown.result && withoutLinks(shown.result);
  const data = {
    ...shown,
    options,
    result: result && {
      ...result,
      transcript_url: new URL(result.transcript_url, links.baseUrl).href,
      download_url: links.downloadUrl,
    },
    sequence: job.sequence,
  };
  const timestamp = new Date(job.completedAt ?? job.createdAt).toISOString();
  const body = writeBody((omitted) => {
    const kept = Object.entries(data).filter(([key]) => !omitted.includes(key));
    const note = omitted.length > 0 ? { omitted } : {};
    return JSON.stringify({ type, timestamp, data: { ...Object.fromEntries(kept), ...note } });
  });
  return {
    id,
    tenantId: job.tenantId,
    jobId: job.id,
    sequence: job.sequence,
    type,
    body,
    createdAt: job.completedAt ?? job.createdAt,
  };
}

/** The links are for those who look closely, and of a long recording there are many. */
function withoutLinks<R extends { speaker_links: unknown }>(result: R): Omit<R, "speaker_links"> {
  const { speaker_links: _, ...rest } = result;
  return rest;
}

function writeBody(write: (omitted: string[]) => string): string {
  const omitted: string[] = [];
  let body = write(omitted);
  for (const key of DISPENSABLE) {
    if (new TextEncoder().encode(body).byteLength < MAX_EVENT_BYTES) break;
    omitted.push(key);
    body = write(omitted);
  }
  return body;
}
