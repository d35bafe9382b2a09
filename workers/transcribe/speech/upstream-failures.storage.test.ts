import { afterEach, describe, expect, test, vi } from "vitest";
import { LEASE_MS, MAX_FAILURES } from "../../../shared/limits.ts";
import { noteFetched } from "../../../shared/storage/calls.ts";
import { requeueJob } from "../../../shared/storage/jobs.ts";
import { sweepParts } from "../../../shared/storage/parts.ts";
import { saveRawAnswer } from "../../../shared/storage/raw-answers.ts";
import { insertNewJob, NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../../tests/support/stack/storage.ts";
import { useStandIn } from "../../../tests/support/workers/stand-in.ts";
import {
  answerOf,
  attempt,
  claimOnlyPart,
  errorOf,
  eventsOf,
  finish,
  keptAnswer,
  ledgerOf,
  makeDeps,
  PROBE,
  readPartNow,
  scriptSpeech,
  type TestDeps,
} from "../../../tests/support/workers/transcribe-deps.ts";

const storage = await useStorage();
const standIn = await useStandIn();
const logs = useLogs();
const { db, bucket, keys } = storage;
type Fault = Parameters<typeof standIn.fault>[0];

function makeStandInDeps(): TestDeps {
  return makeDeps(storage, { fetch, upstream: { baseUrl: standIn.baseUrl, takesUrl: false } });
}

async function insertUpload(): Promise<string> {
  const { id, audioKey } = await insertNewJob(db);
  await bucket.put(audioKey ?? "", "a recording");
  return id;
}

/** Meets the fault once: the job must wait a little, count it, ask once more as it is, and come through. */
async function expectOneRetry(
  fault: Fault,
  first: { outcome: string; http_status: number | null },
  { pauseMs = 1_000, counts = { failures: 0, failedCalls: 1 } } = {},
) {
  standIn.fault(fault, 1);
  const deps = makeStandInDeps();
  const id = await insertUpload();
  expect(await attempt(deps, id)).toMatchObject({ status: "processing", failures: 0, error: null });
  expect(await readPartNow(deps, id)).toMatchObject({
    status: "waiting",
    notBefore: NOW + pauseMs,
    ...counts,
  });
  expect(deps.woken).toEqual([{ jobId: id, part: 0, delaySeconds: pauseMs / 1_000 }]);
  deps.time = NOW + pauseMs;
  expect(await attempt(deps, id)).toMatchObject({ status: "completed" });
  expect(await ledgerOf(deps, id)).toMatchObject([first, { outcome: "answered", http_status: 200 }]);
  expect(await eventsOf(deps, id)).toEqual(["job.completed"]);
}

/** Meets the fault every time: the job fails after the second call. */
async function expectFailure(fault: Fault): Promise<{ message: string; upstreamId: string | null }> {
  standIn.fault(fault);
  const deps = makeStandInDeps();
  const job = await finish(deps, await insertUpload());
  expect(job).toMatchObject({
    status: "failed",
    error: { code: "processing_failed", retryable: true },
  });
  expect(standIn.calls()).toHaveLength(2);
  expect(await eventsOf(deps, job.id)).toEqual(["job.failed"]);
  expect((await keys()).filter((key) => key.startsWith("raw/"))).toEqual([]);
  return { message: job.error?.message ?? "", upstreamId: job.error?.upstream_id ?? null };
}

const RAY = /^[0-9a-f]{16}-LHR$/;
const FAILED = "processing_failed";

describe("an upstream that fails once is asked once more, as it is", () => {
  test("500 processing_failed", () =>
    expectOneRetry({ kind: "json_error", slug: FAILED }, { outcome: FAILED, http_status: 500 }));
  test("500 without a slug", () =>
    expectOneRetry({ status: 500, body: "oops" }, { outcome: FAILED, http_status: 500 }));
  test("504 as an HTML page", () => expectOneRetry({ status: 504 }, { outcome: FAILED, http_status: 504 }));
  test("524 as an HTML page", () =>
    expectOneRetry({ kind: "html524" }, { outcome: FAILED, http_status: 524 }));
  test("408", () => expectOneRetry({ status: 408 }, { outcome: FAILED, http_status: 408 }));
  test("200 with nothing in it", () =>
    expectOneRetry({ kind: "empty200" }, { outcome: FAILED, http_status: 200 }));
  test("200 with an HTML page", () =>
    expectOneRetry({ kind: "html200" }, { outcome: "answered", http_status: 200 }));
  test("200 with an error inside", () =>
    expectOneRetry(
      { status: 200, body: { error: { message: "no" } } },
      { outcome: "answered", http_status: 200 },
    ));
  test("200 with JSON that is cut off", () =>
    expectOneRetry({ status: 200, body: '{"text":"good morn' }, { outcome: "answered", http_status: 200 }));
  test("an answer whose connection closes halfway", () =>
    expectOneRetry({ kind: "cutoff" }, { outcome: FAILED, http_status: 200 }));
  test("a connection dropped without an answer", () =>
    expectOneRetry(
      { kind: "drop" },
      { outcome: "unavailable", http_status: null },
      {
        pauseMs: 30_000,
        counts: { failures: 1, failedCalls: 0 },
      },
    ));
});

describe("an upstream that keeps failing", () => {
  test("with processing_failed ends the job with the upstream's own id", async () => {
    const { message, upstreamId } = await expectFailure({ kind: "json_error", slug: FAILED });
    expect(message).toBe("The speech API said: Internal decode failure.");
    expect(upstreamId).toMatch(/^oStub/);
  });
  test("with the edge's 504 ends it with the edge's id", async () => {
    expect((await expectFailure({ status: 504 })).upstreamId).toMatch(RAY);
  });
  test("with the edge's 524 does too", async () => {
    expect((await expectFailure({ kind: "html524" })).upstreamId).toMatch(RAY);
  });
  test("with nothing in its 200 does too", async () => {
    expect((await expectFailure({ kind: "empty200" })).upstreamId).toMatch(RAY);
  });
  test("with half an answer does too", async () => {
    expect((await expectFailure({ kind: "cutoff" })).upstreamId).toMatch(RAY);
  });
  test("with HTML for an answer ends it, and the page is forgotten", async () => {
    expect((await expectFailure({ kind: "html200" })).message).toContain("no transcript (not_json)");
  });
});

test("an answer that is none is out of R2 before the job is asked for again", async () => {
  standIn.fault({ kind: "html200" }, 1);
  const deps = makeStandInDeps();
  const id = await insertUpload();
  await attempt(deps, id);
  expect(await keys()).toEqual([expect.stringMatching(/^audio\//)]);
  expect(logs()).toContainEqual({ event: "upstream.answer_unusable", job_id: id, reason: "not_json" });
  await finish(deps, id);
  expect(await keys()).toContainEqual(expect.stringMatching(/^raw\//));
});

test("a stored answer that turns out to be none is forgotten and bought again", async () => {
  const speech = scriptSpeech(answerOf());
  const deps = makeDeps(storage, { fetch: speech.fetch });
  const job = await insertNewJob(db);
  const { id } = job;
  await saveRawAnswer(bucket, { job, part: 0, purpose: "text" }, keptAnswer("<html>"));
  await attempt(deps, id);
  expect(await readPartNow(deps, id)).toMatchObject({ status: "waiting", failedCalls: 1 });
  expect(speech.calls).toEqual([]);
  expect(await finish(deps, id)).toMatchObject({ status: "completed" });
});

test("a speech API that cannot be reached is tried again with growing pauses, and then the job fails", async () => {
  const deps = makeDeps(storage, { fetch: () => Promise.reject(new TypeError("fetch failed")) });
  const { id } = await insertNewJob(db);
  const job = await finish(deps, id);
  expect(job).toMatchObject({
    status: "failed",
    error: { code: "upstream_unavailable", retryable: true, upstream_id: null },
  });
  expect(deps.time - NOW).toBe(30_000 + 60_000 + 120_000 + 240_000);
  expect(job.error?.message).not.toContain("fetch failed");
  expect(await ledgerOf(deps, id)).toHaveLength(MAX_FAILURES);
});

describe("a connection that breaks off without an answer", () => {
  const reset = () => Promise.reject(new TypeError("Network connection lost."));

  async function breakOff(during: (deps: TestDeps, id: string) => Promise<void>): Promise<TestDeps> {
    const deps = makeDeps(storage);
    const { id } = await insertNewJob(db);
    deps.fetch = async (input) => {
      if (input === PROBE) return new Response();
      await during(deps, id);
      return reset();
    };
    const job = await finish(deps, id);
    expect(job).toMatchObject({ status: "failed" });
    return deps;
  }
  const usage = () => count(db, "SELECT sum(calls) AS n FROM usage_days");

  test("after seconds of work may be billed, and is tried once more", async () => {
    const deps = await breakOff(async ({ pause }) => pause(3_500));
    expect(await ledgerNow(deps)).toEqual(Array(2).fill({ outcome: "processing_failed", billed: 1 }));
    expect(await usage()).toBe(2);
  });

  test("at once, but after the audio was fetched, may be billed too", async () => {
    let attempt = 0;
    const deps = await breakOff((_, id) => noteFetched(db, [id, ++attempt, 0, "text"], NOW));
    expect(await ledgerNow(deps)).toEqual(Array(2).fill({ outcome: "processing_failed", billed: 1 }));
    expect(await usage()).toBe(2);
  });

  test("before anybody asked for the audio costs nothing, and is tried five times", async () => {
    const deps = await breakOff(async () => undefined);
    expect(await ledgerNow(deps)).toEqual(Array(5).fill({ outcome: "unavailable", billed: 0 }));
    expect(await usage()).toBe(0);
  });

  async function ledgerNow(deps: TestDeps) {
    const { results } = await deps.db.prepare("SELECT outcome, billed FROM calls ORDER BY started_at").all();
    return results;
  }
});

test("a Worker that died does not use up the one more try as it is", async () => {
  const speech = scriptSpeech(errorOf(500, FAILED), answerOf());
  const deps = makeDeps(storage, { fetch: speech.fetch });
  const { id } = await insertNewJob(db);
  await claimOnlyPart(deps, id);
  deps.time += LEASE_MS;
  expect(await sweepParts(db, deps.time, 100)).toEqual([{ jobId: id, n: 0 }]);
  await attempt(deps, id);
  expect(await readPartNow(deps, id)).toMatchObject({ status: "waiting", failures: 1, failedCalls: 1 });
  expect(await finish(deps, id)).toMatchObject({ status: "completed" });
});

describe("an upstream that answers too late", () => {
  afterEach(() => void vi.restoreAllMocks());

  /** The deadline of a call, for the test to let pass. */
  function holdDeadline() {
    const deadline = new AbortController();
    const held = vi.spyOn(AbortSignal, "timeout").mockReturnValue(deadline.signal);
    return {
      pass: () => deadline.abort(new DOMException("too late", "TimeoutError")),
      release: () => held.mockRestore(),
    };
  }

  /** As fetch does: nothing comes until the signal ends it. */
  function never(signal: AbortSignal): Promise<Response> {
    return new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }

  test("with its headers counts as failed, and is asked once more", async () => {
    const deadline = holdDeadline();
    const speech = scriptSpeech((signal) => {
      deadline.pass();
      return never(signal);
    }, answerOf());
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id } = await insertNewJob(db);
    await attempt(deps, id);
    expect(await readPartNow(deps, id)).toMatchObject({ status: "waiting", failedCalls: 1 });
    expect(await ledgerOf(deps, id)).toMatchObject([{ outcome: FAILED, http_status: null }]);
    deadline.release();
    deps.time += 1_000;
    expect(await attempt(deps, id)).toMatchObject({ status: "completed" });
  });

  test("with its body counts as failed too", async () => {
    const deadline = holdDeadline();
    const speech = scriptSpeech((signal) => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"text":"'));
          signal.addEventListener("abort", () => controller.error(signal.reason));
        },
        pull: () => deadline.pass(),
      });
      return new Response(body, { headers: { "cf-ray": "a04666c029ada2f9-SEA" } });
    });
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id } = await insertNewJob(db);
    await attempt(deps, id);
    expect(await readPartNow(deps, id)).toMatchObject({ status: "waiting", failedCalls: 1 });
    expect(await ledgerOf(deps, id)).toMatchObject([{ outcome: FAILED, http_status: 200 }]);
  });

  test("twice ends the job, and says how long was waited", async () => {
    const deadline = holdDeadline();
    deadline.pass();
    const deps = makeDeps(storage, { fetch: scriptSpeech(answerOf(), answerOf()).fetch });
    const { id } = await insertNewJob(db);
    const job = await finish(deps, id);
    expect(job).toMatchObject({ status: "failed", error: { code: FAILED } });
    expect(job.error?.message).toContain("within 10 minutes");
  });
});

test("the retry of a failed job starts to count again and keeps its history", async () => {
  const speech = scriptSpeech(errorOf(500, FAILED), errorOf(500, FAILED), answerOf());
  const deps = makeDeps(storage, { fetch: speech.fetch });
  const { id } = await insertNewJob(db);
  expect(await finish(deps, id)).toMatchObject({ status: "failed" });
  await requeueJob(db, id, deps.time);
  const job = await finish(deps, id);
  expect(job).toMatchObject({ status: "completed", error: null, sequence: 5 });
  expect(await eventsOf(deps, id)).toEqual(["job.failed", "job.completed"]);
});
