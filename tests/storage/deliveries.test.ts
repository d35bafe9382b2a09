import { describe, expect, test } from "vitest";
import type { Event } from "../../shared/event.ts";
import { DELIVERY_LEASE_MS, WAKE_GRACE_MS } from "../../shared/limits.ts";
import {
  type Attempt,
  claimDelivery,
  createDeliveries,
  type Delivery,
  deliveriesOf,
  listDeliveries,
  readDelivery,
  recordAttempt,
  sweepDeliveries,
} from "../../shared/storage/deliveries.ts";
import { readEvent } from "../../shared/storage/events.ts";
import { deleteJob } from "../../shared/storage/jobs.ts";
import { insertTenant } from "../../shared/storage/tenants.ts";
import { complete, insertHeldJob, NOW } from "../support/jobs.ts";
import { count, useStorage } from "../support/storage.ts";
import { TENANT } from "../support/tenant.ts";

const { db, rowsOf } = await useStorage();

const URL = "https://example.com/hook";
const FAILED: Attempt = {
  n: 1,
  url: URL,
  startedAt: NOW,
  durationMs: 12,
  httpStatus: 503,
  error: "status",
  response: "busy",
};
const DELIVERED: Attempt = { ...FAILED, httpStatus: 200, error: null, response: "ok" };

async function completedEvent(): Promise<Event> {
  const done = await complete(db, await insertHeldJob(db, { webhookUrl: URL }));
  const id = await db.prepare("SELECT id FROM events WHERE job_id = ?").bind(done.id).first<string>("id");
  const event = await readEvent(db, id ?? "");
  if (!event) throw new Error("the event is there");
  return event;
}

/** A delivery that is due, and not claimed yet. */
async function newDelivery(id = "dlv_1"): Promise<string> {
  await createDeliveries(db, await completedEvent(), [{ id, destination: "job", url: URL }], NOW);
  return id;
}

async function claimed(id: string, now = NOW): Promise<Delivery> {
  const delivery = await claimDelivery(db, id, now);
  if (!delivery) throw new Error(`${id} is not due`);
  return delivery;
}

describe("an event", () => {
  test("becomes its deliveries once, however often it is handled", async () => {
    const event = await completedEvent();
    await createDeliveries(db, event, [{ id: "dlv_1", destination: "job", url: URL }], NOW);
    await createDeliveries(db, event, [{ id: "dlv_2", destination: "job", url: URL }], NOW + 1);
    expect(await deliveriesOf(db, event.id)).toEqual(["dlv_1"]);
    expect(await count(db, "SELECT count(*) AS n FROM events WHERE sweep_at IS NULL")).toBe(1);
  });

  test("deleted meanwhile gets no deliveries", async () => {
    const event = await completedEvent();
    await deleteJob(db, { id: event.jobId, tenantId: TENANT } as Parameters<typeof deleteJob>[1], NOW);
    await createDeliveries(db, event, [{ id: "dlv_1", destination: "job", url: URL }], NOW);
    expect(await rowsOf(event.jobId)).toEqual({ purges: 1 });
  });
});

describe("a claim", () => {
  test("by two at once goes to one", async () => {
    const id = await newDelivery();
    const claims = await Promise.all([claimDelivery(db, id, NOW), claimDelivery(db, id, NOW)]);
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });

  test("holds for its lease, and then another may take it with the same count of attempts", async () => {
    const id = await newDelivery();
    await claimed(id);
    expect(await claimDelivery(db, id, NOW + DELIVERY_LEASE_MS - 1)).toBeNull();
    expect(await claimDelivery(db, id, NOW + DELIVERY_LEASE_MS)).toMatchObject({ claim: 2, tries: 0 });
  });

  test("before the next attempt is due is none", async () => {
    const id = await newDelivery();
    await recordAttempt(db, await claimed(id), FAILED, { at: NOW + 5_000 });
    expect(await claimDelivery(db, id, NOW + 4_999)).toBeNull();
    expect(await claimDelivery(db, id, NOW + 5_000)).toMatchObject({ tries: 1 });
  });

  test("of one that is over, or gone, is none", async () => {
    const id = await newDelivery();
    await recordAttempt(db, await claimed(id), DELIVERED, { status: "delivered", finishedAt: NOW });
    expect(await claimDelivery(db, id, NOW + DELIVERY_LEASE_MS)).toBeNull();
    expect(await claimDelivery(db, "dlv_gone", NOW)).toBeNull();
  });
});

describe("an attempt", () => {
  test("is on record with the move it causes", async () => {
    const id = await newDelivery();
    expect(await recordAttempt(db, await claimed(id), FAILED, { at: NOW + 5_000 })).toBe(true);
    const second = await claimed(id, NOW + 5_000);
    const end = { status: "delivered" as const, finishedAt: NOW + 5_001 };
    expect(await recordAttempt(db, second, { ...DELIVERED, startedAt: NOW + 5_000 }, end)).toBe(true);
    expect(await readDelivery(db, TENANT, id)).toMatchObject({
      status: "delivered",
      type: "job.completed",
      tries: 2,
      nextAttemptAt: null,
      finishedAt: NOW + 5_001,
      attempts: [FAILED, { ...DELIVERED, n: 2, startedAt: NOW + 5_000 }],
    });
  });

  test("recorded twice counts once", async () => {
    const id = await newDelivery();
    const delivery = await claimed(id);
    await recordAttempt(db, delivery, DELIVERED, { status: "delivered", finishedAt: NOW });
    expect(await recordAttempt(db, delivery, DELIVERED, { status: "delivered", finishedAt: NOW })).toBe(
      false,
    );
    expect(await readDelivery(db, TENANT, id)).toMatchObject({ tries: 1, attempts: [DELIVERED] });
  });

  test("of a Worker that lost its claim leaves no trace", async () => {
    const id = await newDelivery();
    const stale = await claimed(id);
    const held = await claimed(id, NOW + DELIVERY_LEASE_MS);
    const end = { status: "failed" as const, finishedAt: NOW };
    expect(await recordAttempt(db, stale, FAILED, end)).toBe(false);
    expect(await recordAttempt(db, stale, FAILED, { at: NOW })).toBe(false);
    expect(await readDelivery(db, TENANT, id)).toMatchObject({
      status: "pending",
      tries: 0,
      claim: held.claim,
      attempts: [],
    });
  });

  test("of a deleted job leaves no trace", async () => {
    const id = await newDelivery();
    const held = await claimed(id);
    await deleteJob(db, { id: held.jobId, tenantId: TENANT } as Parameters<typeof deleteJob>[1], NOW);
    expect(await recordAttempt(db, held, FAILED, { at: NOW })).toBe(false);
    expect(await count(db, "SELECT count(*) AS n FROM attempts")).toBe(0);
  });

  test("is written whole or not at all", async () => {
    const id = await newDelivery();
    const held = await claimed(id);
    await db.prepare("INSERT INTO attempts VALUES (?, 1, '', 0, 0, NULL, NULL, '')").bind(id).run();
    await expect(recordAttempt(db, held, FAILED, { at: NOW })).rejects.toThrow(/UNIQUE/);
    expect(await claimDelivery(db, id, NOW + DELIVERY_LEASE_MS)).toMatchObject({ tries: 0 });
  });
});

describe("the sweep", () => {
  test("wakes a delivery that nobody took after the grace, and not before", async () => {
    const id = await newDelivery();
    expect(await sweepDeliveries(db, NOW + WAKE_GRACE_MS - 1, 100)).toEqual([]);
    expect(await sweepDeliveries(db, NOW + WAKE_GRACE_MS, 100)).toEqual([id]);
    expect(await sweepDeliveries(db, NOW + WAKE_GRACE_MS, 100)).toEqual([]);
  });

  test("wakes one whose Worker died when its lease ends", async () => {
    const id = await newDelivery();
    await claimed(id);
    expect(await sweepDeliveries(db, NOW + DELIVERY_LEASE_MS - 1, 100)).toEqual([]);
    expect(await sweepDeliveries(db, NOW + DELIVERY_LEASE_MS, 100)).toEqual([id]);
    expect(await claimDelivery(db, id, NOW + DELIVERY_LEASE_MS)).not.toBeNull();
  });

  test("wakes one whose next message went missing", async () => {
    const id = await newDelivery();
    await recordAttempt(db, await claimed(id), FAILED, { at: NOW + 300_000 });
    expect(await sweepDeliveries(db, NOW + 300_000 + WAKE_GRACE_MS - 1, 100)).toEqual([]);
    expect(await sweepDeliveries(db, NOW + 300_000 + WAKE_GRACE_MS, 100)).toEqual([id]);
  });

  test("leaves what is over alone", async () => {
    const id = await newDelivery();
    await recordAttempt(db, await claimed(id), DELIVERED, { status: "delivered", finishedAt: NOW });
    expect(await sweepDeliveries(db, NOW + 365 * 86_400_000, 100)).toEqual([]);
  });
});

describe("what was delivered", () => {
  test("is listed newest first, by job and by status", async () => {
    const first = await newDelivery("dlv_1");
    const second = await newDelivery("dlv_2");
    const held = await claimed(second);
    await recordAttempt(db, held, DELIVERED, { status: "delivered", finishedAt: NOW });
    const ids = async (filter: Parameters<typeof listDeliveries>[2], limit = 10) =>
      (await listDeliveries(db, TENANT, filter, limit)).map((delivery) => delivery.id);
    expect(await ids({})).toEqual([second, first]);
    expect(await ids({ before: second })).toEqual([first]);
    expect(await ids({ status: "delivered" })).toEqual([second]);
    expect(await ids({ jobId: held.jobId, status: "pending" })).toEqual([]);
    expect(await ids({}, 1)).toEqual([second]);
  });

  test("is not shown to another tenant", async () => {
    await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "sealed");
    const id = await newDelivery();
    expect(await readDelivery(db, "ten_other", id)).toBeNull();
    expect(await listDeliveries(db, "ten_other", {}, 10)).toEqual([]);
  });
});
