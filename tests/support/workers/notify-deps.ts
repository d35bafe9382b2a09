import { Webhook } from "standardwebhooks";
import { expect, vi } from "vitest";
import type { NotifyMessage } from "../../../shared/queue/message.ts";
import { slackHosts } from "../../../shared/slack/hosts.ts";
import type { Deps } from "../../../workers/notify/deps.ts";
import { dispatchEvent } from "../../../workers/notify/dispatch-event.ts";
import { processLane } from "../../../workers/notify/process-lane.ts";
import { runReplay } from "../../../workers/notify/run-replay.ts";
import { complete, insertClaimedJob, NOW } from "../stack/jobs.ts";
import type { Storage } from "../stack/storage.ts";
import { SIGNING_KEY, WEBHOOK_SECRET } from "../stack/tenant.ts";
import { SENT } from "./transcribe-deps.ts";

export const HOOK = "https://app.example.com/hook";

/** The notify Worker's deps with a clock set by hand, dice that show one half, and a queue that only notes. */
export type NotifyDeps = Deps & {
  time: number;
  /** Messages sent: the id and the delay asked for. */
  woken: { id: string; delaySeconds: number }[];
  /** The same messages, until they are handled; `at` is when they come. */
  queue: { message: NotifyMessage; at: number }[];
  /** What goes on background acknowledged messages. */
  background: Promise<void>[];
};

export function makeNotifyDeps({ db }: Pick<Storage, "db">, change: Partial<Deps> = {}): NotifyDeps {
  const woken: NotifyDeps["woken"] = [];
  const queue: NotifyDeps["queue"] = [];
  const background: NotifyDeps["background"] = [];
  const take = (message: NotifyMessage, delaySeconds = 0) => {
    woken.push({ id: idOf(message), delaySeconds });
    queue.push({ message, at: deps.time + delaySeconds * 1000 });
  };
  const deps: NotifyDeps = {
    time: NOW,
    woken,
    queue,
    background,
    db,
    notifyQueue: {
      async send(message, options) {
        take(message, options?.delaySeconds);
        return SENT;
      },
      async sendBatch(messages) {
        for (const { body } of messages) take(body);
        return SENT;
      },
    },
    config: {
      signingKey: SIGNING_KEY,
      baseUrl: "https://diarist.example.com",
      mediaBaseUrl: "https://diarist.example.com",
      allowLocal: false,
      slack: slackHosts(undefined, false),
    },
    fetch: () => Promise.reject(new Error("this test has no receiver")),
    now: () => deps.time,
    random: () => 0.5,
    pause(ms) {
      // Others may pause for the same time: it passes for all at once.
      const until = deps.time + ms;
      return Promise.resolve().then(() => {
        deps.time = Math.max(deps.time, until);
      });
    },
    waitUntil: (work) => void background.push(work),
    ...change,
  };
  return deps;
}

function idOf(message: NotifyMessage): string {
  if ("event_id" in message) return message.event_id;
  return "lane" in message ? message.lane : message.replay;
}

/** When all that goes on background messages has come to its end. */
export async function finishBackground(deps: NotifyDeps): Promise<void> {
  while (deps.background.length > 0) await Promise.all(deps.background.splice(0));
}

/** Handles an event's message and all that it leads to in the first lane. */
export async function dispatch(deps: NotifyDeps, eventId: string): Promise<void> {
  await dispatchEvent(deps, eventId);
  await finishBackground(deps);
}

/** Handles a message for a lane. */
export async function work(deps: NotifyDeps, lane: string): Promise<void> {
  await processLane(deps, lane);
  await finishBackground(deps);
}

/** Lets time pass until then, and handles every message when it comes. */
export async function passTime(deps: NotifyDeps, until: number): Promise<void> {
  for (;;) {
    const next = deps.queue.reduce((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY);
    if (next > until) break;
    deps.time = Math.max(deps.time, next);
    const [taken] = deps.queue.splice(
      deps.queue.findIndex(({ at }) => at === next),
      1,
    );
    if (taken) await handle(deps, taken.message);
    await finishBackground(deps);
  }
  deps.time = Math.max(deps.time, until);
}

function handle(deps: NotifyDeps, message: NotifyMessage): Promise<void> {
  if ("event_id" in message) return dispatchEvent(deps, message.event_id);
  return "lane" in message ? processLane(deps, message.lane) : runReplay(deps, message.replay);
}

export type Hook = { url: string; headers: Record<string, string>; body: string };
export type HookAnswer = Response | Error | (() => Response | Promise<Response>);

/**
 * A customer's receiver: answers in this order, then 204 for ever, and keeps what came. Each request must verify
 * with the npm library, by the clock of these deps, or the test fails.
 */
export function receive(deps: NotifyDeps, ...answers: HookAnswer[]): Hook[] {
  const received: Hook[] = [];
  deps.fetch = async (input, init) => {
    const request = new Request(input instanceof Request ? input.url : input, init as RequestInit);
    const hook = {
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    };
    verify(hook, deps.time);
    const answer = answers[received.push(hook) - 1] ?? new Response(null, { status: 204 });
    if (answer instanceof Error) throw answer;
    return typeof answer === "function" ? answer() : answer;
  };
  return received;
}

const OTHER_SECRET = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const SIX_MINUTES_MS = 360_000;

/**
 * The library takes it as it is, and with nothing changed: not one byte, not the secret, not the time.
 * @throws what the library says against it
 */
export function verify(hook: Hook, now: number, secret: string = WEBHOOK_SECRET): void {
  const verifyAt = (at: number, body: string, key: string) => {
    vi.useFakeTimers({ toFake: ["Date"], now: at });
    try {
      return new Webhook(key).verify(body, hook.headers);
    } finally {
      vi.useRealTimers();
    }
  };
  verifyAt(now, hook.body, secret);
  expect(() => verifyAt(now, hook.body.replace("e", "f"), secret)).toThrow(/signature/);
  expect(() => verifyAt(now, hook.body, OTHER_SECRET)).toThrow(/signature/);
  expect(() => verifyAt(now + SIX_MINUTES_MS, hook.body, secret)).toThrow(/too old/);
  expect(() => verifyAt(now - SIX_MINUTES_MS, hook.body, secret)).toThrow(/too new/);
}

/** A completed job's event, not dispatched yet. */
export async function insertEvent(db: D1Database, webhookUrl: string | null = HOOK): Promise<string> {
  const done = await complete(db, await insertClaimedJob(db, { webhookUrl }));
  const id = await db.prepare("SELECT id FROM events WHERE job_id = ?").bind(done.id).first<string>("id");
  return id ?? "";
}

type DeliveryRow = {
  id: string;
  lane: string;
  status: string;
  tries: number;
  next_attempt_at: number | null;
  finished_at: number | null;
};

/** The only delivery there is. */
export async function onlyDelivery(db: D1Database): Promise<DeliveryRow> {
  const { results } = await db
    .prepare("SELECT id, lane, status, tries, next_attempt_at, finished_at FROM deliveries")
    .all<DeliveryRow>();
  const [row] = results;
  if (!row || results.length !== 1) throw new Error(`${results.length} deliveries, not one`);
  return row;
}

/** The next attempt, just when it is due. */
export async function nextAttempt(deps: NotifyDeps): Promise<DeliveryRow> {
  const { lane, next_attempt_at } = await onlyDelivery(deps.db);
  deps.time = next_attempt_at ?? deps.time;
  await work(deps, lane);
  return onlyDelivery(deps.db);
}

export async function attemptsOf(
  db: D1Database,
): Promise<{ n: number; http_status: number | null; error: string | null }[]> {
  const { results } = await db
    .prepare("SELECT n, http_status, error FROM attempts ORDER BY n")
    .all<{ n: number; http_status: number | null; error: string | null }>();
  return results;
}
