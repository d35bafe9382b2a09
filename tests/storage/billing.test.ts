import { describe, expect, test } from "vitest";
import { failure } from "../../shared/failure.ts";
import { closeCall, openCall } from "../../shared/storage/calls.ts";
import {
  deferJob,
  failed,
  failJob,
  findDuplicate,
  readAnyJob,
  startSpending,
} from "../../shared/storage/job-work.ts";
import { cancelJob, deleteJob } from "../../shared/storage/jobs.ts";
import { insertTenant } from "../../shared/storage/tenants.ts";
import { complete, eventFor, insertClaimedJob, NOW } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";

const { db } = await useStorage();

const duplicates = () => Promise.all([insertDuplicate(), insertDuplicate()]);
const insertDuplicate = (change = {}) => insertClaimedJob(db, { fingerprint: "print", ...change });

describe("of two jobs with one fingerprint", () => {
  test("that want to pay at once, one may", async () => {
    const [a, b] = await duplicates();
    const both = await Promise.all([startSpending(db, a), startSpending(db, b)]);
    expect(both.filter(Boolean)).toHaveLength(1);
  });

  test("the one that pays may pay again, for a second call or after a wait", async () => {
    const [a, b] = await duplicates();
    expect(await startSpending(db, a)).toBe(true);
    expect(await startSpending(db, a)).toBe(true);
    await deferJob(db, a, NOW, "rate_limited");
    expect(await startSpending(db, b)).toBe(false);
  });

  test("the second does not pay once the first is done: its transcript is there", async () => {
    const [a, b] = await duplicates();
    expect(await findDuplicate(db, b)).toBeNull();
    await startSpending(db, a);
    await complete(db, a);
    expect(await startSpending(db, b)).toBe(false);
    expect(await findDuplicate(db, b)).toMatchObject({ id: a.id, status: "completed" });
  });

  test("the second may pay when the first has failed, was canceled or deleted", async () => {
    const [a, b] = await duplicates();
    await startSpending(db, a);
    const lost = failed(a, failure("processing_failed", "no"), NOW);
    await failJob(db, lost, eventFor(lost, "job.failed"));
    expect(await startSpending(db, b)).toBe(true);

    await cancelJob(db, b, NOW, async (job) => eventFor(job, "job.canceled"));
    const c = await insertDuplicate();
    expect(await startSpending(db, c)).toBe(true);

    await deleteJob(db, c, NOW);
    expect(await startSpending(db, await insertDuplicate())).toBe(true);
  });
});

test("another fingerprint, or the same of another tenant, does not stand in the way", async () => {
  await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "sealed");
  const [a] = await duplicates();
  await startSpending(db, a);
  expect(await startSpending(db, await insertDuplicate({ fingerprint: "another" }))).toBe(true);
  expect(await startSpending(db, await insertDuplicate({ tenantId: "ten_other" }))).toBe(true);
});

describe("a transcript to use again", () => {
  test("is never one of another tenant, of another recording, or the job's own", async () => {
    await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "sealed");
    await complete(db, await insertDuplicate({ tenantId: "ten_other" }));
    await complete(db, await insertDuplicate({ fingerprint: "another" }));
    const own = await insertDuplicate();
    expect(await findDuplicate(db, own)).toBeNull();
    await complete(db, own);
    expect(await findDuplicate(db, own)).toBeNull();
  });

  test("is none for a job without a fingerprint", async () => {
    await complete(db, await insertClaimedJob(db));
    expect(await findDuplicate(db, await insertClaimedJob(db))).toBeNull();
  });
});

describe("the ledger", () => {
  test("has a call open before it is made and closed with what came of it", async () => {
    const job = await insertClaimedJob(db);
    const call = { job, part: 0, attempt: 1, purpose: "text" as const, seconds: 61.25 };
    await openCall(db, call, NOW);
    const open = await db.prepare("SELECT * FROM calls").first();
    expect(open).toEqual({
      job_id: job.id,
      attempt: 1,
      key_id: "",
      billed: 1,
      part: 0,
      purpose: "text",
      tenant_id: job.tenantId,
      model: "openai/whisper-large-v3",
      audio_seconds: 61.25,
      started_at: NOW,
      ended_at: null,
      outcome: null,
      http_status: null,
      upstream_id: null,
      fetched_at: null,
    });
    await closeCall(db, call, { outcome: "rate_limited", httpStatus: 429, upstreamId: "oUp" }, NOW + 5);
    expect(await db.prepare("SELECT * FROM calls").first()).toEqual({
      ...open,
      ended_at: NOW + 5,
      outcome: "rate_limited",
      billed: 0,
      http_status: 429,
      upstream_id: "oUp",
    });
  });

  test("closes only the call that is meant", async () => {
    const job = await insertClaimedJob(db);
    await openCall(db, { job, part: 0, attempt: 1, purpose: "text", seconds: 1 }, NOW);
    await openCall(db, { job, part: 0, attempt: 1, purpose: "speakers", seconds: 1 }, NOW);
    await closeCall(
      db,
      { job, part: 0, attempt: 1, purpose: "speakers", seconds: 1 },
      { outcome: "answered", httpStatus: 200, upstreamId: null },
      NOW,
    );
    const { results } = await db.prepare("SELECT purpose, outcome FROM calls ORDER BY purpose").all();
    expect(results).toEqual([
      { purpose: "speakers", outcome: "answered" },
      { purpose: "text", outcome: null },
    ]);
  });

  test("outlives its job", async () => {
    const job = await insertClaimedJob(db);
    await openCall(db, { job, part: 0, attempt: 1, purpose: "text", seconds: 1 }, NOW);
    await deleteJob(db, job, NOW);
    expect(await readAnyJob(db, job.id)).toBeNull();
    expect(await db.prepare("SELECT job_id FROM calls").first()).toEqual({ job_id: job.id });
  });
});
