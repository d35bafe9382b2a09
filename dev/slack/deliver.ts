/**
 * How Slack reaches the app: signed requests. An event that is not answered with 2xx within 3 seconds is sent again at
 * once, after a minute and after five; a command or an interaction is sent once.
 */

import { keepNewest, type Numbered } from "../stand-in/newest.ts";
import type { Sleep } from "../stand-in/sleep.ts";
import { sign } from "./sign.ts";

/** Pauses before the second, third and fourth attempt at an event. */
const RETRY_AFTER_MS = [0, 60_000, 300_000];
const ANSWER_WITHIN_MS = 3_000;
const MAX_REDIRECTS = 2;

type RetryReason =
  | "http_timeout"
  | "too_many_redirects"
  | "connection_failed"
  | "http_error"
  | "unknown_error";

type Attempt = {
  at: string;
  /** `null` when no answer came. */
  status: number | null;
  /** Until the answer was there, or was given up. */
  took_ms: number;
  /** Why Slack counts it as failed; `null` when it does not. */
  failure: RetryReason | null;
  answer: string;
};

export type Delivery = Numbered<{
  kind: "event" | "command" | "interaction";
  /** The event's type, the command, or the interaction's type. */
  type: string;
  event_id: string | null;
  url: string;
  body: string;
  state: "pending" | "delivered" | "given_up";
  attempts: Attempt[];
}>;

/** What is sent; its headers are made for each attempt. */
type Outgoing = Pick<Delivery, "kind" | "type" | "event_id" | "body"> & {
  url: URL;
  contentType: string;
};

export type Deliverer = {
  /** Resolves when Slack would stop trying. */
  deliver(outgoing: Outgoing): Promise<Delivery>;
  list(): readonly Delivery[];
  /** Cuts what is under way. */
  close(): Promise<void>;
};

type DelivererOptions = { signingSecret: string; now: () => Date; sleep: Sleep };

export function createDeliverer({ signingSecret, now, sleep }: DelivererOptions): Deliverer {
  const deliveries = keepNewest<Omit<Delivery, "n">>();
  const closed = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  async function deliver({ url, contentType, ...outgoing }: Outgoing): Promise<Delivery> {
    const delivery = deliveries.add({ ...outgoing, url: url.href, state: "pending", attempts: [] });
    const pauses = outgoing.kind === "event" ? RETRY_AFTER_MS : [];
    for (let retry = 0; ; retry++) {
      const previous = delivery.attempts.at(-1)?.failure ?? null;
      const { attempt, isFinal } = await attemptOnce(url, contentType, delivery.body, retry, previous);
      delivery.attempts.push(attempt);
      const pause = pauses[retry];
      if (attempt.failure === null || isFinal || pause === undefined || closed.signal.aborted) {
        delivery.state = attempt.failure === null ? "delivered" : "given_up";
        return delivery;
      }
      if (pause > 0) await sleep(pause, closed.signal).catch(() => undefined); // cut short when all ends
    }
  }

  async function attemptOnce(
    url: URL,
    contentType: string,
    body: string,
    retry: number,
    reason: RetryReason | null,
  ): Promise<{ attempt: Attempt; isFinal: boolean }> {
    const at = now();
    const timestamp = String(Math.floor(at.getTime() / 1_000));
    const headers = {
      "content-type": contentType,
      "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": sign(signingSecret, timestamp, body),
      ...(retry > 0 ? { "x-slack-retry-num": String(retry), "x-slack-retry-reason": reason ?? "" } : {}),
    };
    const started = performance.now();
    const end = (status: number | null, failure: RetryReason | null, answer: string): Attempt => ({
      at: at.toISOString(),
      status,
      took_ms: performance.now() - started,
      failure,
      answer,
    });
    try {
      const response = await post(url, headers, body);
      if (response === "too_many_redirects") return { attempt: end(null, response, ""), isFinal: false };
      const attempt = end(response.status, response.ok ? null : "http_error", await response.text());
      return { attempt, isFinal: response.headers.get("x-slack-no-retry") === "1" };
    } catch (error) {
      const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
      const failure = isTimeout ? "http_timeout" : "connection_failed";
      return { attempt: end(null, failure, ""), isFinal: closed.signal.aborted };
    }
  }

  async function post(
    url: URL,
    headers: Record<string, string>,
    body: string,
  ): Promise<Response | "too_many_redirects"> {
    const signal = AbortSignal.any([AbortSignal.timeout(ANSWER_WITHIN_MS), closed.signal]);
    let target = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await fetch(target, { method: "POST", headers, body, redirect: "manual", signal });
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      target = new URL(location, target);
    }
    return "too_many_redirects";
  }

  return {
    deliver(outgoing) {
      const work = deliver(outgoing);
      underWay.add(work);
      void work.then(() => underWay.delete(work));
      return work;
    },
    list: deliveries.list,
    async close() {
      closed.abort();
      await Promise.all(underWay);
    },
  };
}
