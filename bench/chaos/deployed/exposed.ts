import { describeError, log } from "../../../shared/log.ts";
import { bucketAround, databaseAround } from "../../../tests/support/workers/around-storage.ts";
import { setAhead, shortenWaits } from "./clock.ts";
import { type Conditions, WEATHER_BINDING } from "./conditions.ts";
import { storageFaults } from "./storage-faults.ts";

type Bound = { DB: D1Database; BUCKET?: R2Bucket; TRANSCRIBE_QUEUE?: Queue; NOTIFY_QUEUE?: Queue };

shortenWaits();
let conditions: Conditions | null = null;
const d1Faults = storageFaults("d1", () => conditions);
const r2Faults = storageFaults("r2", () => conditions);
/** A repeated message follows within this time. */
const REPEAT_SECONDS = 6;

/**
 * A Worker on the clock, and among the faults, that the chaos outside tells (weather.ts). Each invocation says when it
 * begins and when it has ended, with all that it left to `waitUntil`.
 */
export function exposed<Env extends Bound>(worker: ExportedHandler<Env>): ExportedHandler<Env> {
  return {
    fetch: (request, env, ctx) =>
      during(env, ctx, "request", (own) => {
        if (!worker.fetch) throw new Error("this Worker answers no requests");
        return Promise.resolve(worker.fetch(request, among(env), own));
      }),
    queue: (batch, env, ctx) =>
      during(env, ctx, "work", async (own) => void (await worker.queue?.(batch, among(env), own))),
    scheduled: (controller, env, ctx) =>
      during(env, ctx, "work", async (own) => {
        try {
          await worker.scheduled?.(controller, among(env), own);
        } catch (error) {
          log("sweep.crashed", { error: describeError(error) }); // a cron that fails comes again
        }
      }),
  };
}

async function during<T>(
  env: object,
  ctx: ExecutionContext,
  what: "request" | "work",
  act: (own: ExecutionContext) => Promise<T>,
): Promise<T> {
  const weather = String(Reflect.get(env, WEATHER_BINDING));
  const told: Conditions = await (await fetch(`${weather}begin?what=${what}`)).json();
  conditions = told;
  setAhead(told.aheadMs);
  const left: Promise<unknown>[] = [];
  const own = new Proxy(ctx, {
    get(target, name) {
      if (name !== "waitUntil") return bound(target, name);
      return (work: Promise<unknown>) => {
        left.push(work);
        target.waitUntil(work);
      };
    },
  });
  try {
    return await act(own);
  } finally {
    const end = Promise.allSettled(left).then(() => fetch(`${weather}end?what=${what}&life=${told.life}`));
    ctx.waitUntil(end);
  }
}

function among<Env extends Bound>(env: Env): Env {
  return {
    ...env,
    DB: databaseAround(env.DB, d1Faults),
    ...(env.BUCKET ? { BUCKET: bucketAround(env.BUCKET, r2Faults) } : {}),
    ...(env.TRANSCRIBE_QUEUE ? { TRANSCRIBE_QUEUE: repeating(env.TRANSCRIBE_QUEUE) } : {}),
    ...(env.NOTIFY_QUEUE ? { NOTIFY_QUEUE: repeating(env.NOTIFY_QUEUE) } : {}),
  };
}

/** The queue, which delivers some messages twice, as a queue may that promises "at least once". */
function repeating(queue: Queue): Queue {
  return new Proxy(queue, {
    get(target, name) {
      if (name === "send") {
        return async (body: unknown, options?: QueueSendOptions) => {
          const sent = await target.send(body, options);
          if (isRepeated()) await target.send(body, { ...options, delaySeconds: later(options) });
          return sent;
        };
      }
      if (name === "sendBatch") {
        return async (messages: Iterable<MessageSendRequest>, options?: QueueSendBatchOptions) => {
          const all = [...messages];
          const again = all.filter(isRepeated);
          const sent = await target.sendBatch(all, options);
          if (again.length > 0) await target.sendBatch(again, { ...options, delaySeconds: later(options) });
          return sent;
        };
      }
      return bound(target, name);
    },
  });
}

function isRepeated(): boolean {
  return Math.random() < (conditions?.repeat ?? 0);
}

function later(options: { delaySeconds?: number } = {}): number {
  return (options.delaySeconds ?? 0) + Math.floor(Math.random() * REPEAT_SECONDS);
}

/** The runtime insists on its own object as `this`. */
function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === "function" ? value.bind(target) : value;
}
