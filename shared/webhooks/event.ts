import { type Job, showJob } from "../job.ts";
import { MAX_EVENT_BYTES } from "../limits.ts";
import type { AnyEventType, EventType } from "./event-types.ts";

export type Event = {
  id: string;
  tenantId: string;
  /** null: it is about an endpoint. */
  jobId: string | null;
  /** Counts a job's events from 1: a receiver ignores a number lower than the last it has seen. */
  sequence: number | null;
  type: AnyEventType;
  /** The exact JSON that is signed and sent, below 20 KB. */
  body: string;
  createdAt: number;
};

/** Whether a job's own `webhook_url` gets it: its progress goes to endpoints only. */
export function goesToWebhookUrl(type: AnyEventType): boolean {
  return type !== "job.queued" && type !== "job.started";
}

/** What the receiver can do without, or has given us itself; the least missed first. */
const DISPENSABLE = ["webhook_url", "options", "tags", "metadata", "audio", "speakers"];

/**
 * The event that a job's change of state causes. The body is thin (webhooks: W6): the job without its transcript,
 * with two ways to it: `transcript_url` (needs a key) and `download_url` (signed, expires, needs none).
 * The prompt stays out: it may be long, and it may be private. A body that would be too large leaves out as much as
 * it must, and says so in `omitted`.
 * @param links null: the job has no result
 */
export function eventOf(
  id: string,
  type: EventType,
  job: Job,
  links: { baseUrl: string; downloadUrl: string | null } | null,
  happenedAt = job.completedAt ?? job.createdAt,
): Event {
  const { prompt: _, ...options } = job.options;
  const shown = showJob(job);
  const result = links && shown.result && withoutLinks(shown.result);
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
  const timestamp = new Date(happenedAt).toISOString();
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
    createdAt: happenedAt,
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
