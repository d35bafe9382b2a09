import { describe, expect, test } from "vitest";
import { WAKE_GRACE_MS } from "../../../shared/limits.ts";
import { readGate } from "../../../shared/storage/gates.ts";
import { sweepParts } from "../../../shared/storage/parts.ts";
import { saveRawAnswer } from "../../../shared/storage/raw-answers.ts";
import { claim, insertNewJob, NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { useStandIn } from "../../../tests/support/workers/stand-in.ts";
import {
  answerOf,
  attempt,
  errorOf,
  eventsOf,
  finish,
  keptAnswer,
  ledgerOf,
  makeDeps,
  readPartNow,
  scriptSpeech,
  type TestDeps,
} from "../../../tests/support/workers/transcribe-deps.ts";
import { runJob } from "../run-job.ts";

const storage = await useStorage();
const standIn = await useStandIn();
const logs = useLogs();
const { db, bucket } = storage;

/** Deps with the stand-in behind them, which takes uploads, so that its right answers need no address of ours. */
function makeStandInDeps(): TestDeps {
  return makeDeps(storage, { fetch, upstream: { baseUrl: standIn.baseUrl, takesUrl: false } });
}

async function insertUpload(): Promise<string> {
  const { id, audioKey } = await insertNewJob(db);
  await bucket.put(audioKey ?? "", "a recording");
  return id;
}

/** The upstream answers once with this status and these headers: how long the job then waits, in milliseconds. */
async function waitAfter(status: number, headers: Record<string, string> = {}): Promise<number | null> {
  standIn.fault({ status, headers });
  const deps = makeStandInDeps();
  const job = await attempt(deps, await insertUpload());
  expect(job).toMatchObject({ status: "processing", failures: 0, waitingFor: "rate_limited", error: null });
  const { notBefore, ...part } = await readPartNow(deps, job.id);
  expect(part).toMatchObject({ status: "waiting", failures: 0, failedCalls: 0 });
  const delaySeconds = Math.ceil(((notBefore ?? 0) - NOW) / 1000);
  expect(deps.woken).toEqual([{ jobId: job.id, part: 0, delaySeconds }]);
  return notBefore && notBefore - NOW;
}

describe("a 429 makes the job wait", () => {
  test("as retry-after-ms says, before anything else", async () => {
    const headers = { "retry-after-ms": "1500", "retry-after": "9", "x-ratelimit-reset": "8" };
    expect(await waitAfter(429, headers)).toBe(1_500);
  });
  test("as retry-after says in seconds", async () => {
    expect(await waitAfter(429, { "retry-after": "7", "x-ratelimit-reset": "8" })).toBe(7_000);
  });
  test("as retry-after says as a date", async () => {
    expect(await waitAfter(429, { "retry-after": "Fri, 20 Nov 2026 12:02:00 GMT" })).toBe(120_000);
  });
  test("as x-ratelimit-reset says", async () => {
    expect(await waitAfter(429, { "x-ratelimit-reset": "2.5" })).toBe(2_500);
  });
  test("for ten seconds when nothing says how long", async () => {
    expect(await waitAfter(429)).toBe(10_000);
  });
  test("for ten seconds when what is said cannot be read", async () => {
    expect(await waitAfter(429, { "retry-after": "soon" })).toBe(10_000);
  });
  test("for an hour at most, whatever is said", async () => {
    expect(await waitAfter(429, { "retry-after": "3600" })).toBe(3_600_000);
    await db.prepare("DELETE FROM gates").run();
    expect(await waitAfter(429, { "retry-after": "999999999" })).toBe(3_600_000);
  });
  test("with its slug in error.code as well", async () => {
    standIn.configure({ flags: { rate_limit_shape: "code" } });
    expect(await waitAfter(429, { "retry-after": "3" })).toBe(3_000);
  });
});

test("a 503 makes the job wait in the same way", async () => {
  expect(await waitAfter(503, { "retry-after": "4" })).toBe(4_000);
  await db.prepare("DELETE FROM gates").run();
  expect(await waitAfter(503)).toBe(10_000);
});

test("those who wait together do not come back together", async () => {
  standIn.fault({ status: 429, headers: { "retry-after": "5" } });
  const deps = makeDeps(storage, {
    fetch,
    random: () => 0.999,
    upstream: { baseUrl: standIn.baseUrl, takesUrl: false },
  });
  const { id } = await attempt(deps, await insertUpload());
  expect(await readPartNow(deps, id)).toMatchObject({ notBefore: NOW + 5_000 + 1_998 });
  expect(await readGate(db, NOW)).toMatchObject({ closedUntil: NOW + 5_000 });
});

describe("while the upstream has asked to wait", () => {
  test("no other job calls it, until the very moment it named", async () => {
    standIn.fault({ status: 429, headers: { "retry-after": "30" } }, 1);
    const deps = makeStandInDeps();
    const [first, second, third] = [await insertUpload(), await insertUpload(), await insertUpload()];
    await attempt(deps, first);

    expect(await attempt(deps, second)).toMatchObject({ status: "processing", waitingFor: "rate_limited" });
    expect(await readPartNow(deps, second)).toMatchObject({ failures: 0, notBefore: NOW + 30_000 });
    deps.time = NOW + 29_999;
    await attempt(deps, third);
    expect(await readPartNow(deps, third)).toMatchObject({ failures: 0, notBefore: NOW + 30_000 });
    expect(standIn.calls()).toHaveLength(1);
    expect(await ledgerOf(deps, third)).toEqual([]);

    deps.time = NOW + 30_000;
    for (const id of [first, second, third]) {
      expect(await attempt(deps, id)).toMatchObject({ status: "completed" });
    }
    expect(standIn.calls()).toHaveLength(4);
  });

  test("a job whose answer is already here goes on", async () => {
    const deps = makeStandInDeps();
    const { job } = { job: await claim(db, await insertUpload()) };
    const answer = keptAnswer(await answerOf().text());
    await saveRawAnswer(bucket, { job, part: 0, purpose: "text" }, answer);
    await db.prepare("UPDATE jobs SET status = 'queued' WHERE id = ?").bind(job.id).run();
    standIn.fault({ status: 429, headers: { "retry-after": "30" } });
    await attempt(deps, await insertUpload());
    expect(await attempt(deps, job.id)).toMatchObject({ status: "completed" });
  });
});

describe("refused again and again without a word how long", () => {
  /** How long the job waits each time that it is refused. */
  async function waitsOf(faults: number): Promise<number[]> {
    standIn.fault({ status: 429 }, faults);
    const deps = makeStandInDeps();
    const id = await insertUpload();
    const waits: number[] = [];
    for (let n = 0; n < faults; n++) {
      await attempt(deps, id);
      const { notBefore } = await readPartNow(deps, id);
      waits.push((notBefore ?? 0) - deps.time);
      deps.time = notBefore ?? 0;
    }
    expect(await attempt(deps, id)).toMatchObject({ status: "completed" });
    return waits;
  }

  test("each wait is twice as long, up to five minutes of which jitter takes up to half", async () => {
    expect(await waitsOf(6)).toEqual([10_000, 20_000, 40_000, 80_000, 150_000, 150_000]);
  });

  test("an answer in between makes them start again", async () => {
    await waitsOf(3);
    expect(await waitsOf(2)).toEqual([10_000, 20_000]);
  });

  test("jobs that were refused at the same moment count as one refusal", async () => {
    standIn.fault({ status: 429 });
    const deps = makeStandInDeps();
    const ids = [await insertUpload(), await insertUpload(), await insertUpload()];
    await Promise.all(ids.map((id) => runJob(deps, id)));
    expect(await readGate(db, NOW)).toMatchObject({ closedUntil: NOW + 10_000 });
    deps.time = NOW + 10_000;
    await attempt(deps, ids[0] ?? "");
    expect(await readGate(db, deps.time)).toMatchObject({ closedUntil: deps.time + 20_000 });
  });
});

test("however often it is told to wait, the job never fails for it", async () => {
  standIn.fault({ status: 429, headers: { "retry-after": "3" } }, 12);
  const deps = makeStandInDeps();
  const job = await finish(deps, await insertUpload());
  expect(job).toMatchObject({ status: "completed", failures: 0, waitingFor: null });
  expect(await readPartNow(deps, job.id)).toMatchObject({ attempt: 13, failures: 0, failedCalls: 0 });
  expect(deps.time).toBe(NOW + 12 * 3_000);
  const outcomes = (await ledgerOf(deps, job.id)).map((row) => row.outcome);
  expect(outcomes).toEqual([...Array(12).fill("rate_limited"), "answered"]);
  expect(await eventsOf(deps, job.id)).toEqual(["job.completed"]);
});

test("a wait asked for in a 200 is no wait", async () => {
  const deps = makeStandInDeps();
  standIn.fault({ headers: { "retry-after": "30", "x-ratelimit-reset": "30" } });
  expect(await attempt(deps, await insertUpload())).toMatchObject({ status: "completed" });
  expect(await readGate(db, deps.time)).toBeNull();
});

describe("a key that the upstream does not take", () => {
  test("makes the job wait, tells the operator, and lets it go on when the key is right", async () => {
    const speech = scriptSpeech(
      errorOf(401, "invalid_api_key"),
      Response.json({ error: { message: "Unauthorized" } }, { status: 401 }),
      answerOf(),
    );
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id } = await insertNewJob(db);

    expect(await attempt(deps, id)).toMatchObject({
      status: "processing",
      failures: 0,
      waitingFor: "upstream_unauthorized",
      error: null,
    });
    expect(await readPartNow(deps, id)).toMatchObject({ failures: 0, notBefore: NOW + 60_000 });
    expect(logs()).toContainEqual({ event: "operator.upstream_unauthorized", status: 401, job_id: id });
    expect(JSON.stringify(logs())).not.toContain("key-of-the-tests");

    deps.time = NOW + 60_000;
    expect(await attempt(deps, id)).toMatchObject({ status: "processing", failures: 0 });
    deps.time = NOW + 120_000;
    deps.config.upstream.apiKey = "the right one";
    expect(await attempt(deps, id)).toMatchObject({ status: "completed", waitingFor: null });
    expect(speech.calls.at(-1)?.key).toBe("Bearer the right one");
    expect(await eventsOf(deps, id)).toEqual(["job.completed"]);
  });

  test("makes the other jobs wait too, without a call of theirs", async () => {
    const speech = scriptSpeech(errorOf(401, "invalid_api_key"));
    const deps = makeDeps(storage, { fetch: speech.fetch });
    await attempt(deps, (await insertNewJob(db)).id);
    const other = await attempt(deps, (await insertNewJob(db)).id);
    expect(other).toMatchObject({ status: "processing", waitingFor: "upstream_unauthorized" });
    expect(speech.calls).toHaveLength(1);
  });

  test("is what 402 and 403 say as well, as JSON or as the edge's text", async () => {
    const deps = makeStandInDeps();
    const id = await insertUpload();
    standIn.fault({ status: 402 }, 1);
    expect(await attempt(deps, id)).toMatchObject({ waitingFor: "upstream_unauthorized" });
    deps.time += 60_000;
    standIn.fault({ status: 403, body: "error code: 1010" }, 1);
    expect(await attempt(deps, id)).toMatchObject({ waitingFor: "upstream_unauthorized" });
    expect(await readPartNow(deps, id)).toMatchObject({ failures: 0, failedCalls: 0 });
    deps.time += 60_000;
    expect(await attempt(deps, id)).toMatchObject({ status: "completed" });
    expect((await ledgerOf(deps, id)).map((row) => row.http_status)).toEqual([402, 403, 200]);
  });
});

test("a wake-up that cannot be sent leaves the job to the sweep", async () => {
  const deps = makeDeps(storage, {
    fetch: scriptSpeech(errorOf(429, null, { "retry-after": "5" })).fetch,
    transcribeQueue: {
      send: () => Promise.reject(new Error("Queue is overloaded. Please back off.")),
      sendBatch: () => Promise.reject(new Error("not used")),
    },
  });
  const { id } = await insertNewJob(db);
  await expect(attempt(deps, id)).rejects.toThrow(/overloaded/);
  expect(await readPartNow(deps, id)).toMatchObject({
    status: "waiting",
    failures: 0,
    notBefore: NOW + 5_000,
  });
  expect(await sweepParts(db, NOW + 5_000 + WAKE_GRACE_MS, 100)).toEqual([{ jobId: id, n: 0 }]);
});
