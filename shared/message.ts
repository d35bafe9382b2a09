import type { PartName } from "./part.ts";

/**
 * What the Workers say to each other. A message carries ids, never state: D1 is the truth and a message only a
 * wake-up, so losing one costs time and getting one twice changes nothing.
 */
export type TranscribeMessage = { version: 1; job_id: string; part?: number };
export type NotifyMessage = { version: 1; event_id: string } | { version: 1; delivery_id: string };

export function jobMessage(jobId: string): TranscribeMessage {
  return { version: 1, job_id: jobId };
}

export function partMessage({ jobId, n }: PartName): TranscribeMessage {
  return { version: 1, job_id: jobId, part: n };
}

export function eventMessage(eventId: string): NotifyMessage {
  return { version: 1, event_id: eventId };
}

export function deliveryMessage(deliveryId: string): NotifyMessage {
  return { version: 1, delivery_id: deliveryId };
}

/** The message, or null when it is not one of ours: such a message can never be handled, so it is dropped. */
export function parseTranscribeMessage(body: unknown): TranscribeMessage | null {
  if (!isRecord(body) || body["version"] !== 1 || typeof body["job_id"] !== "string") return null;
  const { job_id: jobId, part: n } = body;
  if (n === undefined) return jobMessage(jobId);
  return typeof n === "number" && Number.isInteger(n) ? partMessage({ jobId, n }) : null;
}

export function parseNotifyMessage(body: unknown): NotifyMessage | null {
  if (!isRecord(body) || body["version"] !== 1) return null;
  if (typeof body["event_id"] === "string") return { version: 1, event_id: body["event_id"] };
  if (typeof body["delivery_id"] === "string") return { version: 1, delivery_id: body["delivery_id"] };
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
