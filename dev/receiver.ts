/**
 * A stand-in for the customer's webhook receiver, for the demo, tests and people. It verifies every request with the
 * npm library `standardwebhooks`, not with our own code, keeps it, and answers as told.
 *
 * By itself: `npx node dev/receiver.ts --port 3000 --secret whsec_…`
 */
import { setMaxListeners } from "node:events";
import { realpathSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Webhook } from "standardwebhooks";
import { close, listen, readBody } from "./stand-in/serve.ts";

/** One webhook as it came in. */
export type Received = {
  /** Milliseconds since 1970. */
  at: number;
  /** `webhook-id`; empty when there was none. */
  id: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  verified: boolean;
  /** What the library said when it did not verify. */
  problem: string | null;
  /** The event's type; null when the body has none. */
  type: string | null;
};

export type WebhookAnswer = {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  delayMs?: number;
};

export type ReceiverOptions = {
  /** Read at every request, so that it may come from the API or change meanwhile. */
  secret: string | (() => string | Promise<string>);
  /** What to answer to request number `n`, from 1. Without it: 204 when verified, else 401. */
  respond?: (n: number, request: Received) => WebhookAnswer | Promise<WebhookAnswer>;
  /** Called with every request and its answer, before the answer is sent. */
  onReceived?: (request: Received, answer: WebhookAnswer) => void;
  /** Default: any free one. */
  port?: number;
};

export type Receiver = {
  url: string;
  received: Received[];
  /** Waits until `count` have come in total, and gives all of them. */
  waitFor(count: number, timeoutMs?: number): Promise<Received[]>;
  /** Waits for the first that fits, including those that have already come. */
  waitFor(fits: (request: Received) => boolean, timeoutMs?: number): Promise<Received>;
  close(): Promise<void>;
};

const WAIT_MS = 10_000;

/** Listens on 127.0.0.1. @throws Error when the port is taken. */
export async function createReceiver(options: ReceiverOptions): Promise<Receiver> {
  const received: Received[] = [];
  const watchers = new Set<() => void>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // one listener for each waiting answer

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A broken `respond` shows up as a 500 in what the test sees, not as a crash somewhere else.
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const webhook = await examine(request, await readBody(request), options.secret);
    const n = received.push(webhook);
    const answer = (await options.respond?.(n, webhook)) ?? { status: webhook.verified ? 204 : 401 };
    options.onReceived?.(webhook, answer);
    for (const watch of watchers) watch();
    if (answer.delayMs) await pause(answer.delayMs, undefined, { signal: closing.signal });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /** Looks now and after every request; no polling. */
  function watch<T>(find: () => T | undefined, wanted: string, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found !== undefined) finish(() => resolve(found));
      };
      const fail = (why: string) =>
        finish(() => reject(new Error(`${why} ${wanted}; came: ${list(received)}`)));
      const onClose = () => fail("the receiver was closed before it saw");
      const timer = setTimeout(() => fail(`no webhook in ${timeoutMs} ms for`), timeoutMs);
      function finish(done: () => void) {
        clearTimeout(timer);
        watchers.delete(look);
        closing.signal.removeEventListener("abort", onClose);
        done();
      }
      watchers.add(look);
      closing.signal.addEventListener("abort", onClose);
      look();
    });
  }

  function waitFor(count: number, timeoutMs?: number): Promise<Received[]>;
  function waitFor(fits: (request: Received) => boolean, timeoutMs?: number): Promise<Received>;
  function waitFor(
    wanted: number | ((request: Received) => boolean),
    timeoutMs: number = WAIT_MS,
  ): Promise<Received[] | Received> {
    return typeof wanted === "number"
      ? watch(() => (received.length >= wanted ? received : undefined), `${wanted} in all`, timeoutMs)
      : watch(() => received.find(wanted), String(wanted), timeoutMs);
  }

  const url = await listen(server, options.port);
  return {
    url: url.href,
    received,
    waitFor,
    close() {
      closing.abort();
      return close(server);
    },
  };
}

async function examine(
  request: IncomingMessage,
  body: Buffer,
  secret: ReceiverOptions["secret"],
): Promise<Received> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  let problem: string | null = null;
  try {
    const webhook = new Webhook(typeof secret === "string" ? secret : await secret());
    webhook.verify(body, headers, { jsonParse: false });
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const text = body.toString();
  const id = headers["webhook-id"] ?? "";
  const path = request.url ?? "/";
  return {
    at: Date.now(),
    id,
    path,
    headers,
    body: text,
    verified: problem === null,
    problem,
    type: typeOf(text),
  };
}

function typeOf(body: string): string | null {
  try {
    const event: unknown = JSON.parse(body);
    const named = typeof event === "object" && event !== null && "type" in event;
    return named && typeof event.type === "string" ? event.type : null;
  } catch {
    return null;
  }
}

function list(received: Received[]): string {
  const shown = received.map(
    ({ id, type, problem }) => `${type ?? "?"} ${id}${problem ? ` (${problem})` : ""}`,
  );
  return shown.join(", ") || "nothing";
}

/** One line for a person: when, what, which job, whether it is genuine, and what was answered. */
export function showReceived(request: Received, answer: WebhookAnswer): string {
  const time = new Date(request.at).toLocaleTimeString("en-GB");
  const job = /"data":\{"id":"(job_\w+)"/.exec(request.body)?.[1] ?? "";
  const proof = request.problem === null ? "verified" : `NOT VERIFIED: ${request.problem}`;
  const bytes = `${Buffer.byteLength(request.body)} bytes`;
  const parts = [time, request.type ?? "?", job, request.id, proof, bytes, `→ ${answer.status}`];
  return parts.filter((part) => part !== "").join("  ");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "3000" },
      secret: { type: "string", default: process.env["WEBHOOK_SECRET"] ?? "" },
      status: { type: "string" },
    },
  });
  if (values.secret === "") {
    throw new Error(
      "--secret is missing. Read it with:\n" +
        '  curl -H "Authorization: Bearer dev-api-key" http://127.0.0.1:8787/v1/webhooks/secret',
    );
  }
  const { status } = values;
  const receiver = await createReceiver({
    secret: values.secret,
    port: Number(values.port),
    ...(status !== undefined && { respond: () => ({ status: Number(status) }) }),
    onReceived: (request, answer) => console.log(showReceived(request, answer)),
  });
  console.log(`webhook_url: ${receiver.url}  (Ctrl+C ends)`);
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(realpathSync(started)).href) {
  main().catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    console.error(message.includes("EADDRINUSE") ? `${message}. Choose another --port.` : message);
    process.exitCode = 1;
  });
}
