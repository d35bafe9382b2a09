import { describe, expect, test } from "vitest";
import { failure } from "../../shared/failure.ts";
import { LEASE_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../../shared/limits.ts";
import { createDeliveries } from "../../shared/storage/deliveries.ts";
import { sweepEvents } from "../../shared/storage/events.ts";
import {
  deferJob,
  extendLease,
  failed,
  failJob,
  readAnyJob,
  sweepJobs,
  sweepJobsAgain,
} from "../../shared/storage/job-work.ts";
import { cancelJob } from "../../shared/storage/jobs.ts";
import { callLanes, claimLane, sweepLanes } from "../../shared/storage/lanes.ts";
import { resumeAfterRestart } from "../../shared/storage/resume.ts";
import { complete, eventFor, insertClaimedJob, insertNewJob, NOW } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db } = await useStorage();

describe("a claim without a sign of life", () => {
  test("goes back to the queue when the lease ends, and counts as a failure", async () => {
    const claimed = await insertClaimedJob(db);
    expect(await sweepJobs(db, NOW + LEASE_MS - 1, 100)).toEqual([]);
    expect(await sweepJobs(db, NOW + LEASE_MS, 100)).toEqual([claimed.id]);
    expect(await readAnyJob(db, claimed.id)).toMatchObject({ status: "queued", failures: 1, attempt: 1 });
  });

  test("is one lease after the last sign", async () => {
    const claimed = await insertClaimedJob(db);
    await extendLease(db, claimed, NOW + 20_000);
    expect(await sweepJobs(db, NOW + 20_000 + LEASE_MS - 1, 100)).toEqual([]);
    expect(await sweepJobs(db, NOW + 20_000 + LEASE_MS, 100)).toEqual([claimed.id]);
  });
});

describe("a waiting job", () => {
  test("whose first wake-up went missing is woken after the grace and not before", async () => {
    const { id } = await insertNewJob(db);
    expect(await sweepJobs(db, NOW + WAKE_GRACE_MS - 1, 100)).toEqual([]);
    expect(await sweepJobs(db, NOW + WAKE_GRACE_MS, 100)).toEqual([id]);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "queued", failures: 0 });
  });

  test("is not woken again at once, but is after the longest time a message may take", async () => {
    const { id } = await insertNewJob(db);
    const first = NOW + WAKE_GRACE_MS;
    await sweepJobs(db, first, 100);
    expect(await sweepJobs(db, first + WAKE_REPEAT_MS - 1, 100)).toEqual([]);
    expect(await sweepJobs(db, first + WAKE_REPEAT_MS, 100)).toEqual([id]);
  });

  test("is woken again by the next sweep when its message could not be sent", async () => {
    const { id } = await insertNewJob(db);
    await sweepJobs(db, NOW + WAKE_GRACE_MS, 100);
    await sweepJobsAgain(db, [id], NOW + WAKE_GRACE_MS);
    expect(await sweepJobs(db, NOW + WAKE_GRACE_MS, 100)).toEqual([id]);
  });

  test("that was deferred is woken only when its own time and the grace are over", async () => {
    const claimed = await insertClaimedJob(db);
    await deferJob(db, claimed, NOW + 60_000, "rate_limited");
    expect(await sweepJobs(db, NOW + 60_000 + WAKE_GRACE_MS - 1, 100)).toEqual([]);
    expect(await sweepJobs(db, NOW + 60_000 + WAKE_GRACE_MS, 100)).toEqual([claimed.id]);
    expect(await readAnyJob(db, claimed.id)).toMatchObject({ failures: 0, waitingFor: "rate_limited" });
  });
});

test("finished jobs are left alone for ever", async () => {
  await complete(db, await insertClaimedJob(db));
  const lost = failed(await insertClaimedJob(db), failure("internal_error", "no"), NOW);
  await failJob(db, lost, eventFor(lost, "job.failed"));
  await cancelJob(db, await insertNewJob(db), NOW, async (job) => eventFor(job, "job.canceled"));
  expect(await sweepJobs(db, NOW + 10 * 365 * 86_400_000, 100)).toEqual([]);
});

test("a finished job is not touched by the retry of a failed send", async () => {
  const done = await complete(db, await insertClaimedJob(db));
  await sweepJobsAgain(db, [done.id], NOW);
  expect(await sweepJobs(db, NOW + WAKE_REPEAT_MS, 100)).toEqual([]);
});

test("the sweep takes the oldest first, and no more than asked", async () => {
  for (const createdAt of [NOW + 2, NOW, NOW + 1])
    await insertNewJob(db, { id: `job_${createdAt}`, createdAt });
  const later = NOW + 10 * WAKE_GRACE_MS;
  expect((await sweepJobs(db, later, 2)).sort()).toEqual([`job_${NOW}`, `job_${NOW + 1}`]);
  expect(await sweepJobs(db, later, 2)).toEqual([`job_${NOW + 2}`]);
});

test("two sweeps at once wake a job once", async () => {
  const { id } = await insertNewJob(db);
  const both = await Promise.all([
    sweepJobs(db, NOW + WAKE_GRACE_MS, 100),
    sweepJobs(db, NOW + WAKE_GRACE_MS, 100),
  ]);
  expect(both.flat()).toEqual([id]);
});

describe("an event", () => {
  test("without deliveries is woken after the grace, and again much later", async () => {
    const done = await complete(db, await insertClaimedJob(db));
    const id = await db.prepare("SELECT id FROM events WHERE job_id = ?").bind(done.id).first<string>("id");
    const first = NOW + WAKE_GRACE_MS;
    expect(await sweepEvents(db, first - 1, 100)).toEqual([]);
    expect(await sweepEvents(db, first, 100)).toEqual([id]);
    expect(await sweepEvents(db, first + WAKE_REPEAT_MS - 1, 100)).toEqual([]);
    expect(await sweepEvents(db, first + WAKE_REPEAT_MS, 100)).toEqual([id]);
  });

  test("that has led to its deliveries is done, though there are none", async () => {
    const claimed = await insertClaimedJob(db);
    const done = await complete(db, claimed);
    const id = await db.prepare("SELECT id FROM events WHERE job_id = ?").bind(done.id).first<string>("id");
    await createDeliveries(db, { ...eventFor(done, "job.completed"), id: id ?? "" }, [], NOW);
    expect(await sweepEvents(db, NOW + 10 * WAKE_REPEAT_MS, 100)).toEqual([]);
  });
});

describe("after a restart of the local runtime", () => {
  test("held and waiting jobs are found by the next sweep and nothing counts as a failure", async () => {
    const claimed = await insertClaimedJob(db);
    const waiting = await insertNewJob(db);
    const done = await complete(db, await insertClaimedJob(db));
    await resumeAfterRestart(db);
    expect((await sweepJobs(db, NOW, 100)).sort()).toEqual([claimed.id, waiting.id].sort());
    expect(await readAnyJob(db, claimed.id)).toMatchObject({ status: "queued", failures: 0 });
    expect(await readAnyJob(db, done.id)).toMatchObject({ status: "completed" });
  });

  test("a lane whose Worker died is free at once", async () => {
    await db.batch([callLanes(db, TENANT, ["lane"], NOW)]);
    expect(await claimLane(db, "lane", NOW)).not.toBeNull();
    expect(await claimLane(db, "lane", NOW + 1)).toBeNull();
    await resumeAfterRestart(db);
    expect(await sweepLanes(db, NOW + 1, 100)).toEqual(["lane"]);
    expect(await claimLane(db, "lane", NOW + 1)).not.toBeNull();
  });

  test("a job that was told to wait still waits its time", async () => {
    const claimed = await insertClaimedJob(db);
    await deferJob(db, claimed, NOW + 600_000, "rate_limited");
    await resumeAfterRestart(db);
    expect(await sweepJobs(db, NOW + 599_999, 100)).toEqual([]);
    expect(await sweepJobs(db, NOW + 600_000, 100)).toEqual([claimed.id]);
  });
});
