import {
  findWebhookProblem,
  type ReceivedHeaders,
  type WebhookProblem,
} from "../shared/webhooks/sign-webhook.ts";
import type { Job } from "./errors.ts";

/** The content of a webhook. Fields that would have made the body too large are left out and listed in `omitted`. */
export type WebhookEvent = {
  type: string;
  timestamp: string;
  data: Partial<Omit<Job, "result">> & {
    id: string;
    /** Counts a job's events from 1: ignore an event with a lower number than the last you have seen. */
    sequence: number;
    result: (Partial<NonNullable<Job["result"]>> & { download_url: string | null }) | null;
    omitted?: string[];
  };
};

/** The webhook is not genuine, or is too old: respond with 401 and ignore it. */
export class WebhookVerificationError extends Error {
  override name = "WebhookVerificationError";
  readonly problem: WebhookProblem;

  constructor(problem: WebhookProblem) {
    super(`The webhook is not genuine: ${problem}`);
    this.problem = problem;
  }
}

/**
 * The event of a webhook that is genuine and at most five minutes old.
 *
 * @param body exactly as received: parsed and printed again, JSON has other bytes
 * @param headers `Headers`, or Node's `request.headers`
 * @param secret `whsec_…`; several while one replaces another
 * @throws WebhookVerificationError when no secret fits, RangeError when a secret is malformed
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: ReceivedHeaders,
  secret: string | readonly string[],
  nowMs: number = Date.now(),
): Promise<WebhookEvent> {
  let problem: WebhookProblem = "signature_wrong";
  for (const one of typeof secret === "string" ? [secret] : secret) {
    const found = await findWebhookProblem(one, headers, body, Math.floor(nowMs / 1000));
    if (found === null) return JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body));
    problem = found;
  }
  throw new WebhookVerificationError(problem);
}
