import { describe, expect, test } from "vitest";
import { firstIdAt } from "../../shared/id.ts";
import { ATTEMPTS_KEPT_MS, LANE_LEASE_MS, WAKE_GRACE_MS } from "../../shared/limits.ts";
import {
  createDeliveries,
  type DeliveryOutcome,
  type DueDelivery,
  listDeliveries,
  readDelivery,
  readWork,
  recordAttempts,
  redeliver,
} from "../../shared/storage/deliveries.ts";
import { deleteJob } from "../../shared/storage/jobs.ts";
import { claimLane, releaseLane, removeLane, sweepLanes } from "../../shared/storage/lanes.ts";
import { removeOldAttempts } from "../../shared/storage/remove-old.ts";
import { insertTenant } from "../../shared/storage/tenants.ts";
import type { Event } from "../../shared/webhooks/event.ts";
import { complete, insertClaimedJob, NOW } from "../support/stack/jobs.ts";
import { countRowsRead, fillDeliveries } from "../support/stack/many-rows.ts";
import { count, useStorage } from "../support/stack/storage.ts";
import { readEvent } from "../support/stack/stored.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db, rowsOf } = await useStorage();

const URL = "https://example.com/hook";
const LANE = `${TENANT} https://example.com`;
const FAILED = {
  url: URL,
  startedAt: NOW,
  durationMs: 12,
  httpStatus: 503,
  error: "status",
  response: "busy",
};
const DELIVERED = { ...FAILED, httpStatus: 200, error: null, response: "ok" };
const END = { status: "delivered" as const, finishedAt: NOW };

async function completedEvent(): Promise<Event> {
  const done = await complete(db, await insertClaimedJob(db, { webhookUrl: URL }));
  const id = await db.prepare("SELECT id FROM events WHERE job_id = ?").bind(done.id).first<string>("id");
  const event = await readEvent(db, id ?? "");
  if (!event) throw new Error("the event is there");
  return event;
}

/** A delivery that is due. */
async function newDelivery(id = "dlv_1"): Promise<string> {
  await createDeliveries(db, await completedEvent(), [{ id, lane: LANE, url: URL }], NOW);
  return id;
}

async function readDue(now = NOW): Promise<DueDelivery[]> {
  return (await readWork(db, { id: LANE, tenantId: TENANT }, now, 100)).due;
}

async function onlyDue(now = NOW): Promise<DueDelivery> {
  const [delivery, ...others] = await readDue(now);
  if (!delivery || others.length > 0) throw new Error(`${others.length + 1} are due, not one`);
  return delivery;
}

/** How many took effect. */
async function record(...outcomes: DeliveryOutcome[]): Promise<number> {
  const results = await db.batch(recordAttempts(db, outcomes));
  return results.at(-1)?.meta.changes ?? 0;
}

describe("an event", () => {
  test("becomes its deliveries once, however often it is handled", async () => {
    const event = await completedEvent();
    expect(await createDeliveries(db, event, [{ id: "dlv_1", lane: LANE, url: URL }], NOW)).toEqual([LANE]);
    await createDeliveries(db, event, [{ id: "dlv_2", lane: LANE, url: URL }], NOW + 1);
    expect((await readDue()).map(({ id }) => id)).toEqual(["dlv_1"]);
    expect(await count(db, "SELECT count(*) AS n FROM events WHERE sweep_at IS NULL")).toBe(1);
  });

  test("deleted meanwhile gets no deliveries", async () => {
    const event = await completedEvent();
    await deleteJob(db, { id: event.jobId, tenantId: TENANT } as Parameters<typeof deleteJob>[1], NOW);
    await createDeliveries(db, event, [{ id: "dlv_1", lane: LANE, url: URL }], NOW);
    expect(await rowsOf(event.jobId ?? "")).toEqual({ purges: 1 });
  });

  test("says which of its lanes are free: in one that is held, what is new is found anyway", async () => {
    await newDelivery();
    const lane = await claimLane(db, LANE, NOW);
    const targets = [LANE, "other"].map((id) => ({ id: `dlv_${id}`, lane: id, url: URL }));
    expect(await createDeliveries(db, await completedEvent(), targets, NOW)).toEqual(["other"]);
    expect(lane && (await releaseLane(db, lane, NOW, false))).toBeNull();
    expect(lane && (await releaseLane(db, lane, NOW, true))).toEqual({ wakeAt: NOW });
  });
});

describe("a lane that was called for", () => {
  test("is not called for again before someone came, or should have", async () => {
    const again = async (id: string, now: number) =>
      createDeliveries(db, await completedEvent(), [{ id, lane: LANE, url: URL }], now);
    expect(await again("dlv_1", NOW)).toEqual([LANE]);
    expect(await again("dlv_2", NOW + 1)).toEqual([]);
    expect(await again("dlv_3", NOW + WAKE_GRACE_MS - 1)).toEqual([]);
    expect(await again("dlv_4", NOW + WAKE_GRACE_MS)).toEqual([LANE]);
  });
});

describe("a claim on a lane", () => {
  test("by two at once goes to one", async () => {
    await newDelivery();
    const claims = await Promise.all([claimLane(db, LANE, NOW), claimLane(db, LANE, NOW)]);
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });

  test("holds for its lease, and then goes to another, under another number", async () => {
    await newDelivery();
    const first = await claimLane(db, LANE, NOW);
    expect(await claimLane(db, LANE, NOW + LANE_LEASE_MS - 1)).toBeNull();
    const second = await claimLane(db, LANE, NOW + LANE_LEASE_MS);
    expect(second?.claim).toBeGreaterThan(first?.claim ?? Number.POSITIVE_INFINITY);
    expect(first && (await releaseLane(db, first, NOW, true))).toBeNull();
    expect(await claimLane(db, LANE, NOW + LANE_LEASE_MS + 1)).toBeNull();
  });

  test("of a lane that was removed and made again is another", async () => {
    const first = await claimLane(db, await lane(), NOW);
    await record({ delivery: await onlyDue(), attempt: DELIVERED, next: END });
    expect(first && (await removeLane(db, first))).toBe(true);
    await newDelivery("dlv_2");
    const second = await claimLane(db, LANE, NOW + 1);
    expect(second?.claim).toBeGreaterThan(first?.claim ?? Number.POSITIVE_INFINITY);
  });

  test("given back tells when the next is due, and once only", async () => {
    const claimed = await claimLane(db, await lane(), NOW);
    await record({ delivery: await onlyDue(), attempt: FAILED, next: { at: NOW + 300_000 } });
    expect(claimed && (await releaseLane(db, claimed, NOW, true))).toEqual({ wakeAt: NOW + 300_000 });
    const again = await claimLane(db, LANE, NOW + 1);
    expect(again && (await releaseLane(db, again, NOW + 1, true))).toEqual({ wakeAt: null });
    const due = await claimLane(db, LANE, NOW + 300_000);
    expect(due && (await releaseLane(db, due, NOW + 300_000, true))).toEqual({ wakeAt: NOW + 300_000 });
  });

  async function lane(): Promise<string> {
    await newDelivery();
    return LANE;
  }
});

describe("an attempt", () => {
  test("is on record with the move it causes", async () => {
    const id = await newDelivery();
    expect(await record({ delivery: await onlyDue(), attempt: FAILED, next: { at: NOW + 5_000 } })).toBe(1);
    expect(await readDue(NOW + 4_999)).toEqual([]);
    const delivery = await onlyDue(NOW + 5_000);
    expect(delivery).toMatchObject({ tries: 1, step: 2 });
    const next = { status: "delivered" as const, finishedAt: NOW + 5_001 };
    expect(await record({ delivery, attempt: { ...DELIVERED, startedAt: NOW + 5_000 }, next })).toBe(1);
    expect(await readDelivery(db, TENANT, id)).toMatchObject({
      status: "delivered",
      type: "job.completed",
      tries: 2,
      nextAttemptAt: null,
      finishedAt: NOW + 5_001,
      attempts: [
        { ...FAILED, n: 1 },
        { ...DELIVERED, n: 2, startedAt: NOW + 5_000 },
      ],
    });
  });

  test("recorded twice counts once, whatever the second says", async () => {
    const id = await newDelivery();
    const delivery = await onlyDue();
    expect(await record({ delivery, attempt: FAILED, next: { at: NOW } })).toBe(1);
    expect(await record({ delivery, attempt: DELIVERED, next: END })).toBe(0);
    expect(await readDelivery(db, TENANT, id)).toMatchObject({
      status: "pending",
      tries: 1,
      attempts: [{ ...FAILED, n: 1 }],
    });
  });

  test("is recorded together with others, each with its own end", async () => {
    await newDelivery("dlv_1");
    await newDelivery("dlv_2");
    const [first, second] = await readDue();
    if (!first || !second) throw new Error("two are due");
    const failed = { delivery: first, attempt: FAILED, next: { at: NOW + 5 } };
    expect(await record(failed, { delivery: second, attempt: DELIVERED, next: END })).toBe(2);
    expect(await readDelivery(db, TENANT, first.id)).toMatchObject({ status: "pending", tries: 1 });
    expect(await readDelivery(db, TENANT, second.id)).toMatchObject({ status: "delivered", tries: 1 });
  });

  test("of a deleted job leaves no trace", async () => {
    await newDelivery();
    const delivery = await onlyDue();
    const jobId = await db.prepare("SELECT job_id FROM deliveries").first<string>("job_id");
    await deleteJob(db, { id: jobId, tenantId: TENANT } as Parameters<typeof deleteJob>[1], NOW);
    expect(await record({ delivery, attempt: FAILED, next: { at: NOW } })).toBe(0);
    expect(await count(db, "SELECT count(*) AS n FROM attempts")).toBe(0);
  });

  test("is written whole or not at all", async () => {
    const id = await newDelivery();
    const delivery = await onlyDue();
    await db.prepare("INSERT INTO attempts VALUES (?, 1, '', 0, 0, NULL, NULL, '')").bind(id).run();
    await expect(record({ delivery, attempt: FAILED, next: { at: NOW } })).rejects.toThrow(/UNIQUE/);
    expect(await onlyDue()).toMatchObject({ tries: 0 });
  });
});

describe("a redelivery", () => {
  test("of one that is over gets a single attempt", async () => {
    const id = await newDelivery();
    await record({ delivery: await onlyDue(), attempt: DELIVERED, next: END });
    const over = await readDelivery(db, TENANT, id);
    expect(over && (await redeliver(db, over, NOW + 9))).toBe(true);
    expect(await onlyDue(NOW + 9)).toMatchObject({ id, tries: 1, step: 8 });
  });

  test("of one that waits goes on from where it was", async () => {
    const id = await newDelivery();
    await record({ delivery: await onlyDue(), attempt: FAILED, next: { at: NOW + 5_000 } });
    const waiting = await readDelivery(db, TENANT, id);
    expect(waiting && (await redeliver(db, waiting, NOW + 1))).toBe(true);
    expect(await onlyDue(NOW + 1)).toMatchObject({ id, tries: 1, step: 2 });
  });
});

describe("the sweep", () => {
  test("wakes a lane that nobody took after the grace, and not before", async () => {
    await newDelivery();
    expect(await sweepLanes(db, NOW + WAKE_GRACE_MS - 1, 100)).toEqual([]);
    expect(await sweepLanes(db, NOW + WAKE_GRACE_MS, 100)).toEqual([LANE]);
    expect(await sweepLanes(db, NOW + WAKE_GRACE_MS, 100)).toEqual([]);
  });

  test("wakes one whose Worker died when its lease ends", async () => {
    await newDelivery();
    await claimLane(db, LANE, NOW + 7);
    expect(await sweepLanes(db, NOW + 7 + LANE_LEASE_MS - 1, 100)).toEqual([]);
    expect(await sweepLanes(db, NOW + 7 + LANE_LEASE_MS, 100)).toEqual([LANE]);
  });

  test("wakes one whose next message went missing", async () => {
    await newDelivery();
    const claimed = await claimLane(db, LANE, NOW);
    await record({ delivery: await onlyDue(), attempt: FAILED, next: { at: NOW + 300_000 } });
    if (claimed) await releaseLane(db, claimed, NOW, true);
    expect(await sweepLanes(db, NOW + 300_000 + WAKE_GRACE_MS - 1, 100)).toEqual([]);
    expect(await sweepLanes(db, NOW + 300_000 + WAKE_GRACE_MS, 100)).toEqual([LANE]);
  });
});

describe("what was delivered", () => {
  const idsOf = async (filter: Parameters<typeof listDeliveries>[2], limit = 10) =>
    (await listDeliveries(db, TENANT, filter, limit)).data.map((delivery) => delivery.id);

  test("is listed newest first, by job, by lane, by status, by type and by time", async () => {
    const first = await newDelivery("dlv_1");
    const second = await newDelivery("dlv_2");
    const [, delivery] = await readDue();
    if (!delivery) throw new Error("two are due");
    await record({ delivery, attempt: DELIVERED, next: END });
    const jobId = (await readDelivery(db, TENANT, second))?.jobId ?? "";
    expect(await idsOf({})).toEqual([second, first]);
    expect(await idsOf({ before: second })).toEqual([first]);
    expect(await idsOf({ createdAfter: second })).toEqual([second]);
    expect(await idsOf({ status: "delivered" })).toEqual([second]);
    expect(await idsOf({ lane: LANE, status: "pending" })).toEqual([first]);
    expect(await idsOf({ lane: "other" })).toEqual([]);
    expect(await idsOf({ type: "job.completed" })).toEqual([second, first]);
    expect(await idsOf({ type: "job.failed" })).toEqual([]);
    expect(await idsOf({ jobId })).toEqual([second]);
    expect(await idsOf({ jobId, status: "pending" })).toEqual([]);
    expect(await idsOf({}, 1)).toEqual([second]);
  });

  test("is not shown to another tenant", async () => {
    await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "sealed");
    const id = await newDelivery();
    expect(await readDelivery(db, "ten_other", id)).toBeNull();
    expect(await listDeliveries(db, "ten_other", {}, 10)).toEqual({ data: [], next: null });
  });

  test("is listed with as many rows read for a rare status, endpoint or type as for a common one", async () => {
    await fillDeliveries(db, 5_000);
    const read = async (filter: Parameters<typeof listDeliveries>[2]) => {
      const counted = countRowsRead(db);
      const { data } = await listDeliveries(counted.db, TENANT, filter, 20);
      return { found: data.length, few: counted.rowsRead() <= 200 };
    };
    expect(await read({})).toEqual({ found: 20, few: true });
    expect(await read({ status: "delivered" })).toEqual({ found: 20, few: true });
    expect(await read({ status: "failed" })).toEqual({ found: 0, few: true });
    expect(await read({ status: "failed", lane: "ep_0" })).toEqual({ found: 0, few: true });
    expect(await read({ lane: "ep_1" })).toEqual({ found: 20, few: true });
    expect(await read({ lane: "ep_none" })).toEqual({ found: 0, few: true });
    const counted = countRowsRead(db);
    const page = await listDeliveries(counted.db, TENANT, { type: "job.failed" }, 20);
    expect(page).toEqual({ data: [], next: expect.stringMatching(/^dlv_/) });
    expect(counted.rowsRead()).toBeLessThan(2_500);
  });

  test("of a rare type is found in the end by going on", async () => {
    await fillDeliveries(db, 1_200);
    await db
      .prepare("UPDATE deliveries SET type = 'job.failed' WHERE id = (SELECT min(id) FROM deliveries)")
      .run();
    const found: string[] = [];
    let before: string | undefined;
    for (let pages = 0; pages < 4; pages++) {
      const page = await listDeliveries(db, TENANT, { type: "job.failed", before }, 20);
      found.push(...page.data.map(({ type }) => type));
      if (page.next === null) break;
      before = page.next;
    }
    expect(found).toEqual(["job.failed"]);
  });
});

describe("attempts", () => {
  test("are kept for 30 days and then removed, some at a time; the delivery stays", async () => {
    const old = NOW - ATTEMPTS_KEPT_MS;
    for (const [n, at] of [old - 1, old - 1, old, NOW].entries()) {
      await db
        .prepare("INSERT INTO attempts VALUES (?, 1, '', ?, 0, NULL, NULL, '')")
        .bind(`${firstIdAt("dlv", at)}${n}`, at)
        .run();
    }
    const left = () => count(db, "SELECT count(*) AS n FROM attempts");
    expect(await removeOldAttempts(db, old, 1)).toBe(1);
    expect(await left()).toBe(3);
    expect(await removeOldAttempts(db, old, 10)).toBe(1);
    expect(await removeOldAttempts(db, old, 10)).toBe(0);
    expect(await left()).toBe(2);
  });

  test("at an old delivery that are young themselves stay", async () => {
    const id = firstIdAt("dlv", NOW - 2 * ATTEMPTS_KEPT_MS);
    const insert = db.prepare("INSERT INTO attempts VALUES (?, ?, '', ?, 0, NULL, NULL, '')");
    await db.batch([insert.bind(id, 1, NOW - 2 * ATTEMPTS_KEPT_MS), insert.bind(id, 9, NOW - 1)]);
    expect(await removeOldAttempts(db, NOW - ATTEMPTS_KEPT_MS, 10)).toBe(1);
    expect(await count(db, "SELECT count(*) AS n FROM attempts WHERE n = 9")).toBe(1);
  });
});
