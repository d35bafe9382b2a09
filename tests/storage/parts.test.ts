import { describe, expect, test } from "vitest";
import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { LEASE_MS, UPSTREAM_TIMEOUT_MS, WAKE_GRACE_MS, WAKE_REPEAT_MS } from "../../shared/limits.ts";
import type { Part, PartName } from "../../shared/part.ts";
import { mayStillBeAnswered, openCall } from "../../shared/storage/calls.ts";
import { extendLease, failed, failJob, readAnyJob, sweepJobs } from "../../shared/storage/job-work.ts";
import { cancelJob, requeueJob } from "../../shared/storage/jobs.ts";
import {
  claimPart,
  deferPart,
  dispatched,
  extendPart,
  finishPart,
  listParts,
  releaseParts,
  savePartAudio,
  splitPart,
  sweepParts,
  sweepPartsAgain,
  tenantsHeldBack,
} from "../../shared/storage/parts.ts";
import { resumeAfterRestart } from "../../shared/storage/resume.ts";
import { claim, eventFor, fanOutNow, insertClaimedJob, NOW } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db } = await useStorage();

const SHARE = 2;
const AUDIO = { key: "audio/x", bytes: 1, container: "wav" };

const spans = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ start: n * 60, end: n * 60 + 70 }));

/** A job with its parts dispatched; as many are released as the concurrency allows. */
async function insertParts(count: number, id?: string): Promise<{ job: Job; wake: PartName[] }> {
  const job = await insertClaimedJob(db, id ? { id } : {});
  const { wake } = await fanOutNow(db, job, spans(count), SHARE);
  return { job: dispatched(job, spans(count)), wake };
}

async function take(name: PartName, now = NOW): Promise<Part> {
  const claimed = await claimPart(db, name, now);
  if (!claimed) throw new Error(`part ${name.n} could not be claimed`);
  return claimed.part;
}

const statuses = async (id: string) => (await listParts(db, id)).map(({ status }) => status);
const numbers = (parts: PartName[]) => parts.map(({ n }) => n);
const finishNow = (part: Part) => finishPart(db, part, 1, SHARE, NOW);

async function failNow(job: Job, because?: Part): Promise<boolean> {
  const lost = failed(job, failure("internal_error", "no"), NOW);
  return failJob(db, lost, eventFor(lost, "job.failed"), because);
}

describe("a job that is fanned out", () => {
  test("to one part leaves it with the caller, and nobody to wake", async () => {
    const job = await insertClaimedJob(db);
    const handed = await fanOutNow(db, job, spans(1), SHARE);
    expect(handed).toMatchObject({
      isLost: false,
      wake: [],
      claimed: { n: 0, attempt: 1, status: "processing" },
    });
    expect(await sweepParts(db, NOW + LEASE_MS - 1, 10)).toEqual([]);
    expect(await sweepParts(db, NOW + LEASE_MS, 10)).toEqual([{ jobId: job.id, n: 0 }]);
  });

  test("to many releases as many as the share allows, the earliest first", async () => {
    const { job, wake } = await insertParts(4);
    expect(numbers(wake)).toEqual([0, 1]);
    expect(await statuses(job.id)).toEqual(Array(4).fill("waiting"));
    expect(await readAnyJob(db, job.id)).toMatchObject({
      partsTotal: 4,
      partsDone: 0,
      stage: "transcribing",
    });
    expect(await claimPart(db, { jobId: job.id, n: 2 }, NOW)).toBeNull();
  });

  test("has no lease any more: neither heartbeat nor sweep touches it", async () => {
    const { job } = await insertParts(2);
    expect(await extendLease(db, job, NOW)).toBe(false);
    expect(await sweepJobs(db, NOW + 10 * WAKE_REPEAT_MS, 10)).toEqual([]);
  });

  test("is told of once: a Worker that lost the claim writes no event", async () => {
    const job = await insertClaimedJob(db);
    await fanOutNow(db, job, spans(2), SHARE);
    await fanOutNow(db, { ...job, attempt: job.attempt - 1 }, spans(2), SHARE);
    await fanOutNow(db, { ...job, attempt: job.attempt - 1, sequence: 7 }, spans(2), SHARE);
    const { results } = await db
      .prepare("SELECT type, sequence, sweep_at FROM events WHERE job_id = ?")
      .bind(job.id)
      .all();
    expect(results).toEqual([{ type: "job.started", sequence: 2, sweep_at: null }]);
    expect(await readAnyJob(db, job.id)).toMatchObject({ sequence: 2 });
  });

  test("by a Worker that lost its claim is not, and gets no parts", async () => {
    const stale = await insertClaimedJob(db);
    await sweepJobs(db, NOW + LEASE_MS, 10);
    await claim(db, stale.id, NOW + LEASE_MS);
    expect(await fanOutNow(db, stale, spans(3), SHARE)).toMatchObject({
      isLost: true,
      claimed: null,
      wake: [],
    });
    expect(await fanOutNow(db, stale, spans(1), SHARE)).toMatchObject({ isLost: true, claimed: null });
    expect(await listParts(db, stale.id)).toEqual([]);
  });

  test("in a thousand parts takes one statement for all", async () => {
    const { job, wake } = await insertParts(1_000);
    expect(wake).toHaveLength(SHARE);
    expect(await readAnyJob(db, job.id)).toMatchObject({ partsTotal: 1_000 });
  });
});

describe("a part", () => {
  test("claimed by two at once goes to one, with its job", async () => {
    const { job, wake } = await insertParts(2);
    const [name] = wake;
    if (!name) throw new Error("no part was released");
    const claims = await Promise.all([claimPart(db, name, NOW), claimPart(db, name, NOW)]);
    const [claimed, ...others] = claims.filter((each) => each !== null);
    expect(others).toEqual([]);
    expect(claimed).toMatchObject({ job: { id: job.id }, part: { attempt: 1, status: "processing" } });
  });

  test("deferred comes not a millisecond before its time, and its job shows for what it waits until then", async () => {
    const { job } = await insertParts(2);
    const part = await take({ jobId: job.id, n: 0 });
    await deferPart(db, part, NOW + 5_000, { reason: "rate_limited" });
    expect(await readAnyJob(db, job.id)).toMatchObject({ status: "processing", waitingFor: "rate_limited" });
    expect(await claimPart(db, part, NOW + 4_999)).toBeNull();
    expect(await take(part, NOW + 5_000)).toMatchObject({ attempt: 2, failures: 0, failedCalls: 0 });
    expect(await readAnyJob(db, job.id)).toMatchObject({ waitingFor: null });
  });

  test("counts what failed by kind", async () => {
    const { job } = await insertParts(2);
    const name = { jobId: job.id, n: 0 };
    await deferPart(db, await take(name), NOW, { failures: 1 });
    await deferPart(db, await take(name), NOW, { failedCalls: 1 });
    await take(name);
    await sweepParts(db, NOW + LEASE_MS, 10);
    expect((await listParts(db, job.id))[0]).toMatchObject({ failures: 2, failedCalls: 1, attempt: 3 });
  });

  test("that is deferred stays under way: nothing is released in its place", async () => {
    const { job } = await insertParts(4);
    await deferPart(db, await take({ jobId: job.id, n: 0 }), NOW + 5_000, {});
    expect(await releaseParts(db, TENANT, SHARE, NOW)).toEqual([]);
  });

  test("whose Worker lost it changes nothing", async () => {
    const { job } = await insertParts(3);
    const stale = await take({ jobId: job.id, n: 0 });
    await sweepParts(db, NOW + LEASE_MS, 10);
    const held = await take(stale, NOW + LEASE_MS);
    const before = await listParts(db, job.id);

    expect(await extendPart(db, stale, NOW)).toBe(false);
    expect(await savePartAudio(db, stale, AUDIO)).toBe(false);
    expect(await deferPart(db, stale, NOW, { failures: 1, reason: "stale" })).toBe(false);
    expect(await finishNow(stale)).toMatchObject({ isLost: true, job: null });
    expect(await splitPart(db, stale, [{ start: 0, end: 1, audio: AUDIO }], SHARE, NOW)).toMatchObject({
      isLost: true,
    });
    expect(await failNow(job, stale)).toBe(false);
    expect(await listParts(db, job.id)).toEqual(before);
    expect(await readAnyJob(db, job.id)).toMatchObject({ status: "processing", waitingFor: null });
    expect(await failNow(job, held)).toBe(true);
  });
});

describe("a part that is done", () => {
  test("releases the next and counts", async () => {
    const { job } = await insertParts(4);
    const done = await finishNow(await take({ jobId: job.id, n: 1 }));
    expect(done).toEqual({ isLost: false, job: null, wake: [{ jobId: job.id, n: 2 }] });
    expect(await readAnyJob(db, job.id)).toMatchObject({ partsDone: 1, partsTotal: 4 });
  });

  test("as the last one takes the job, for one lease", async () => {
    const { job } = await insertParts(2);
    const [a, b] = [await take({ jobId: job.id, n: 0 }), await take({ jobId: job.id, n: 1 })];
    expect((await finishNow(a)).job).toBeNull();
    const taken = (await finishNow(b)).job;
    expect(taken).toMatchObject({ attempt: 2, stage: "assembling", partsDone: 2, status: "processing" });
    expect(await sweepJobs(db, NOW + LEASE_MS - 1, 10)).toEqual([]);
    expect(await sweepJobs(db, NOW + LEASE_MS, 10)).toEqual([job.id]);
  });

  test("at the same moment as the others leaves the job to one of them", async () => {
    const { job } = await insertParts(2);
    const held = [await take({ jobId: job.id, n: 0 }), await take({ jobId: job.id, n: 1 })];
    const ends = await Promise.all(held.map(finishNow));
    expect(ends.filter((end) => end.job !== null)).toHaveLength(1);
    expect(await readAnyJob(db, job.id)).toMatchObject({ attempt: 2 });
  });

  test("does not take a job that has been canceled", async () => {
    const { job } = await insertParts(1);
    const part = (await listParts(db, job.id))[0];
    if (!part) throw new Error("no part");
    await cancelJob(db, job, NOW, async (done) => eventFor(done, "job.canceled"));
    expect(await finishNow(part)).toEqual({ isLost: true, job: null, wake: [] });
  });
});

test("sub-parts replace a part that was split, in the order of the recording", async () => {
  const { job } = await insertParts(3);
  const part = await take({ jobId: job.id, n: 0 });
  const pieces = [
    { start: 0, end: 40, audio: AUDIO },
    { start: 30, end: 70, audio: { ...AUDIO, key: "audio/y" } },
  ];
  const { isLost, wake } = await splitPart(db, part, pieces, SHARE, NOW);
  expect(isLost).toBe(false);
  expect(numbers(wake)).toEqual([3]);
  const parts = await listParts(db, job.id);
  expect(parts.map(({ n, start, end }) => [n, start, end])).toEqual([
    [3, 0, 40],
    [4, 30, 70],
    [1, 60, 130],
    [2, 120, 190],
  ]);
  expect(parts[1]?.audio).toEqual({ ...AUDIO, key: "audio/y" });
  expect(await readAnyJob(db, job.id)).toMatchObject({ partsTotal: 4 });
});

describe("a job that ends early", () => {
  test("stops its parts; retried, those that are done stay done and the others start to count again", async () => {
    const { job } = await insertParts(3);
    await finishNow(await take({ jobId: job.id, n: 0 }));
    await deferPart(db, await take({ jobId: job.id, n: 1 }), NOW, { failures: 1, failedCalls: 1 });
    await failNow(job);
    expect(await statuses(job.id)).toEqual(["done", "stopped", "stopped"]);
    expect(await sweepParts(db, NOW + 10 * WAKE_REPEAT_MS, 10)).toEqual([]);
    expect(await tenantsHeldBack(db)).toEqual([]);

    await requeueJob(db, job.id, NOW);
    const again = await claim(db, job.id);
    const { wake } = await fanOutNow(db, again, [], SHARE);
    expect(numbers(wake)).toEqual([1, 2]);
    expect(await take({ jobId: job.id, n: 1 })).toMatchObject({ failures: 0, failedCalls: 0 });
    expect(await readAnyJob(db, job.id)).toMatchObject({ partsDone: 1, partsTotal: 3 });
  });

  test("notes which calls of its other parts still run, so that nobody makes them again", async () => {
    const { job } = await insertParts(2);
    const call = { job, part: 1, attempt: 1, purpose: "text" as const, seconds: 60 };
    await openCall(db, call, NOW);
    expect(await mayStillBeAnswered(db, call, NOW + UPSTREAM_TIMEOUT_MS - 1)).toBe(false);
    await failNow(job);
    expect(await mayStillBeAnswered(db, call, NOW + UPSTREAM_TIMEOUT_MS - 1)).toBe(true);
    expect(await mayStillBeAnswered(db, call, NOW + UPSTREAM_TIMEOUT_MS)).toBe(false);
  });
});

describe("a tenant's share", () => {
  test("is shared by its jobs, the oldest first, and is its own", async () => {
    const first = await insertParts(3, "job_1");
    const second = await insertParts(3, "job_2");
    expect(first.wake).toHaveLength(2);
    expect(second.wake).toEqual([]);
    const { wake } = await finishNow(await take({ jobId: "job_1", n: 0 }));
    expect(wake).toEqual([{ jobId: "job_1", n: 2 }]);
    const next = await finishNow(await take({ jobId: "job_1", n: 1 }));
    expect(next.wake).toEqual([{ jobId: "job_2", n: 0 }]);
    expect(await releaseParts(db, "ten_other", SHARE, NOW)).toEqual([]);
  });

  test("that a job has left without a word is found by the sweep", async () => {
    const { job } = await insertParts(2, "job_1");
    await insertParts(2, "job_2");
    await failNow(job);
    expect(await tenantsHeldBack(db)).toEqual([TENANT]);
    expect(numbers(await releaseParts(db, TENANT, SHARE, NOW))).toEqual([0, 1]);
    expect(await tenantsHeldBack(db)).toEqual([]);
  });
});

describe("the sweep", () => {
  test("wakes a released part after the grace, and again much later", async () => {
    const { wake } = await insertParts(3);
    const first = NOW + WAKE_GRACE_MS;
    expect(await sweepParts(db, first - 1, 10)).toEqual([]);
    expect(await sweepParts(db, first, 10)).toEqual(wake);
    expect(await sweepParts(db, first + WAKE_REPEAT_MS - 1, 10)).toEqual([]);
    expect(await sweepParts(db, first + WAKE_REPEAT_MS, 10)).toEqual(wake);
  });

  test("tries again at once what it could not send", async () => {
    const { wake } = await insertParts(3);
    await sweepParts(db, NOW + WAKE_GRACE_MS, 10);
    await sweepPartsAgain(db, wake, NOW + WAKE_GRACE_MS);
    expect(await sweepParts(db, NOW + WAKE_GRACE_MS, 10)).toEqual(wake);
  });
});

test("after a restart of the local runtime parts are found at once and nothing counts as a failure", async () => {
  const { job } = await insertParts(3);
  await take({ jobId: job.id, n: 0 });
  await resumeAfterRestart(db);
  expect(numbers(await sweepParts(db, NOW, 10))).toEqual([0, 1]);
  expect(await listParts(db, job.id)).toMatchObject([{ failures: 0 }, { failures: 0 }, { failures: 0 }]);
  expect(await readAnyJob(db, job.id)).toMatchObject({ status: "processing" });
});
