import { describe, expect, test } from "vitest";
import { newId } from "../../shared/id.ts";
import { positionBeforeLast, readEventsBehind } from "../../shared/storage/event-feed.ts";
import { insertEventIf } from "../../shared/storage/events.ts";
import { completed } from "../../shared/storage/job-work.ts";
import { deleteJob } from "../../shared/storage/jobs.ts";
import { insertTenant } from "../../shared/storage/tenants.ts";
import { complete, eventFor, insertClaimedJob, NOW, RESULT } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";

const { db } = await useStorage();

/** A tenant whose events are those of one test. */
async function newTenant(): Promise<string> {
  const id = newId("ten", NOW);
  await insertTenant(db, { id, name: id, createdAt: NOW }, "sealed");
  return id;
}

async function completeJob(tenantId: string) {
  return complete(db, await insertClaimedJob(db, { tenantId }));
}

async function jobsBehind(tenantId: string, position: number, limit = 100): Promise<(string | null)[]> {
  return (await readEventsBehind(db, tenantId, position, limit)).map(({ jobId }) => jobId);
}

describe("events behind a position", () => {
  test("come in the order of their commits, whatever their ids say", async () => {
    const tenant = await newTenant();
    const first = await completeJob(tenant);
    const [seen] = await readEventsBehind(db, tenant, 0, 10);
    // Made an hour before the first one, and committed after it.
    const second = completed(await insertClaimedJob(db, { tenantId: tenant }), RESULT, 1, NOW);
    await db.prepare("UPDATE jobs SET status = 'completed', sequence = 2 WHERE id = ?").bind(second.id).run();
    const late = eventFor(second, "job.completed", { id: newId("evt", NOW - 3_600_000), sequence: 2 });
    await insertEventIf(db, late, "completed").run();
    expect(late.id < (seen?.id ?? "")).toBe(true);
    expect(await jobsBehind(tenant, seen?.position ?? 0)).toEqual([second.id]);
    expect(await jobsBehind(tenant, 0)).toEqual([first.id, second.id]);
  });

  test("never take the position of one that was deleted", async () => {
    const tenant = await newTenant();
    const job = await completeJob(tenant);
    const [seen] = await readEventsBehind(db, tenant, 0, 10);
    await deleteJob(db, job, NOW);
    expect(await jobsBehind(tenant, 0)).toEqual([]);
    const next = await completeJob(tenant);
    expect(await jobsBehind(tenant, seen?.position ?? 0)).toEqual([next.id]);
  });

  test("are the tenant's own, and as many as asked", async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    const first = await completeJob(tenant);
    await completeJob(other);
    const second = await completeJob(tenant);
    expect(await jobsBehind(tenant, 0, 1)).toEqual([first.id]);
    expect(await jobsBehind(tenant, 0, 2)).toEqual([first.id, second.id]);
    expect(await jobsBehind(tenant, 0, 3)).toEqual([first.id, second.id]);
  });
});

describe("the position before the last few", () => {
  test("is the newest when none is asked for, and none of another tenant's", async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    expect(await positionBeforeLast(db, tenant, 0, null)).toBe(0);
    expect(await positionBeforeLast(db, tenant, 3, null)).toBe(0);
    await completeJob(tenant);
    const position = await positionBeforeLast(db, tenant, 0, null);
    await completeJob(other);
    expect(await positionBeforeLast(db, tenant, 0, null)).toBe(position);
    expect(await jobsBehind(tenant, position)).toEqual([]);
  });

  test("leaves as many behind it as asked, or all", async () => {
    const tenant = await newTenant();
    const jobs = [await completeJob(tenant), await completeJob(tenant)].map(({ id }) => id);
    expect(await jobsBehind(tenant, await positionBeforeLast(db, tenant, 1, null))).toEqual(jobs.slice(1));
    expect(await jobsBehind(tenant, await positionBeforeLast(db, tenant, 2, null))).toEqual(jobs);
    expect(await jobsBehind(tenant, await positionBeforeLast(db, tenant, 3, null))).toEqual(jobs);
    const failed = await positionBeforeLast(db, tenant, 3, ["job.failed"]);
    expect(await jobsBehind(tenant, failed)).toEqual([]);
  });
});

test("a look at what is new reads no row more with ten thousand events than with none", async () => {
  const tenant = await newTenant();
  const rowsRead = async () => {
    const position = await positionBeforeLast(db, tenant, 0, null);
    const { meta } = await db
      .prepare("SELECT position FROM events WHERE tenant_id = ? AND position > ? ORDER BY position LIMIT 101")
      .bind(tenant, position)
      .all();
    return meta.rows_read;
  };
  const without = await rowsRead();
  await db
    .prepare(
      `WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 10000)
       INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at)
       SELECT 'evt_' || n, ?, 'job', n, 'job.failed', '{}', 0 FROM many`,
    )
    .bind(tenant)
    .run();
  expect(await rowsRead()).toBe(without);
});
