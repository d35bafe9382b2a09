import { afterEach, describe, expect, test, vi } from "vitest";
import { eventMessage } from "../../shared/queue/message.ts";
import { NOW } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../tests/support/stack/storage.ts";
import { SIGNING_KEY } from "../../tests/support/stack/tenant.ts";
import { insertEvent, onlyDelivery } from "../../tests/support/workers/notify-deps.ts";
import { makeBatch } from "../../tests/support/workers/queue-batch.ts";
import worker from "./index.ts";

const { db } = await useStorage();
const logs = useLogs();

const sent: unknown[] = [];
const queue = {
  send: async (message: unknown) => void sent.push(message),
  sendBatch: async (messages: { body: unknown }[]) => void sent.push(...messages.map(({ body }) => body)),
};
const env = {
  DB: db,
  NOTIFY_QUEUE: queue as unknown as Queue,
  PUBLIC_BASE_URL: "https://diarist.example.com",
  MEDIA_BASE_URL: "",
  ALLOW_LOCAL_DESTINATIONS: "",
  SLACK_API_URL: "",
  SIGNING_KEY,
} satisfies Cloudflare.NotifyEnv;

const background: Promise<void>[] = [];
const ctx = { waitUntil: (work: Promise<void>) => void background.push(work) } as unknown as ExecutionContext;
const finishBackground = () => Promise.all(background.splice(0));

afterEach(() => {
  sent.length = 0;
});

describe("a message that is none of ours", () => {
  test("is acknowledged, whatever it is, and written down", async () => {
    const bodies = [
      null,
      undefined,
      7,
      "evt_1",
      [],
      {},
      { version: 2, event_id: "evt_1" },
      { version: 1, event_id: 7 },
    ];
    const { batch, outcomes } = makeBatch("diarist-notify", bodies);
    await worker.queue(batch, env, ctx);
    expect(outcomes()).toEqual(bodies.map(() => "ack"));
    expect(logs().filter((line) => line.event === "message.malformed")).toHaveLength(bodies.length);
  });

  test("about what is gone is acknowledged", async () => {
    const { batch, outcomes } = makeBatch("diarist-notify", [
      eventMessage("evt_gone"),
      { version: 1, lane: "gone" },
      { version: 1, replay: "ep_gone" },
    ]);
    await worker.queue(batch, env, ctx);
    expect(outcomes()).toEqual(["ack", "ack", "ack"]);
  });
});

describe("a batch", () => {
  test("whose one message fails repeats that one alone, later each time", async () => {
    const good = await insertEvent(db, null);
    const bad = await insertEvent(db);
    // The database call of the bad message fails.
    const broken = new Proxy(db, {
      get(target, name) {
        if (name !== "batch") return Reflect.get(target, name).bind(target);
        return async (list: D1PreparedStatement[]) => {
          const results = await target.batch<{ id?: string }>(list);
          if (results[0]?.results[0]?.id === bad) throw new Error("D1 is overloaded");
          return results;
        };
      },
    });
    const messages = [eventMessage(bad), eventMessage(good)];
    const { batch, outcomes } = makeBatch("diarist-notify", messages, { attempts: 3 });
    await worker.queue(batch, { ...env, DB: broken }, ctx);
    const [failed, done] = outcomes();
    expect(done).toBe("ack");
    const seconds = Number(/^retry after (\d+) s$/.exec(failed ?? "")?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(10);
    expect(seconds).toBeLessThanOrEqual(20);
    expect(logs()).toContainEqual(
      expect.objectContaining({ event: "notify.crashed", event_id: bad, try: 3 }),
    );
  });

  test("is done with before a slow receiver answers", async () => {
    const answer = Promise.withResolvers<Response>();
    vi.spyOn(globalThis, "fetch").mockReturnValue(answer.promise);
    const { batch, outcomes } = makeBatch("diarist-notify", [eventMessage(await insertEvent(db))]);
    await worker.queue(batch, env, ctx);
    expect(outcomes()).toEqual(["ack"]);
    expect(await onlyDelivery(db)).toMatchObject({ status: "pending", tries: 0 });
    answer.resolve(new Response(null, { status: 204 }));
    await finishBackground();
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 1 });
  });

  test("before its settings are made is repeated, with the name of what is missing in the log", async () => {
    const event = await insertEvent(db);
    const { batch, outcomes } = makeBatch("diarist-notify", [eventMessage(event)]);
    await worker.queue(batch, { ...env, SIGNING_KEY: "" }, ctx);
    expect(outcomes()[0]).toMatch(/^retry/);
    expect(logs()).toContainEqual(
      expect.objectContaining({
        error: expect.stringContaining("wrangler secret put SIGNING_KEY --env notify"),
      }),
    );
  });
});

describe("a dead letter", () => {
  test("is logged for the operator and acknowledged; the event itself stays for the sweep", async () => {
    const event = await insertEvent(db);
    const { batch, outcomes } = makeBatch("diarist-notify-dlq", [eventMessage(event), "nonsense"]);
    await worker.queue(batch, env, ctx);
    expect(outcomes()).toEqual(["ack", "ack"]);
    expect(logs()).toContainEqual({ event: "operator.notify_dead_letter", version: 1, event_id: event });
    expect(await count(db, "SELECT count(*) AS n FROM events WHERE sweep_at IS NOT NULL")).toBe(1);
    await worker.scheduled({ scheduledTime: NOW, cron: "* * * * *" } as ScheduledController, env, ctx);
    expect(sent).toEqual([eventMessage(event)]);
  });
});

test("the Worker sends through the platform's own fetch", async () => {
  const asked = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response(null, { status: 204 }));
  const { batch, outcomes } = makeBatch("diarist-notify", [eventMessage(await insertEvent(db))]);
  await worker.queue(batch, env, ctx);
  expect(outcomes()).toEqual(["ack"]);
  await finishBackground();
  expect(asked).toHaveBeenCalledOnce();
  expect(await onlyDelivery(db)).toMatchObject({ status: "delivered" });
});
