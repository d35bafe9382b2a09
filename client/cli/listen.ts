import { Webhook } from "standardwebhooks";
import type { Diarist, FedEvent } from "../index.ts";
import { connect } from "./connect.ts";
import { explain, UsageError } from "./exit.ts";

type ListenOptions = { forward?: string; events?: FedEvent["type"][]; replay: number; json: boolean };

/** What the local server answered, or why there is no response. */
type Forwarded = { status: number | null; took_ms: number; error: string | null };

/** A webhook's receiver has to respond within this time. */
const ANSWER_WITHIN_MS = 15_000;

/** `diarist listen`: the tenant's events, verified and forwarded as webhooks. Ctrl-C ends it. */
export async function listen(options: ListenOptions, signal: AbortSignal): Promise<never> {
  const { forward, events: types, replay, json } = options;
  if (forward !== undefined && !/^https?:\/\//.test(forward)) {
    throw new UsageError(`--forward takes a URL such as http://localhost:3000/hook, not ${forward}`);
  }
  const diarist = await connect(signal);
  let webhook = await readWebhook(diarist, signal);
  const events = diarist.events({
    last: replay,
    signal,
    ...(types && { types }),
    onReady: () =>
      console.error(
        `Listening for ${types?.join(", ") ?? "every event"}${forward ? `, forwarding to ${forward}` : ""}. Ctrl-C ends.`,
      ),
    onInterruption: (error) => console.error(`${explain(error)} Still trying; nothing is missed.`),
  });
  for (;;) {
    const { value: event } = await events.next();
    // The secret may have been replaced since it was read.
    if (problemOf(event, webhook) !== null) webhook = await readWebhook(diarist, signal);
    const problem = problemOf(event, webhook);
    const forwarded = problem === null && forward !== undefined ? await pass(event, forward, signal) : null;
    if (json) console.log(JSON.stringify({ ...event, verified: problem === null, forwarded }));
    else console.log(showLine(event, problem, forwarded));
  }
}

async function readWebhook({ api }: Diarist, signal: AbortSignal): Promise<Webhook> {
  const { data } = await api.GET("/v1/webhooks/secret", { signal });
  return new Webhook(data?.secret ?? "");
}

function problemOf({ body, headers }: FedEvent, webhook: Webhook): string | null {
  try {
    webhook.verify(body, headers);
    return null;
  } catch (error) {
    return explain(error);
  }
}

async function pass({ body, headers }: FedEvent, url: string, signal: AbortSignal): Promise<Forwarded> {
  const began = performance.now();
  const ended = () => Math.round(performance.now() - began);
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "Diarist-Webhooks/1", ...headers },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    await answer.arrayBuffer();
    return { status: answer.status, took_ms: ended(), error: null };
  } catch (error) {
    signal.throwIfAborted();
    const { cause } = Object(error);
    return { status: null, took_ms: ended(), error: explain(cause instanceof Error ? cause : error) };
  }
}

function showLine(event: FedEvent, problem: string | null, forwarded: Forwarded | null): string {
  const time = new Date().toLocaleTimeString("en-GB");
  const proof = problem === null ? "verified" : `NOT VERIFIED, not forwarded: ${problem}`;
  const answer = forwarded && `→ ${forwarded.status ?? forwarded.error} (${forwarded.took_ms} ms)`;
  return [time, event.type, event.job_id, event.id, proof, answer].filter(Boolean).join("  ");
}
