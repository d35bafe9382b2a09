import { type AnswerSlice, isPurpose } from "../answer-slice.ts";
import { isRecord } from "../is-record.ts";
import type { PartName } from "../part.ts";
import { isProvider } from "../speech/provider.ts";

/**
 * The messages between Workers. A message carries ids, never state: D1 is the truth and a message is only a wake-up.
 * Losing one costs time, and getting one twice changes nothing. The exception is an answer that was paid for and that
 * no storage takes: the queue holds it, in slices, until one does.
 */
export type TranscribeMessage = { version: 1; job_id: string; part?: number; answer?: AnswerSlice };
export type NotifyMessage =
  | { version: 1; event_id: string }
  | { version: 1; lane: string }
  | { version: 1; replay: string };

/** A request from Slack: the id of a row in `slack_requests`. */
type SlackMessage = { version: 1; slack_request: string };

export function slackMessage(id: string): SlackMessage {
  return { version: 1, slack_request: id };
}

export function parseSlackMessage(body: unknown): SlackMessage | null {
  if (!isRecord(body) || body["version"] !== 1 || typeof body["slack_request"] !== "string") return null;
  return slackMessage(body["slack_request"]);
}

export function jobMessage(jobId: string): TranscribeMessage {
  return { version: 1, job_id: jobId };
}

export function partMessage({ jobId, n }: PartName): TranscribeMessage {
  return { version: 1, job_id: jobId, part: n };
}

export function answerMessage(jobId: string, answer: AnswerSlice): TranscribeMessage {
  return { version: 1, job_id: jobId, answer };
}

export function eventMessage(eventId: string): NotifyMessage {
  return { version: 1, event_id: eventId };
}

export function laneMessage(lane: string): NotifyMessage {
  return { version: 1, lane };
}

/** `replay` is the id of the endpoint that is replayed to. */
export function replayMessage(replay: string): NotifyMessage {
  return { version: 1, replay };
}

/** The message, or null when it is not one of ours. Such a message can never be handled, so it is dropped. */
export function parseTranscribeMessage(body: unknown): TranscribeMessage | null {
  if (!isRecord(body) || body["version"] !== 1 || typeof body["job_id"] !== "string") return null;
  const { job_id: jobId, part: n, answer } = body;
  if (answer !== undefined) {
    const slice = parseSlice(answer);
    return slice && answerMessage(jobId, slice);
  }
  if (n === undefined) return jobMessage(jobId);
  return typeof n === "number" && Number.isInteger(n) ? partMessage({ jobId, n }) : null;
}

function parseSlice(value: unknown): AnswerSlice | null {
  if (!isRecord(value)) return null;
  const { part, purpose, attempt, n, total, upstreamMs, provider, heard, text } = value;
  if (!isWhole(part) || !isWhole(attempt) || !isWhole(n) || !isWhole(total) || !isWhole(upstreamMs))
    return null;
  if (!isPurpose(purpose) || typeof text !== "string" || n < 0 || n >= total) return null;
  if (!isProvider(provider) || typeof heard !== "boolean") return null;
  return { part, purpose, attempt, n, total, upstreamMs, provider, heard, text };
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}

export function parseNotifyMessage(body: unknown): NotifyMessage | null {
  if (!isRecord(body) || body["version"] !== 1) return null;
  if (typeof body["event_id"] === "string") return eventMessage(body["event_id"]);
  if (typeof body["lane"] === "string") return laneMessage(body["lane"]);
  if (typeof body["replay"] === "string") return replayMessage(body["replay"]);
  return null;
}
