import { describe, expect, test } from "vitest";
import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { LEASE_MS } from "../../shared/limits.ts";
import { openCall } from "../../shared/storage/calls.ts";
import { readImport, savePart, startImport } from "../../shared/storage/imports.ts";
import {
  claimJob,
  completed,
  completeJob,
  deferFailedJob,
  deferJob,
  extendLease,
  failed,
  failJob,
  readAnyJob,
  saveImport,
  saveProbe,
  startSpending,
  sweepJobs,
} from "../../shared/storage/job-work.ts";
import { saveSlices } from "../../shared/storage/transcripts.ts";
import { sliceText } from "../../shared/transcript/slices.ts";
import {
  AUDIO,
  claim,
  eventFor,
  insertClaimedJob,
  insertNewJob,
  NOW,
  RESULT,
} from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";

const { db, rowsOf } = await useStorage();

async function row(id: string): Promise<Record<string, unknown> | null> {
  return db.prepare("SELECT * FROM jobs WHERE id = ?").bind(id).first();
}

describe("a claim", () => {
  test("by two at once goes to one", async () => {
    const { id } = await insertNewJob(db);
    const claims = await Promise.all([claimJob(db, id, NOW), claimJob(db, id, NOW), claimJob(db, id, NOW)]);
    expect(claims.filter((job) => job !== null)).toHaveLength(1);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "processing", attempt: 1 });
  });

  test("raises the attempt, starts the work and holds for one lease", async () => {
    const { id } = await insertNewJob(db);
    const job = await claim(db, id, NOW + 5);
    expect(job).toMatchObject({ status: "processing", stage: "probing", attempt: 1, startedAt: NOW + 5 });
    expect(await row(id)).toMatchObject({ sweep_at: NOW + 5 + LEASE_MS, attempt: 1 });
  });

  test("of a job that is deferred comes not a millisecond before its time", async () => {
    const job = await insertClaimedJob(db);
    await deferJob(db, job, NOW + 10_000, "rate_limited");
    expect(await claimJob(db, job.id, NOW + 9_999)).toBeNull();
    const again = await claim(db, job.id, NOW + 10_000);
    expect(again).toMatchObject({ attempt: 2, waitingFor: null, notBefore: null, startedAt: NOW });
  });

  test("of a job that is held, finished or gone is none", async () => {
    const claimed = await insertClaimedJob(db);
    expect(await claimJob(db, claimed.id, NOW + LEASE_MS)).toBeNull();
    const done = completed(claimed, RESULT, 0, NOW);
    await completeJob(db, done, eventFor(done, "job.completed"));
    expect(await claimJob(db, claimed.id, NOW + LEASE_MS)).toBeNull();
    expect(await claimJob(db, "job_gone", NOW)).toBeNull();
  });

  test("keeps the first start and a stage that is further on", async () => {
    const job = await insertClaimedJob(db);
    await saveProbe(db, job, AUDIO, null);
    await deferJob(db, job, NOW, "rate_limited");
    expect(await claim(db, job.id, NOW + 1)).toMatchObject({ stage: "transcribing", startedAt: NOW });
  });
});

test("a sign of life carries the claim for another lease", async () => {
  const job = await insertClaimedJob(db);
  expect(await extendLease(db, job, NOW + 20_000)).toBe(true);
  expect(await row(job.id)).toMatchObject({ sweep_at: NOW + 20_000 + LEASE_MS });
});

test("what the import brings is kept, and the import ends", async () => {
  const job = await insertClaimedJob(db, { audioKey: null, sourceUrl: "https://example.com/a.wav" });
  const source = { filename: "a.wav", contentType: null, validator: null, total: null };
  await startImport(db, job, { key: "audio/x", uploadId: "u", source });
  await savePart(db, job, { partNumber: 1, etag: "e" }, "state");
  expect(await saveImport(db, job, "audio/x", AUDIO, NOW + 7)).toBe(true);
  expect(await readAnyJob(db, job.id)).toMatchObject({
    audioKey: "audio/x",
    audio: AUDIO,
    stage: "probing",
    storedAt: NOW + 7,
  });
  expect(await readImport(db, job.id)).toEqual({ headers: null, restarts: 0, upload: null });
  expect(await rowsOf(job.id)).toEqual({ jobs: 1 });
});

test("what the probe finds is kept", async () => {
  const job = await insertClaimedJob(db);
  expect(await saveProbe(db, job, { ...AUDIO, duration: 61.25 }, "print")).toBe(true);
  expect(await readAnyJob(db, job.id)).toMatchObject({
    audio: { duration: 61.25 },
    fingerprint: "print",
    stage: "transcribing",
  });
});

test("waiting counts as no failure, failing does", async () => {
  const job = await insertClaimedJob(db);
  expect(await deferJob(db, job, NOW, "rate_limited")).toBe(true);
  expect(await readAnyJob(db, job.id)).toMatchObject({ failures: 0, waitingFor: "rate_limited" });
  const second = await claim(db, job.id);
  expect(await deferFailedJob(db, second, NOW + 3)).toBe(true);
  expect(await readAnyJob(db, job.id)).toMatchObject({ failures: 1, notBefore: NOW + 3, status: "queued" });
});

/** Every write a Worker makes to a job it holds; each answers whether it took effect. */
function everyWrite(job: Job): [string, () => Promise<boolean>][] {
  const done = completed(job, RESULT, 1, NOW);
  const lost = failed(job, failure("internal_error", "no"), NOW);
  return [
    ["extendLease", () => extendLease(db, job, NOW + 1)],
    ["saveImport", () => saveImport(db, job, "audio/stale", AUDIO, NOW)],
    ["saveProbe", () => saveProbe(db, job, { ...AUDIO, duration: 99 }, "stale")],
    ["startSpending", () => startSpending(db, job)],
    ["saveSlices", () => saveSlices(db, job, sliceText('{"text":"stale"}'))],
    ["deferJob", () => deferJob(db, job, NOW + 1, "stale")],
    ["deferFailedJob", () => deferFailedJob(db, job, NOW + 1)],
    ["completeJob", () => completeJob(db, done, eventFor(done, "job.completed"))],
    ["failJob", () => failJob(db, lost, eventFor(lost, "job.failed"))],
  ];
}

/** The names of those writes that took effect, and whether the row is as it was. */
async function attemptAll(job: Job): Promise<{ effective: string[]; changed: boolean }> {
  const before = await row(job.id);
  const effective: string[] = [];
  for (const [name, write] of everyWrite(job)) if (await write()) effective.push(name);
  const after = await row(job.id);
  return { effective, changed: JSON.stringify(before) !== JSON.stringify(after) };
}

describe("a Worker that lost its claim changes nothing", () => {
  test("when another holds the job", async () => {
    const stale = await insertClaimedJob(db, { fingerprint: "print" });
    await sweepJobs(db, NOW + LEASE_MS, 100);
    await claim(db, stale.id, NOW + LEASE_MS);
    expect(await attemptAll(stale)).toEqual({ effective: [], changed: false });
    expect(await rowsOf(stale.id)).toEqual({ jobs: 1 });
  });

  test("when another has completed it", async () => {
    const stale = await insertClaimedJob(db);
    await sweepJobs(db, NOW + LEASE_MS, 100);
    const claimed = await claim(db, stale.id, NOW + LEASE_MS);
    await saveSlices(db, claimed, sliceText('{"text":"right"}'));
    const done = completed(claimed, RESULT, 1, NOW);
    await completeJob(db, done, eventFor(done, "job.completed"));
    expect(await attemptAll(stale)).toEqual({ effective: [], changed: false });
    expect(await rowsOf(stale.id)).toEqual({ jobs: 1, events: 1, transcript_slices: 1 });
  });

  test("when the job has been deleted", async () => {
    const stale = await insertClaimedJob(db);
    await db.prepare("DELETE FROM jobs").run();
    expect(await attemptAll(stale)).toEqual({ effective: [], changed: false });
    expect(await rowsOf(stale.id)).toEqual({});
  });

  test("but may still fail it while nobody has taken it over", async () => {
    const stale = await insertClaimedJob(db);
    await sweepJobs(db, NOW + LEASE_MS, 100);
    const lost = failed(stale, failure("unsupported_format", "no"), NOW);
    expect(await failJob(db, lost, eventFor(lost, "job.failed"))).toBe(true);
    expect(await rowsOf(stale.id)).toEqual({ jobs: 1, events: 1 });
  });
});

test("two calls of one attempt for the same purpose cannot both be in the ledger", async () => {
  const job = await insertClaimedJob(db);
  const call = { job, part: 0, attempt: 1, purpose: "text" as const, seconds: 60 };
  await openCall(db, call, NOW);
  await expect(openCall(db, call, NOW + 1)).rejects.toThrow(/UNIQUE/);
});

test("the same call written again, because the answer to the first write was lost, is in the ledger once", async () => {
  const job = await insertClaimedJob(db);
  const call = { job, part: 0, attempt: 1, purpose: "text" as const, seconds: 60 };
  await openCall(db, call, NOW);
  await openCall(db, call, NOW);
  expect(await rowsOf(job.id)).toMatchObject({ calls: 1 });
});
