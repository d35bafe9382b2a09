import { describe, expect, test } from "vitest";
import { DELIVERY_LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../../shared/limits.ts";
import { NOW } from "../../tests/support/jobs.ts";
import { useLogs } from "../../tests/support/logs.ts";
import { type Life, mortal, mortalDatabase, startLife } from "../../tests/support/mortal.ts";
import {
  attemptsOf,
  insertEvent,
  makeNotifyWorld,
  type NotifyWorld,
  onlyDelivery,
  receive,
} from "../../tests/support/notify-world.ts";
import { count, useStorage } from "../../tests/support/storage.ts";
import { deliver } from "./deliver.ts";
import { dispatchEvent } from "./dispatch-event.ts";
import { wakeDeliveries } from "./sweep.ts";

const storage = await useStorage();
const logs = useLogs();
const { db } = storage;

const no = () => new Response(null, { status: 500 });

/** Sweeps, and handles every message that is due then; what the queue and the cron do in a minute. */
async function minute(world: NotifyWorld): Promise<void> {
  world.time += 60_000;
  world.woken.length = 0;
  await wakeDeliveries(world);
  for (const { id } of [...world.woken]) {
    if (id.startsWith("evt_")) await dispatchEvent(world, id);
    else await deliver(world, id);
  }
}

/** Handles the event in a life of so many steps, then gives the world back as it was. */
async function dieAfter(steps: number, world: NotifyWorld, event: string): Promise<Life> {
  const life = startLife(steps);
  const { fetch, notifyQueue } = world;
  world.db = mortalDatabase(db, life);
  world.notifyQueue = mortal(notifyQueue, life);
  world.fetch = (input, init) => life.step("webhook", () => fetch(input, init));
  await dispatchEvent(world, event).catch(() => undefined);
  Object.assign(world, { db, notifyQueue, fetch });
  return life;
}

test("a Worker killed after any step leaves an event that is delivered all the same, under one id, and attempts that are counted right", async () => {
  for (let steps = 1; ; steps++) {
    await db.batch(["attempts", "deliveries", "events"].map((table) => db.prepare(`DELETE FROM ${table}`)));
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
  test("leaves a delivery that is sent again after the lease, not before", async () => {
    const world = makeNotifyWorld(storage);
    const hooks = receive(world);
    await dispatchEvent(world, await insertEvent(db));
    const { id } = await onlyDelivery(db);
    await db.batch([
      db.prepare("DELETE FROM attempts"),
      db
        .prepare("UPDATE deliveries SET status = 'pending', tries = 0, next_attempt_at = ?, sweep_at = ?")
        .bind(NOW + DELIVERY_LEASE_MS, NOW + DELIVERY_LEASE_MS),
    ]);
    world.time = NOW + DELIVERY_LEASE_MS - 1;
    await deliver(world, id);
    expect(hooks).toHaveLength(1);
    world.time += 1;
    await wakeDeliveries(world);
    expect(world.woken).toEqual([{ id, delaySeconds: 0 }]);
    await deliver(world, id);
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
    const late = dispatchEvent(world, await insertEvent(db));
    await sent.promise;
    world.time = NOW + DELIVERY_LEASE_MS;
    await deliver(world, (await onlyDelivery(db)).id);
    answered.resolve(no());
    await late;
    expect(hooks).toHaveLength(2);
    expect(await onlyDelivery(db)).toMatchObject({ status: "delivered", tries: 1 });
    expect(await attemptsOf(db)).toEqual([{ n: 1, http_status: 204, error: null }]);
    expect(logs()).toContainEqual(expect.objectContaining({ event: "delivery.claim_lost" }));
  });
});

describe("the sweep", () => {
  test("repeats the message of an event that was lost, after the grace and not before", async () => {
    const world = makeNotifyWorld(storage);
    const hooks = receive(world);
    const event = await insertEvent(db);
    world.time = NOW + WAKE_GRACE_MS - 1;
    await wakeDeliveries(world);
    expect(world.woken).toEqual([]);
    await minute(world);
    expect(hooks).toMatchObject([{ headers: { "webhook-id": event } }]);
    await minute(world);
    expect(world.woken).toEqual([]);
  });

  test("repeats the message of a delivery that was lost, when its attempt is overdue", async () => {
    const world = makeNotifyWorld(storage);
    receive(world, no);
    await dispatchEvent(world, await insertEvent(db));
    const due = NOW + 5_000;
    world.woken.length = 0;
    world.time = due + WAKE_GRACE_MS - 1;
    await wakeDeliveries(world);
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
    await wakeDeliveries(world);
    expect(logs()).toContainEqual(expect.objectContaining({ event: "sweep.send_failed" }));
    world.notifyQueue.sendBatch = sendBatch;
    world.time += WAKE_REPEAT_MS;
    await minute(world);
    expect(hooks).toHaveLength(1);
  });

  test("wakes more than one batch can hold", async () => {
    const world = makeNotifyWorld(storage);
    await insertEvent(db);
    const copy = `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at) SELECT 'evt_' || n, tenant_id, job_id, n + 1, type, body, created_at, sweep_at
      FROM events, (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 149) SELECT n FROM r)`;
    await db.prepare(copy).run();
    world.time = NOW + WAKE_GRACE_MS;
    await wakeDeliveries(world);
    expect(world.woken).toHaveLength(150);
    expect(new Set(world.woken.map((message) => message.id)).size).toBe(150);
  });
});
