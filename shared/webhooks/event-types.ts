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
/** What an endpoint can be told about others, and what it gets when its owner asks for a test. */
export const ENDPOINT_EVENT_TYPES = ["endpoint.disabled", "webhook.test"] as const;
export const ALL_EVENT_TYPES = [...EVENT_TYPES, ...ENDPOINT_EVENT_TYPES] as const;
export type AnyEventType = (typeof ALL_EVENT_TYPES)[number];
