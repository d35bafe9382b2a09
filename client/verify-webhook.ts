import {
  findWebhookProblem,
  type ReceivedHeaders,
  type WebhookProblem,
} from "../shared/webhooks/sign-webhook.ts";
import type { Job } from "./errors.ts";

/** What a webhook says. Fields that would have made the body too large are left out, and named in `omitted`. */
export type WebhookEvent = {
  type: string;
  timestamp: string;
  data: Partial<Omit<Job, "result">> & {
    id: string;
    /** Counts a job's events from 1: ignore a lower one than you have seen. */
    sequence: number;
    result: (Partial<NonNullable<Job["result"]>> & { download_url: string | null }) | null;
    omitted?: string[];
  };
};

/** The webhook is not genuine, or too old: answer 401 and forget it. */
export class WebhookVerificationError extends Error {
  override name = "WebhookVerificationError";
  readonly problem: WebhookProblem;

  constructor(problem: WebhookProblem) {
    super(`The webhook is not to be believed: ${problem}`);
    this.problem = problem;
  }
}

/**
 * The event of a webhook that is genuine and at most five minutes old.
 *
 * @param body exactly as it was received: parsed and printed again, JSON has other bytes.
 * @param headers `Headers`, or Node's `request.headers`.
 * @param secret `whsec_…`; several while one replaces another.
 * @throws WebhookVerificationError when no secret fits, RangeError when one is none.
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
