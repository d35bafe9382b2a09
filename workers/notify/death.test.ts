import { describe, expect, test } from "vitest";
import { LANE_LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../../shared/limits.ts";
import { NOW } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../tests/support/stack/storage.ts";
import { type Life, mortal, mortalDatabase, startLife } from "../../tests/support/workers/crash-after.ts";
import {
  attemptsOf,
  dispatch,
  insertEvent,
  makeNotifyWorld,
  type NotifyWorld,
  onlyDelivery,
  passTime,
  receive,
  settle,
  work,
} from "../../tests/support/workers/notify-deps.ts";
import { dispatchEvent } from "./dispatch-event.ts";
import { emptyLane } from "./process-lane.ts";
import { sweep } from "./sweep.ts";

const storage = await useStorage();
const logs = useLogs();
const { db } = storage;

const no = () => new Response(null, { status: 500 });

/** Sweeps, and handles every message that is due then; what the queue and the cron do in a minute. */
async function minute(world: NotifyWorld): Promise<void> {
  world.time += 60_000;
  await sweep(world);
  await passTime(world, world.time);
}

/** Handles the event in a life of so many steps, then gives the world back as it was. */
async function dieAfter(steps: number, world: NotifyWorld, event: string): Promise<Life> {
  const life = startLife(steps);
  const { fetch, notifyQueue } = world;
  world.db = mortalDatabase(db, life);
  world.notifyQueue = mortal(notifyQueue, life);
  world.fetch = (input, init) => life.step("webhook", () => fetch(input, init));
  await dispatchEvent(world, event).catch(() => undefined);
  await settle(world);
  Object.assign(world, { db, notifyQueue, fetch });
  return life;
}

test("a Worker killed after any step leaves an event that is delivered all the same, under one id, and attempts that are counted right", async () => {
  for (let steps = 1; ; steps++) {
    await db.batch(
      ["attempts", "deliveries", "lanes", "events"].map((table) => db.prepare(`DELETE FROM ${table}`)),
    );
    const world = makeNotifyWorld(storage);
    const hooks = receive(world, no);
    const event = await insertEvent(db);
    const life = await dieAfter(steps, world, event);
    if (!life.isOver()) {
      expect(steps).toBeGreaterThan(5);
      break;
    }
    for (let n = 0; n < 10 && (await isOpen()); n++) await minute(world);

    const where = `killed after ${steps}: ${life.steps.at(-1)}`;
    const unrecorded = life.steps.at(-1) === "webhook" ? 1 : 0;
    expect(await onlyDelivery(db), where).toMatchObject({ status: "delivered", tries: 2 - unrecorded });
    expect(await attemptsOf(db), where).toHaveLength(2 - unrecorded);
    const ids = hooks.map((hook) => hook.headers["webhook-id"]);
    expect(ids, where).toEqual([event, event]);
    expect(hooks[0]?.body, where).toBe(hooks[1]?.body);
  }
});

/** Whether something is still to be done about the only event. */
async function isOpen(): Promise<boolean> {
  const open = `SELECT (SELECT count(*) FROM events WHERE sweep_at IS NOT NULL)
    + (SELECT count(*) FROM deliveries WHERE status = 'pending') AS n`;
  return (await count(db, open)) > 0;
}

describe("a Worker that is killed after sending and before the record", () => {
  test("leaves a lane that is worked in again after the lease, not before", async () => {
    const world = makeNotifyWorld(storage);
    const hooks = receive(world);
    const life = await dieAfter(5, world, await insertEvent(db));
    expect(life.steps.at(-1)).toBe("webhook");
    const { lane } = await onlyDelivery(db);
    world.time = NOW + LANE_LEASE_MS - 1;
    await work(world, lane);
    expect(hooks).toHaveLength(1);
    world.time += 1;
    await sweep(world);
    expect(world.woken).toEqual([{ id: lane, delaySeconds: 0 }]);
    await work(world, lane);
    expect(hooks).toHaveLength(2);
    expect(hooks[1]).toMatchObject({
      body: hooks[0]?.body,
      headers: { "webhook-id": hooks[0]?.headers["webhook-id"] },
    });
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 1 });
  });

  test("and comes back late, does not overwrite what the next one has on record", async () => {
    const world = makeNotifyWorld(storage);
    const answered = Promise.withResolvers<Response>();
    const sent = Promise.withResolvers<void>();
    const hooks = receive(world, () => {
      sent.resolve();
      return answered.promise;
    });
    await dispatchEvent(world, await insertEvent(db));
    const [late] = world.behind.splice(0);
    await sent.promise;
    world.time = NOW + LANE_LEASE_MS;
    await emptyLane(world, (await onlyDelivery(db)).lane);
    await settle(world);
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
    const world = makeNotifyWorld(storage);
    const hooks = receive(world);
    const event = await insertEvent(db);
    world.time = NOW + WAKE_GRACE_MS - 1;
    await sweep(world);
    expect(world.woken).toEqual([]);
    await minute(world);
    expect(hooks).toMatchObject([{ headers: { "webhook-id": event } }]);
    world.woken.length = 0;
    await minute(world);
    expect(world.woken).toEqual([]);
  });

  test("repeats the message of a delivery that was lost, when its attempt is overdue", async () => {
    const world = makeNotifyWorld(storage);
    receive(world, no);
    await dispatch(world, await insertEvent(db));
    const due = NOW + 5_000;
    world.woken.length = 0;
    world.queue.length = 0;
    world.time = due + WAKE_GRACE_MS - 1;
    await sweep(world);
    expect(world.woken).toEqual([]);
    await minute(world);
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 2 });
  });

  test("that cannot send loses nothing: it comes round again", async () => {
    const world = makeNotifyWorld(storage);
    const hooks = receive(world);
    await insertEvent(db);
    const { sendBatch } = world.notifyQueue;
    world.notifyQueue.sendBatch = () => Promise.reject(new Error("Queue is overloaded. Please back off."));
    world.time = NOW + WAKE_GRACE_MS;
    await sweep(world);
    expect(logs()).toContainEqual(expect.objectContaining({ event: "wake.send_failed" }));
    world.notifyQueue.sendBatch = sendBatch;
    world.time += WAKE_REPEAT_MS;
    await minute(world);
    expect(hooks).toHaveLength(1);
  });

  test("wakes more than one batch can hold", async () => {
    const world = makeNotifyWorld(storage);
    await insertEvent(db);
    const copy = `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at)
      SELECT 'evt_' || n, tenant_id, job_id, n + 1, type, body, created_at, sweep_at
      FROM events, (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 149) SELECT n FROM r)`;
    await db.prepare(copy).run();
    world.time = NOW + WAKE_GRACE_MS;
    await sweep(world);
    expect(world.woken).toHaveLength(150);
    expect(new Set(world.woken.map((message) => message.id)).size).toBe(150);
  });
});
