import { describe, expect, test } from "vitest";
import { LANE_LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../../shared/limits.ts";
import { NOW } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../tests/support/stack/storage.ts";
import { crashing, crashingDatabase, type Life, startLife } from "../../tests/support/workers/crash-after.ts";
import { KILLS, killAfterEach } from "../../tests/support/workers/kill-after.ts";
import {
  attemptsOf,
  dispatch,
  finishBackground,
  insertEvent,
  makeNotifyDeps,
  type NotifyDeps,
  onlyDelivery,
  passTime,
  receive,
  work,
} from "../../tests/support/workers/notify-deps.ts";
import { dispatchEvent } from "./dispatch-event.ts";
import { processLane } from "./process-lane.ts";
import { sweep } from "./sweep.ts";

const storage = await useStorage();
const logs = useLogs();
const { db } = storage;

const no = () => new Response(null, { status: 500 });

/** Sweeps, and handles every message that is due then: one minute of the queue and the cron. */
async function minute(deps: NotifyDeps): Promise<void> {
  deps.time += 60_000;
  await sweep(deps);
  await passTime(deps, deps.time);
}

/** Handles the event in a life of `steps` steps, then restores the deps. */
async function dieAfter(steps: number, deps: NotifyDeps, event: string): Promise<Life> {
  const life = startLife(steps);
  const { fetch, notifyQueue } = deps;
  deps.db = crashingDatabase(db, life);
  deps.notifyQueue = crashing(notifyQueue, life);
  deps.fetch = (input, init) => life.step("webhook", () => fetch(input, init));
  await dispatchEvent(deps, event).catch(() => undefined);
  await finishBackground(deps);
  Object.assign(deps, { db, notifyQueue, fetch });
  return life;
}

test("a Worker killed after any step leaves an event that is delivered all the same, under one id, and attempts that are counted right", async () => {
  const steps = await killAfterEach(async (most) => {
    await db.batch(
      ["attempts", "deliveries", "lanes", "events"].map((table) => db.prepare(`DELETE FROM ${table}`)),
    );
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps, no);
    const event = await insertEvent(db);
    const life = await dieAfter(most, deps, event);
    if (!life.isOver()) return life.steps.length;
    for (let n = 0; n < 10 && (await isOpen()); n++) await minute(deps);

    const where = `killed after ${most}: ${life.steps.at(-1)} (${KILLS})`;
    const unrecorded = life.steps.at(-1) === "webhook" ? 1 : 0;
    expect(await onlyDelivery(db), where).toMatchObject({ status: "delivered", tries: 2 - unrecorded });
    expect(await attemptsOf(db), where).toHaveLength(2 - unrecorded);
    const ids = hooks.map((hook) => hook.headers["webhook-id"]);
    expect(ids, where).toEqual([event, event]);
    expect(hooks[0]?.body, where).toBe(hooks[1]?.body);
    return life.steps.length;
  });
  expect(steps).toBeGreaterThan(4);
});

/** Whether something is left to do for the only event. */
async function isOpen(): Promise<boolean> {
  const open = `SELECT (SELECT count(*) FROM events WHERE sweep_at IS NOT NULL)
    + (SELECT count(*) FROM deliveries WHERE status = 'pending') AS n`;
  return (await count(db, open)) > 0;
}

describe("a Worker that is killed after sending and before the record", () => {
  test("leaves a lane that is worked in again after the lease, not before", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps);
    const life = await dieAfter(5, deps, await insertEvent(db));
    expect(life.steps.at(-1)).toBe("webhook");
    const { lane } = await onlyDelivery(db);
    deps.time = NOW + LANE_LEASE_MS - 1;
    await work(deps, lane);
    expect(hooks).toHaveLength(1);
    deps.time += 1;
    await sweep(deps);
    expect(deps.woken).toEqual([{ id: lane, delaySeconds: 0 }]);
    await work(deps, lane);
    expect(hooks).toHaveLength(2);
    expect(hooks[1]).toMatchObject({
      body: hooks[0]?.body,
      headers: { "webhook-id": hooks[0]?.headers["webhook-id"] },
    });
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 1 });
  });

  test("and comes back late, does not overwrite what the next one has on record", async () => {
    const deps = makeNotifyDeps(storage);
    const answered = Promise.withResolvers<Response>();
    const sent = Promise.withResolvers<void>();
    const hooks = receive(deps, () => {
      sent.resolve();
      return answered.promise;
    });
    await dispatchEvent(deps, await insertEvent(db));
    const [late] = deps.background.splice(0);
    await sent.promise;
    deps.time = NOW + LANE_LEASE_MS;
    await processLane(deps, (await onlyDelivery(db)).lane);
    await finishBackground(deps);
    answered.resolve(no());
    await late;
    expect(hooks).toHaveLength(2);
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 1 });
    expect(await attemptsOf(db)).toEqual([{ n: 1, http_status: 204, error: null }]);
    expect(logs()).toContainEqual(expect.objectContaining({ event: "delivery.record_lost" }));
  });
});

describe("the sweep", () => {
  test("repeats the message of an event that was lost, after the grace and not before", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps);
    const event = await insertEvent(db);
    deps.time = NOW + WAKE_GRACE_MS - 1;
    await sweep(deps);
    expect(deps.woken).toEqual([]);
    await minute(deps);
    expect(hooks).toMatchObject([{ headers: { "webhook-id": event } }]);
    deps.woken.length = 0;
    await minute(deps);
    expect(deps.woken).toEqual([]);
  });

  test("repeats the message of a delivery that was lost, when its attempt is overdue", async () => {
    const deps = makeNotifyDeps(storage);
    receive(deps, no);
    await dispatch(deps, await insertEvent(db));
    const due = NOW + 5_000;
    deps.woken.length = 0;
    deps.queue.length = 0;
    deps.time = due + WAKE_GRACE_MS - 1;
    await sweep(deps);
    expect(deps.woken).toEqual([]);
    await minute(deps);
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 2 });
  });

  test("that cannot send loses nothing: the sweep retries it", async () => {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps);
    await insertEvent(db);
    const { sendBatch } = deps.notifyQueue;
    deps.notifyQueue.sendBatch = () => Promise.reject(new Error("Queue is overloaded. Please back off."));
    deps.time = NOW + WAKE_GRACE_MS;
    await sweep(deps);
    expect(logs()).toContainEqual(expect.objectContaining({ event: "wake.send_failed" }));
    deps.notifyQueue.sendBatch = sendBatch;
    deps.time += WAKE_REPEAT_MS;
    await minute(deps);
    expect(hooks).toHaveLength(1);
  });

  test("wakes more than one batch can hold", async () => {
    const deps = makeNotifyDeps(storage);
    await insertEvent(db);
    const copy = `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at)
      SELECT 'evt_' || n, tenant_id, job_id, n + 1, type, body, created_at, sweep_at
      FROM events, (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 149) SELECT n FROM r)`;
    await db.prepare(copy).run();
    deps.time = NOW + WAKE_GRACE_MS;
    await sweep(deps);
    expect(deps.woken).toHaveLength(150);
    expect(new Set(deps.woken.map((message) => message.id)).size).toBe(150);
  });
});
