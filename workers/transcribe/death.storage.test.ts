import { expect, test } from "vitest";
import type { Job } from "../../shared/job.ts";
import { LEASE_MS, MAX_FAILURES } from "../../shared/limits.ts";
import { jobMessage } from "../../shared/queue/message.ts";
import { extendLease, sweepJobs } from "../../shared/storage/job-work.ts";
import { extendPart } from "../../shared/storage/parts.ts";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { makeWav } from "../../tests/support/audio/wav.ts";
import { AUDIO, claim, insertNewJob, NOW, OPTIONS } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../tests/support/stack/storage.ts";
import { readTranscript } from "../../tests/support/stack/stored.ts";
import { crashing, crashingDatabase, type Life, startLife } from "../../tests/support/workers/crash-after.ts";
import { chooseSteps, KILLS, killAfterEach } from "../../tests/support/workers/kill-after.ts";
import {
  insertLongJob,
  keepAudioInMemory,
  listenTo,
  PART_SECONDS,
  talkFor,
  wordsOf,
} from "../../tests/support/workers/long-job.ts";
import {
  answerOf,
  claimOnlyPart,
  errorOf,
  eventsOf,
  finish,
  handle,
  ledgerOf,
  makeDeps,
  PROBE,
  type Speech,
  scriptSpeech,
  type TestDeps,
} from "../../tests/support/workers/transcribe-deps.ts";
import type { Deps } from "./deps.ts";
import { runJob } from "./run-job.ts";
import { wakeJobs } from "./sweep.ts";

const storage = await useStorage();
useLogs();
const { db, bucket, rowsOf } = storage;

/** One attempt by a Worker that is killed after this number of steps, if the work takes as many. */
async function dieAfter(most: number, speech: Speech, id: string): Promise<Life> {
  const life = startLife(most);
  const deps = makeDeps(storage, {
    fetch: (input, init) => {
      const call = () => speech.fetch(input, init);
      return input === PROBE ? call() : life.step("call", call);
    },
  });
  deps.db = crashingDatabase(db, life);
  deps.bucket = crashing(bucket, life);
  deps.transcribeQueue = crashing(deps.transcribeQueue, life);
  deps.notifyQueue = crashing(deps.notifyQueue, life);
  await runJob(deps, id).catch(() => undefined);
  return life;
}

/** Another Worker takes over when the lease is over, and works to the end. */
async function takeOver(speech: Speech, id: string): Promise<{ deps: TestDeps; job: Job }> {
  const deps = makeDeps(storage, { fetch: speech.fetch });
  deps.time = NOW + LEASE_MS;
  await wakeJobs(deps);
  return { deps, job: await finish(deps, id) };
}

test("a Worker killed after any step leaves a job that another completes once, and pays twice only if the answer died with it", async () => {
  const wav = makeWav(1);
  const steps = await killAfterEach(async (most) => {
    const speech = scriptSpeech(answerOf(), answerOf(12, 2), answerOf(12, 2));
    const first = await insertNewJob(db, {
      task: "translate",
      options: { ...OPTIONS, diarize: true },
      audio: { ...AUDIO, duration: null, container: null, sha256: `sha-${most}` },
    });
    await bucket.put(first.audioKey ?? "", wav);
    const life = await dieAfter(most, speech, first.id);
    if (!life.isOver()) return life.steps.length;
    const { job } = await takeOver(speech, first.id);

    const where = `killed after ${most}: ${life.steps.at(-1)} (${KILLS})`;
    expect(job, where).toMatchObject({ status: "completed", sequence: 3, result: { words: 12 } });
    expect(job.result?.speakers, where).not.toEqual([]);
    expect(speech.calls.length, where).toBe(life.steps.at(-1) === "call" ? 3 : 2);
    const rows = { jobs: 1, parts: 1, events: 2, transcript_slices: 1, calls: expect.any(Number) };
    expect(await rowsOf(job.id), where).toEqual(rows);
    return life.steps.length;
  });
  expect(steps).toBeGreaterThan(13);
  const busy =
    "SELECT count(*) AS n FROM jobs WHERE status = 'completed' AND (sweep_at IS NOT NULL OR spending = 1)";
  expect(await count(db, busy)).toBe(0);
});

test("a Worker killed after any step of a job of three parts costs at most the part it held, and one call", async () => {
  const talk = talkFor(3);
  const memory = keepAudioInMemory(bucket);

  /** A life of this many steps: how many each message took, and whether the job has come to its end in it. */
  async function live(most: number) {
    const job = await insertLongJob(db, memory, talk);
    const speech = listenTo(db, talk);
    const life = startLife(most);
    const deps = makeParts(crashingDatabase(db, life), crashing(memory, life), (input, init) =>
      input === PROBE ? speech.fetch(input, init) : life.step("call", () => speech.fetch(input, init)),
    );
    await deps.transcribeQueue.send(jobMessage(job.id));
    const taken: number[] = [];
    // The dead Worker takes no more messages, and those that were sent are lost: the sweep must do.
    while (!life.isOver() && deps.inbox.length > 0) {
      const [next] = deps.inbox.splice(0, 1);
      if (next) await handle(deps, next.message).catch(() => undefined);
      taken.push(life.steps.length);
    }
    return { job, speech, steps: life.steps, taken };
  }

  const { taken } = await live(Number.POSITIVE_INFINITY);
  const [, firstPart = 0, middlePart = 0, all = 0] = taken;
  expect(taken).toHaveLength(4); // the job, its three parts
  // The middle part takes the same steps as the first.
  const kills = chooseSteps(all - middlePart + firstPart).map((n) =>
    n <= firstPart ? n : n + middlePart - firstPart,
  );
  for (const kill of kills) {
    const { job, speech, steps } = await live(kill);
    const other = makeParts(db, memory, speech.fetch);
    other.time = NOW + LEASE_MS;
    await wakeJobs(other);
    const done = await finish(other, job.id);

    const last = steps.at(-1) ?? "";
    const where = `killed after ${kill}: ${last} (${KILLS})`;
    expect(done, where).toMatchObject({ status: "completed", sequence: 3, partsTotal: 3, partsDone: 3 });
    const { words } = JSON.parse(await readTranscript(db, done)) as Transcript;
    const heard = words.map(({ word }) => word);
    expect(heard, where).toEqual(wordsOf(talk));
    expect(speech.calls.length, where).toBe(last === "call" ? 4 : 3);
    const rows = { jobs: 1, parts: 3, events: 3, transcript_slices: 1, calls: expect.any(Number) };
    expect(await rowsOf(job.id), where).toEqual(rows);
  }
}, 120_000);

function makeParts(partsDb: D1Database, partsBucket: R2Bucket, fetch: Deps["fetch"]): TestDeps {
  const deps = makeDeps({ db: partsDb, bucket: partsBucket }, { fetch });
  deps.config.partSeconds = PART_SECONDS;
  deps.config.tenantConcurrency = 1; // so that each part that ends has to release the next
  return deps;
}

test("a Worker killed after any step of a failure leaves a job that fails once", async () => {
  await killAfterEach(async (most) => {
    const speech = scriptSpeech(errorOf(400, "unsupported_format"), errorOf(400, "unsupported_format"));
    const { id } = await insertNewJob(db);
    const life = await dieAfter(most, speech, id);
    if (!life.isOver()) return life.steps.length;
    const { deps, job } = await takeOver(speech, id);
    const where = `killed after ${most}: ${life.steps.at(-1)} (${KILLS})`;
    expect(job, where).toMatchObject({ status: "failed", error: { code: "unsupported_format" } });
    expect(await eventsOf(deps, id), where).toEqual(["job.failed"]);
    return life.steps.length;
  });
});

test("a Worker killed after any step of a wait leaves a job that goes on", async () => {
  await killAfterEach(async (most) => {
    const wait = errorOf(429, null, { "retry-after": "5" });
    const speech = scriptSpeech(wait, answerOf());
    const { id } = await insertNewJob(db);
    const life = await dieAfter(most, speech, id);
    if (!life.isOver()) return life.steps.length;
    const { deps, job } = await takeOver(speech, id);
    const where = `killed after ${most}: ${life.steps.at(-1)} (${KILLS})`;
    expect(job, where).toMatchObject({ status: "completed" });
    expect(await eventsOf(deps, id), where).toEqual(["job.completed"]);
    await db.prepare("DELETE FROM gates").run();
    return life.steps.length;
  });
});

test.each(["job", "part"])(
  "a Worker that lives and could not reach the database for a lease keeps its %s: it is not done twice",
  async (what) => {
    const speech = scriptSpeech(answerOf());
    const { id } = await insertNewJob(db);
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const part = what === "part" ? await claimOnlyPart(deps, id) : null;
    const job = part ? null : await claim(db, id, deps.time);
    deps.time += LEASE_MS;
    deps.pause = async (ms) => {
      deps.time += ms;
      if (part) await extendPart(db, part, deps.time);
      if (job) await extendLease(db, job, deps.time);
    };
    await wakeJobs(deps);
    expect(deps.woken).toEqual([]);
    expect(await count(db, "SELECT sum(failures) AS n FROM jobs")).toBe(0);
    expect(await count(db, "SELECT COALESCE(sum(failures), 0) AS n FROM parts")).toBe(0);

    deps.pause = async () => undefined;
    deps.time += LEASE_MS;
    await wakeJobs(deps);
    expect(deps.woken).toHaveLength(1);
    expect(await finish(deps, id)).toMatchObject({ status: "completed" });
  },
);

test("a job that dies at every attempt is given up after the fifth, without another call", async () => {
  const { id } = await insertNewJob(db);
  const deps = makeDeps(storage);
  for (let n = 1; n <= MAX_FAILURES; n++) {
    await claim(db, id, deps.time);
    deps.time += LEASE_MS;
    expect(await sweepJobs(db, deps.time, 100)).toEqual([id]);
  }
  const job = await finish(deps, id);
  expect(job).toMatchObject({
    status: "failed",
    failures: MAX_FAILURES,
    error: { code: "internal_error", retryable: true },
  });
  expect(await ledgerOf(deps, id)).toEqual([]);
  expect(await eventsOf(deps, id)).toEqual(["job.failed"]);
});

test("a job that has died four times is still worked on", async () => {
  const { id } = await insertNewJob(db);
  const deps = makeDeps(storage, { fetch: scriptSpeech(answerOf()).fetch });
  for (let n = 1; n < MAX_FAILURES; n++) {
    await claim(db, id, deps.time);
    deps.time += LEASE_MS;
    await sweepJobs(db, deps.time, 100);
  }
  expect(await finish(deps, id)).toMatchObject({ status: "completed", failures: MAX_FAILURES - 1 });
});
