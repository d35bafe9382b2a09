import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../shared/id.ts";
import type { Job } from "../../shared/job.ts";
import { HEARTBEAT_MS, LEASE_MS, PURGE_AGAIN_MS } from "../../shared/limits.ts";
import { readAnyJob } from "../../shared/storage/job-work.ts";
import { cancelJob, deleteJob, requeueJob } from "../../shared/storage/jobs.ts";
import { eventOf } from "../../shared/webhooks/event.ts";
import { insertNewJob, NOW } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { useStorage } from "../../tests/support/stack/storage.ts";
import { readTranscript } from "../../tests/support/stack/stored.ts";
import {
  answerOf,
  attempt,
  BASE_URL,
  errorOf,
  eventsOf,
  finish,
  jsonOf,
  ledgerOf,
  makeDeps,
  readJobNow,
  readPartNow,
  type SpeechAnswer,
  scriptSpeech,
  type TestDeps,
} from "../../tests/support/workers/transcribe-deps.ts";
import { sweepPendingAudio } from "../ingest/sweeps/sweep-pending-audio.ts";
import { runJob } from "./run-job.ts";
import { wakeJobs } from "./sweep.ts";

const storage = await useStorage();
const logs = useLogs();
const { db, bucket, keys, rowsOf } = storage;

// Only the heartbeat's timer is held; each test says when it strikes.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

type UnderWay = {
  deps: TestDeps;
  id: string;
  /** Aborts when the Worker gives the call up. */
  signal: AbortSignal;
  /** The speech API answers now; resolves when the attempt is over. */
  answer(response: Response): Promise<void>;
  /** Resolves when the attempt is over. */
  over: Promise<void>;
};

/** An attempt that stands in the middle of its call; `later` are the answers to the calls after it. */
async function stopInCall(...later: SpeechAnswer[]): Promise<UnderWay> {
  const reached = Promise.withResolvers<AbortSignal>();
  const answered = Promise.withResolvers<Response>();
  const speech = scriptSpeech(
    (signal) => {
      signal.addEventListener("abort", () => answered.reject(signal.reason));
      reached.resolve(signal);
      return answered.promise;
    },
    ...later,
  );
  const deps = makeDeps(storage, { fetch: speech.fetch });
  const { id } = await insertNewJob(db);
  const over = runJob(deps, id);
  const signal = await reached.promise;
  const answer = (response: Response) => {
    answered.resolve(response);
    return over;
  };
  return { deps, id, signal, answer, over };
}

async function cancel(job: Job): Promise<void> {
  const links = { baseUrl: BASE_URL, downloadUrl: null };
  await cancelJob(db, job, NOW, async (done) => eventOf(newId("evt", NOW), "job.canceled", done, links));
}

/** The heartbeat strikes once; goes on when the row shows it. */
async function beat(deps: TestDeps, id: string): Promise<void> {
  deps.time += HEARTBEAT_MS;
  vi.advanceTimersByTime(HEARTBEAT_MS);
  const extended = async () =>
    (await db.prepare("SELECT sweep_at FROM parts WHERE job_id = ?").bind(id).first("sweep_at")) ===
    deps.time + LEASE_MS;
  while (!(await extended()));
}

/** What the sweep removes once no Worker can still be writing. */
async function purge(): Promise<void> {
  await sweepPendingAudio({ DB: db, BUCKET: bucket }, () => NOW + PURGE_AGAIN_MS);
}

describe("a call longer than a lease", () => {
  test("is kept by heartbeats: nobody else takes the job", async () => {
    const { deps, id, answer } = await stopInCall();
    for (let n = 0; n < 5; n++) {
      await beat(deps, id);
      await wakeJobs(deps);
    }
    expect(deps.time - NOW).toBeGreaterThan(LEASE_MS);
    await answer(answerOf());
    expect(await readAnyJob(db, id)).toMatchObject({ status: "completed", failures: 0 });
    expect(await readPartNow(deps, id)).toMatchObject({ attempt: 1, failures: 0 });
    expect(deps.woken).toEqual([]);
  });

  test("leaves no heartbeat behind", async () => {
    const { answer } = await stopInCall();
    expect(vi.getTimerCount()).toBe(1);
    await answer(answerOf());
    expect(vi.getTimerCount()).toBe(0);
  });

  test("survives a heartbeat that fails", async () => {
    const { deps, id, answer } = await stopInCall();
    const whole = deps.db;
    const failed = Promise.withResolvers<void>();
    deps.db = {
      prepare() {
        failed.resolve();
        throw new Error("D1 is away");
      },
    } as unknown as D1Database;
    vi.advanceTimersByTime(HEARTBEAT_MS);
    await failed.promise;
    deps.db = whole;
    await answer(answerOf());
    expect(await readAnyJob(db, id)).toMatchObject({ status: "completed" });
    expect(logs()).toContainEqual(
      expect.objectContaining({ event: "claim.heartbeat_failed", job_id: id, part: 0 }),
    );
  });
});

describe("a Worker that stops for longer than its lease, in its call", () => {
  test("comes back to a job that another has completed, and stops quietly", async () => {
    const { deps, id, answer } = await stopInCall(answerOf(12, 2));
    deps.time += LEASE_MS;
    await wakeJobs(deps);
    const done = await attempt(deps, id);
    expect(done).toMatchObject({ status: "completed", failures: 0 });
    expect(await readPartNow(deps, id)).toMatchObject({ attempt: 2, failures: 1 });

    await answer(answerOf(30, 3));

    expect(await readAnyJob(db, id)).toEqual(done);
    expect(await readTranscript(db, done)).toBe(jsonOf(12, 2));
    expect(await eventsOf(deps, id)).toEqual(["job.completed"]);
    expect(deps.announced).toHaveLength(1);
    expect(await rowsOf(id)).toEqual({ jobs: 1, parts: 1, calls: 2, events: 2, transcript_slices: 1 });
    expect(logs()).toContainEqual({ event: "job.claim_lost", job_id: id, part: 0, attempt: 1 });
  });

  test("comes back to one that nobody has taken yet: its answer is used, not bought again", async () => {
    const { deps, id, answer } = await stopInCall();
    deps.time += LEASE_MS;
    await wakeJobs(deps);
    await answer(answerOf());
    expect(await readPartNow(deps, id)).toMatchObject({ status: "waiting", failures: 1 });
    expect(await attempt(deps, id)).toMatchObject({ status: "completed" });
    expect(await eventsOf(deps, id)).toEqual(["job.completed"]);
  });

  test("and then fails, does not fail the job of the one who took over", async () => {
    const { deps, id, answer } = await stopInCall(answerOf());
    deps.time += LEASE_MS;
    await wakeJobs(deps);
    const done = await attempt(deps, id);
    await answer(errorOf(400, "unsupported_format"));
    expect(await readAnyJob(db, id)).toEqual(done);
    expect(await eventsOf(deps, id)).toEqual(["job.completed"]);
  });

  test("and is then told to wait, does not defer what another has claimed", async () => {
    const { deps, id, answer } = await stopInCall();
    await db.prepare("UPDATE parts SET attempt = 2 WHERE job_id = ?").bind(id).run();
    await answer(errorOf(429, null, { "retry-after": "5" }));
    expect(await readAnyJob(db, id)).toMatchObject({ status: "processing", waitingFor: null });
    expect(await readPartNow(deps, id)).toMatchObject({ status: "processing", attempt: 2, notBefore: null });
    expect(deps.woken).toEqual([]);
  });
});

describe("a job canceled during its call", () => {
  test("stays canceled, with one event, and its answer is kept", async () => {
    const { deps, id, answer, signal } = await stopInCall();
    await cancel(await readJobNow(deps, id));
    await answer(answerOf());
    expect(signal.aborted).toBe(false);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "canceled", result: null });
    expect(await eventsOf(deps, id)).toEqual(["job.canceled"]);
    expect(deps.announced).toEqual([]);
    expect(await rowsOf(id)).toEqual({ jobs: 1, parts: 1, calls: 1, events: 2 });
  });

  test("and retried later, uses that answer and calls nobody", async () => {
    const { deps, id, answer } = await stopInCall();
    await cancel(await readJobNow(deps, id));
    await answer(answerOf());
    await requeueJob(db, id, NOW);
    expect(await finish(deps, id)).toMatchObject({ status: "completed", sequence: 5 });
    expect(await eventsOf(deps, id)).toEqual(["job.canceled", "job.completed"]);
  });

  test("and retried at once, is not failed by the call from before", async () => {
    const { deps, id, answer } = await stopInCall(answerOf());
    await cancel(await readJobNow(deps, id));
    await requeueJob(db, id, NOW);
    await answer(errorOf(400, "unsupported_format"));
    expect(await readAnyJob(db, id)).toMatchObject({ status: "queued", error: null });
    expect(await finish(deps, id)).toMatchObject({ status: "completed" });
    expect(await eventsOf(deps, id)).toEqual(["job.canceled", "job.completed"]);
  });
});

test("a job canceled and retried during its call waits for that answer and calls nobody", async () => {
  const { deps, id, answer } = await stopInCall();
  await cancel(await readJobNow(deps, id));
  await requeueJob(db, id, NOW);
  await runJob(deps, id);
  await attempt(deps, id);
  expect(await readAnyJob(db, id)).toMatchObject({
    status: "processing",
    waitingFor: "earlier_call_in_progress",
  });
  await answer(answerOf());
  expect(await finish(deps, id)).toMatchObject({ status: "completed" });
  expect(await ledgerOf(deps, id)).toHaveLength(1);
});

describe("a job deleted during its call", () => {
  test("ends the call at the next heartbeat, and nothing but the ledger is left after the purge", async () => {
    const { deps, id, signal, over } = await stopInCall();
    await deleteJob(db, await readJobNow(deps, id), NOW);
    vi.advanceTimersByTime(HEARTBEAT_MS);
    await over;
    expect(signal.aborted).toBe(true);
    expect(deps.announced).toEqual([]);
    expect(deps.woken).toEqual([]);
    await purge();
    expect(await rowsOf(id)).toEqual({ calls: 1 });
    expect(await keys()).toEqual([]);
  });

  test("leaves nothing but the ledger after the purge when the answer comes first", async () => {
    const { deps, id, answer } = await stopInCall();
    await bucket.put((await readJobNow(deps, id)).audioKey ?? "", "the recording");
    await deleteJob(db, await readJobNow(deps, id), NOW);
    await answer(answerOf());
    expect(deps.announced).toEqual([]);
    expect(await keys()).toHaveLength(2);
    await purge();
    expect(await rowsOf(id)).toEqual({ calls: 1 });
    expect(await keys()).toEqual([]);
  });

  test("leaves nothing but the ledger when the answer is a refusal", async () => {
    const { deps, id, answer } = await stopInCall();
    await deleteJob(db, await readJobNow(deps, id), NOW);
    await answer(errorOf(400, "unsupported_format"));
    await purge();
    expect(await rowsOf(id)).toEqual({ calls: 1 });
    expect(deps.announced).toEqual([]);
  });
});
