import { afterEach, describe, expect, test, vi } from "vitest";
import { WAKE_GRACE_MS } from "../../shared/limits.ts";
import { deleteJob } from "../../shared/storage/jobs.ts";
import { NOW } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../tests/support/stack/storage.ts";
import { TENANT } from "../../tests/support/stack/tenant.ts";
import {
  attemptsOf,
  dispatch,
  HOOK,
  insertEvent,
  makeNotifyDeps,
  onlyDelivery,
  passTime,
  receive,
  work,
} from "../../tests/support/workers/notify-deps.ts";
import { sweep } from "./sweep.ts";

const storage = await useStorage();
const logs = useLogs();
const { db } = storage;

describe("an event", () => {
  test("is delivered at once, signed, to the job's own address", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps, new Response("thanks"));
    const id = await insertEvent(db);
    const { body } = (await db.prepare("SELECT body FROM events").first<{ body: string }>()) ?? {};

    await dispatch(deps, id);

    expect(hooks).toMatchObject([
      {
        url: HOOK,
        body,
        headers: {
          "webhook-id": id,
          "webhook-timestamp": String(NOW / 1000),
          "content-type": "application/json",
        },
      },
    ]);
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 1, finished_at: NOW });
    expect(await db.prepare("SELECT * FROM attempts").first()).toMatchObject({
      n: 1,
      url: HOOK,
      started_at: NOW,
      http_status: 200,
      error: null,
      response: "thanks",
    });
    expect(deps.woken).toEqual([]);
  });

  test("of a job without an address is done with, and swept no more", async () => {
    const deps = makeNotifyDeps(storage);
    await dispatch(deps, await insertEvent(db, null));
    expect(await count(db, "SELECT count(*) AS n FROM deliveries")).toBe(0);
    expect(await count(db, "SELECT count(*) AS n FROM events WHERE sweep_at IS NOT NULL")).toBe(0);
  });

  test("that is gone is nobody's", async () => {
    await dispatch(makeNotifyDeps(storage), "evt_gone");
    expect(logs()).toContainEqual({ event: "event.gone", event_id: "evt_gone" });
  });

  test("whose job is deleted just then leaves nothing behind", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps);
    const id = await insertEvent(db);
    const jobId = (await db.prepare("SELECT job_id FROM events").first<string>("job_id")) ?? "";
    const job = { id: jobId, tenantId: TENANT } as Parameters<typeof deleteJob>[1];
    // The event has been read; its deliveries are about to be written.
    deps.db = {
      prepare: (sql: string) => db.prepare(sql),
      batch: (list: D1PreparedStatement[]) => deleteJob(db, job, NOW).then(() => db.batch(list)),
    } as unknown as D1Database;
    await dispatch(deps, id);
    expect(hooks).toEqual([]);
    expect(await storage.rowsOf(jobId)).toEqual({ purges: 1 });
  });
});

describe("a message handled again", () => {
  test("or at once by several leads to one attempt", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps);
    const id = await insertEvent(db);
    await Promise.all([dispatch(deps, id), dispatch(deps, id), dispatch(deps, id)]);
    await dispatch(deps, id);
    expect(hooks).toHaveLength(1);
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 1 });
  });

  test("for a delivery, at once by several, does too", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps, new Response(null, { status: 500 }));
    await dispatch(deps, await insertEvent(db));
    const { lane, next_attempt_at } = await onlyDelivery(db);
    deps.time = next_attempt_at ?? 0;
    await Promise.all([work(deps, lane), work(deps, lane), work(deps, lane)]);
    expect(hooks).toHaveLength(2);
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 2 });
  });

  test("before the next attempt is due sends nothing", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps, new Response(null, { status: 500 }));
    const event = await insertEvent(db);
    await dispatch(deps, event);
    deps.time += 4_999;
    await dispatch(deps, event);
    await work(deps, (await onlyDelivery(db)).lane);
    expect(hooks).toHaveLength(1);
  });
});

describe("what ends a delivery at the first attempt", () => {
  test("410: the receiver is gone for good", async () => {
    const deps = makeNotifyDeps(storage);
    receive(deps, new Response("gone", { status: 410 }));
    await dispatch(deps, await insertEvent(db));
    expect(await onlyDelivery(db)).toMatchObject({ status: "discarded", tries: 1, next_attempt_at: null });
    expect(await attemptsOf(db)).toEqual([{ n: 1, http_status: 410, error: "status" }]);
    expect(deps.woken).toEqual([]);
  });

  test("an address that may not be called: nothing is sent", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps);
    await dispatch(deps, await insertEvent(db, "https://10.0.0.1/hook"));
    expect(hooks).toEqual([]);
    expect(await onlyDelivery(db)).toMatchObject({ status: "discarded", tries: 1 });
    expect(await attemptsOf(db)).toEqual([{ n: 1, http_status: null, error: "refused" }]);
  });

  test("our own address, or one over http, is such an address", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps);
    await dispatch(deps, await insertEvent(db, "https://diarist.example.com/v1/jobs"));
    await dispatch(deps, await insertEvent(db, "http://app.example.com/hook"));
    expect(hooks).toEqual([]);
    expect(await count(db, "SELECT count(*) AS n FROM deliveries WHERE status = 'discarded'")).toBe(2);
  });

  test("loopback is one in a deployment and none under npm start", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps);
    await dispatch(deps, await insertEvent(db, "http://127.0.0.1:3000/hook"));
    expect(hooks).toEqual([]);
    deps.config.allowLocal = true;
    deps.config.baseUrl = "http://127.0.0.1:8787";
    await dispatch(deps, await insertEvent(db, "http://127.0.0.1:3000/hook"));
    expect(hooks).toHaveLength(1);
  });
});

describe("what counts as a failed attempt", () => {
  afterEach(() => void vi.restoreAllMocks());

  /** The recorded attempt, and how long the next one waits, in seconds. */
  async function fail(answer: Parameters<typeof receive>[1]) {
    const deps = makeNotifyDeps(storage, { random: () => 0 });
    receive(deps, answer);
    await dispatch(deps, await insertEvent(db));
    const { status, tries, next_attempt_at } = await onlyDelivery(db);
    expect({ status, tries }).toEqual({ status: "pending", tries: 1 });
    const seconds = ((next_attempt_at ?? 0) - NOW) / 1000;
    expect(deps.woken).toMatchObject([{ delaySeconds: Math.ceil(seconds) }]);
    return { ...(await attemptsOf(db))[0], seconds };
  }

  test("500", async () => {
    const answer = new Response("oops", { status: 500 });
    expect(await fail(answer)).toEqual({ n: 1, http_status: 500, error: "status", seconds: 4 });
  });
  test("404, for it may be mended", async () => {
    expect(await fail(new Response(null, { status: 404 }))).toMatchObject({ http_status: 404, seconds: 4 });
  });
  test("a redirect", async () => {
    const answer = new Response(null, { status: 302, headers: { location: "https://other.example.com" } });
    expect(await fail(answer)).toMatchObject({ http_status: 302, error: "redirect" });
  });
  test("no connection", async () => {
    expect(await fail(new TypeError("fetch failed"))).toMatchObject({ http_status: null, error: "network" });
  });
  test("no answer in time, and then at least a minute's peace", async () => {
    const late = new AbortController();
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(late.signal);
    const answer = () => {
      late.abort(new DOMException("too late", "TimeoutError"));
      return Promise.reject(late.signal.reason);
    };
    expect(await fail(answer)).toEqual({ n: 1, http_status: null, error: "timeout", seconds: 60 });
  });
  test("503, and then at least a minute's peace", async () => {
    expect(await fail(new Response(null, { status: 503 }))).toMatchObject({ seconds: 60 });
  });
  test("429 with Retry-After, which is kept to", async () => {
    const answer = new Response(null, { status: 429, headers: { "retry-after": "120" } });
    expect(await fail(answer)).toMatchObject({ seconds: 120 });
  });
  test("503 with Retry-After as a date, which is kept to", async () => {
    const headers = { "retry-after": "Fri, 20 Nov 2026 12:30:00 GMT" };
    expect(await fail(new Response(null, { status: 503, headers }))).toMatchObject({ seconds: 1_800 });
  });
});

describe("what is ours to answer for", () => {
  test("a queue that takes no message does not lose the delivery: the attempt counts, and the sweep wakes the next", async () => {
    const deps = makeNotifyDeps(storage);
    receive(deps, new Response(null, { status: 500 }));
    const { send } = deps.notifyQueue;
    deps.notifyQueue.send = () => Promise.reject(new Error("Queue is overloaded. Please back off."));
    await dispatch(deps, await insertEvent(db));
    expect(await onlyDelivery(db)).toMatchObject({
      status: "pending",
      tries: 1,
      next_attempt_at: NOW + 5_000,
    });
    deps.notifyQueue.send = send;
    deps.time = NOW + 5_000 + WAKE_GRACE_MS;
    await sweep(deps);
    await passTime(deps, deps.time);
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 2 });
  });

  test("a secret that cannot be opened is not charged to the receiver", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps);
    deps.config.signingKey = "another key";
    await dispatch(deps, await insertEvent(db));
    expect(hooks).toEqual([]);
    expect(logs()).toContainEqual(expect.objectContaining({ event: "lane.crashed" }));
    expect(await onlyDelivery(db)).toMatchObject({ status: "pending", tries: 0 });
  });
});

test("the log says what came of it, and neither address nor answer", async () => {
  const deps = makeNotifyDeps(storage);
  receive(deps, new Response("private words", { status: 500 }));
  await dispatch(deps, await insertEvent(db));
  expect(logs()).toEqual([
    expect.objectContaining({ event: "delivery.attempted", n: 1, status: 500, outcome: "will_retry" }),
  ]);
  expect(JSON.stringify(logs())).not.toMatch(/private words|app\.example\.com/);
});
