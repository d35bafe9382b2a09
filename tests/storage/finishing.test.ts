import { describe, expect, test } from "vitest";
import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { LEASE_MS, WAKE_GRACE_MS } from "../../shared/limits.ts";
import { completed, completeJob, failed, failJob, readAnyJob } from "../../shared/storage/job-work.ts";
import { cancelJob, readJob, requeueJob } from "../../shared/storage/jobs.ts";
import { saveSlices } from "../../shared/storage/transcripts.ts";
import { sliceText } from "../../shared/transcript/slices.ts";
import {
  claim,
  complete,
  eventFor,
  insertClaimedJob,
  insertNewJob,
  NOW,
  RESULT,
} from "../support/stack/jobs.ts";
import { count, useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db, rowsOf } = await useStorage();

const NO = failure("unsupported_format", "The file is a picture.", "oUp-1");

async function cancel(job: Job, now = NOW): Promise<Job | null> {
  return cancelJob(db, job, now, async (canceled) => eventFor(canceled, "job.canceled"));
}

async function sweepAt(id: string): Promise<unknown> {
  return (await db.prepare("SELECT sweep_at FROM jobs WHERE id = ?").bind(id).first())?.["sweep_at"];
}

/** The next INSERT of an event fails as storage would, whatever the statement says about conflicts. */
async function breakEvents(): Promise<() => Promise<unknown>> {
  await db.exec("CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  return () => db.exec("DROP TRIGGER broken");
}

describe("completing", () => {
  test("writes job and event, and leaves nothing to sweep", async () => {
    const claimed = await insertClaimedJob(db);
    const done = completed(claimed, RESULT, 1_234, NOW + 9);
    expect(await completeJob(db, done, eventFor(done, "job.completed"))).toBe(true);
    expect(await readAnyJob(db, claimed.id)).toEqual(done);
    expect(done).toMatchObject({
      status: "completed",
      stage: "done",
      result: RESULT,
      upstreamMs: 1_234,
      completedAt: NOW + 9,
      transcriptAttempt: 1,
      sequence: 2,
    });
    expect(await sweepAt(claimed.id)).toBeNull();
    const event = await db
      .prepare("SELECT sequence, type, sweep_at FROM events WHERE job_id = ?")
      .bind(claimed.id)
      .first();
    expect(event).toEqual({ sequence: 2, type: "job.completed", sweep_at: NOW + WAKE_GRACE_MS });
  });

  test("twice, or by two at once, makes one event", async () => {
    const claimed = await insertClaimedJob(db);
    const done = completed(claimed, RESULT, 0, NOW);
    const again = () => completeJob(db, done, eventFor(done, "job.completed"));
    expect((await Promise.all([again(), again()])).filter(Boolean)).toHaveLength(1);
    expect(await again()).toBe(false);
    expect(await rowsOf(claimed.id)).toEqual({ jobs: 1, events: 1 });
  });

  test("writes neither job nor event when the batch fails", async () => {
    const claimed = await insertClaimedJob(db);
    const done = completed(claimed, RESULT, 0, NOW);
    const mend = await breakEvents();
    await expect(completeJob(db, done, eventFor(done, "job.completed"))).rejects.toThrow(/disk full/);
    await mend();
    expect(await readAnyJob(db, claimed.id)).toEqual(claimed);
    expect(await rowsOf(claimed.id)).toEqual({ jobs: 1 });
  });

  test("is undone whole when its event cannot be written beside another", async () => {
    const other = await complete(db, await insertClaimedJob(db));
    const taken = await db
      .prepare("SELECT id FROM events WHERE job_id = ?")
      .bind(other.id)
      .first<string>("id");
    const claimed = await insertClaimedJob(db);
    const done = completed(claimed, RESULT, 0, NOW);
    await expect(completeJob(db, done, eventFor(done, "job.completed", { id: taken ?? "" }))).rejects.toThrow(
      /UNIQUE/,
    );
    expect(await readAnyJob(db, claimed.id)).toMatchObject({ status: "processing", sequence: 1 });
  });

  test("leaves only this attempt's slices", async () => {
    const first = await insertClaimedJob(db);
    await saveSlices(db, first, sliceText('{"text":"first"}'));
    await db.prepare("UPDATE jobs SET status = 'queued' WHERE id = ?").bind(first.id).run();
    const second = await claim(db, first.id);
    await saveSlices(db, second, sliceText('{"text":"second"}'));
    await complete(db, second);
    const { results } = await db.prepare("SELECT attempt, text FROM transcript_slices").all();
    expect(results).toEqual([{ attempt: 2, text: '{"text":"second"}' }]);
  });
});

describe("failing", () => {
  test("writes job and event, with what to do about it", async () => {
    const claimed = await insertClaimedJob(db);
    const lost = failed(claimed, NO, NOW + 1);
    expect(await failJob(db, lost, eventFor(lost, "job.failed"))).toBe(true);
    expect(await readAnyJob(db, claimed.id)).toMatchObject({
      status: "failed",
      error: { code: "unsupported_format", retryable: false, upstream_id: "oUp-1" },
      completedAt: NOW + 1,
      sequence: 2,
    });
    expect(await sweepAt(claimed.id)).toBeNull();
    expect(await rowsOf(claimed.id)).toEqual({ jobs: 1, events: 1 });
  });

  test("ends a waiting job too, for one whose messages died", async () => {
    const job = await insertNewJob(db);
    const lost = failed(job, NO, NOW);
    expect(await failJob(db, lost, eventFor(lost, "job.failed"))).toBe(true);
    expect(await rowsOf(job.id)).toEqual({ jobs: 1, events: 1 });
  });

  test("changes nothing once the job has ended, whatever its end", async () => {
    const job = await insertClaimedJob(db);
    await complete(db, job);
    const lost = failed(job, NO, NOW);
    expect(await failJob(db, lost, eventFor(lost, "job.failed"))).toBe(false);
    expect(await rowsOf(job.id)).toEqual({ jobs: 1, events: 1 });
  });

  test("by a Worker from before a cancellation cannot end the retried job", async () => {
    const stale = await insertClaimedJob(db);
    await cancel(stale);
    await requeueJob(db, stale.id, NOW);
    const lost = failed(stale, NO, NOW);
    expect(await failJob(db, lost, eventFor(lost, "job.failed"))).toBe(false);
    expect(await readAnyJob(db, stale.id)).toMatchObject({ status: "queued", error: null, sequence: 2 });
  });

  test("writes neither when the batch fails", async () => {
    const claimed = await insertClaimedJob(db);
    const lost = failed(claimed, NO, NOW);
    const mend = await breakEvents();
    await expect(failJob(db, lost, eventFor(lost, "job.failed"))).rejects.toThrow(/disk full/);
    await mend();
    expect(await readAnyJob(db, claimed.id)).toEqual(claimed);
  });
});

describe("canceling", () => {
  test("ends a job that waits or is being worked on, with one event", async () => {
    const waiting = await insertNewJob(db);
    const claimed = await insertClaimedJob(db);
    expect(await cancel(waiting, NOW + 2)).toMatchObject({ status: "canceled", completedAt: NOW + 2 });
    expect(await cancel(claimed)).toMatchObject({ status: "canceled", sequence: 2 });
    expect(await rowsOf(waiting.id)).toEqual({ jobs: 1, events: 1 });
    expect(await rowsOf(claimed.id)).toEqual({ jobs: 1, events: 1 });
    expect(await sweepAt(claimed.id)).toBeNull();
  });

  test("by two at once happens once", async () => {
    const job = await insertNewJob(db);
    const both = await Promise.all([cancel(job), cancel(job)]);
    expect(both.filter((canceled) => canceled !== null)).toHaveLength(1);
    expect(await rowsOf(job.id)).toEqual({ jobs: 1, events: 1 });
  });

  test("comes too late for a finished job", async () => {
    const claimed = await insertClaimedJob(db);
    await complete(db, claimed);
    expect(await cancel(claimed)).toBeNull();
    expect(await readAnyJob(db, claimed.id)).toMatchObject({ status: "completed" });
  });

  test("against completing: one of them wins, with its own event", async () => {
    const claimed = await insertClaimedJob(db);
    const done = completed(claimed, RESULT, 0, NOW);
    const [canceled, finished] = await Promise.all([
      cancel(claimed),
      completeJob(db, done, eventFor(done, "job.completed")),
    ]);
    expect(finished).toBe(canceled === null);
    const type = await db.prepare("SELECT type FROM events").first<string>("type");
    expect(type).toBe(finished ? "job.completed" : "job.canceled");
    expect(await count(db, "SELECT count(*) AS n FROM events")).toBe(1);
  });

  test("writes neither when the batch fails", async () => {
    const claimed = await insertClaimedJob(db);
    const mend = await breakEvents();
    await expect(cancel(claimed)).rejects.toThrow(/disk full/);
    await mend();
    expect(await readAnyJob(db, claimed.id)).toEqual(claimed);
  });
});

describe("retrying", () => {
  test("puts a failed job back as new, with its events counted on", async () => {
    const claimed = await insertClaimedJob(db);
    const lost = failed(claimed, NO, NOW);
    await failJob(db, lost, eventFor(lost, "job.failed"));
    expect(await requeueJob(db, claimed.id, NOW + 50)).toBe(true);
    const job = await readJob(db, TENANT, claimed.id);
    expect(job).toMatchObject({ status: "queued", failures: 0, error: null, completedAt: null, sequence: 2 });
    expect(await sweepAt(claimed.id)).toBe(NOW + 50 + WAKE_GRACE_MS);
    const again = await claim(db, claimed.id, NOW + 50);
    expect(await complete(db, again)).toMatchObject({ sequence: 3, attempt: 2 });
    expect(await rowsOf(claimed.id)).toEqual({ jobs: 1, events: 2 });
  });

  test("is for failed and canceled jobs only", async () => {
    const waiting = await insertNewJob(db);
    const claimed = await insertClaimedJob(db);
    const done = await complete(db, await insertClaimedJob(db));
    expect(await requeueJob(db, waiting.id, NOW)).toBe(false);
    expect(await requeueJob(db, claimed.id, NOW + LEASE_MS)).toBe(false);
    expect(await requeueJob(db, done.id, NOW)).toBe(false);
    expect(await requeueJob(db, "job_gone", NOW)).toBe(false);
  });
});
