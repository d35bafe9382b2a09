import { type Job, showJob, showTime } from "../job.ts";
import { MAX_EVENT_BYTES } from "../limits.ts";
import type { Endpoint } from "./endpoint.ts";

/** What can happen to a job; Standard Webhooks types. */
export const EVENT_TYPES = [
  "job.queued",
  "job.started",
  "job.completed",
  "job.failed",
  "job.canceled",
  "transcript.updated",
  "job.deleted",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
/** Events about other endpoints, and the test that an owner asks for. */
export const ENDPOINT_EVENT_TYPES = ["endpoint.disabled", "webhook.test"] as const;
export const ALL_EVENT_TYPES = [...EVENT_TYPES, ...ENDPOINT_EVENT_TYPES] as const;

export type Event = {
  id: string;
  tenantId: string;
  /** null: it is about an endpoint. */
  jobId: string | null;
  /** Counts a job's events from 1: a receiver ignores a number lower than the last it has seen. */
  sequence: number | null;
  type: EventType | (typeof ENDPOINT_EVENT_TYPES)[number];
  /** The exact JSON that is signed and sent, below 20 KB. */
  body: string;
  createdAt: number;
};

/** Whether a job's own `webhook_url` gets it: its progress goes to endpoints only. */
export function goesToWebhookUrl(type: Event["type"]): boolean {
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

/** Told to the tenant's other endpoints when one is disabled. */
export function endpointDisabled(id: string, endpoint: Endpoint): Event {
  const data = { ...showEndpoint(endpoint), disabled_reason: endpoint.disabledReason };
  return eventOfEndpoint(id, "endpoint.disabled", endpoint, endpoint.disabledAt ?? 0, data);
}

/** What an endpoint gets when its owner asks for a test. */
export function webhookTest(id: string, endpoint: Endpoint, now: number): Event {
  const data = {
    ...showEndpoint(endpoint),
    message: "If you can read this and it verifies, you are set up.",
  };
  return eventOfEndpoint(id, "webhook.test", endpoint, now, data);
}

function showEndpoint({ id, url, description, failingSince, disabledAt }: Endpoint) {
  return {
    id,
    object: "endpoint",
    url,
    description,
    failing_since: showTime(failingSince),
    disabled_at: showTime(disabledAt),
  };
}

function eventOfEndpoint(
  id: string,
  type: Event["type"],
  { tenantId }: Endpoint,
  now: number,
  data: object,
): Event {
  const body = JSON.stringify({ type, timestamp: new Date(now).toISOString(), data });
  return { id, tenantId, jobId: null, sequence: null, type, body, createdAt: now };
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
