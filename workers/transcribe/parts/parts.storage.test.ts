import { describe, expect, test } from "vitest";
import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { PURGE_AGAIN_MS, WAKE_GRACE_MS } from "../../../shared/limits.ts";
import { jobMessage } from "../../../shared/queue/message.ts";
import type { Provider } from "../../../shared/speech/provider.ts";
import { readAnyJob } from "../../../shared/storage/job-work.ts";
import { cancelJob, deleteJob, type NewJob, requeueJob } from "../../../shared/storage/jobs.ts";
import { listParts } from "../../../shared/storage/parts.ts";
import { readRawAnswer } from "../../../shared/storage/raw-answers.ts";
import { insertTenant } from "../../../shared/storage/tenants.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { eventOf } from "../../../shared/webhooks/event.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { NOW, OPTIONS } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { readTranscript } from "../../../tests/support/stack/stored.ts";
import { deliverAll } from "../../../tests/support/workers/consumers.ts";
import {
  type Deviation,
  type Heard,
  insertLongJob,
  keepAudioInMemory,
  listenTo,
  PART_SECONDS,
  talkFor,
  wordsOf,
} from "../../../tests/support/workers/long-job.ts";
import {
  BASE_URL,
  errorOf,
  eventsOf,
  finish,
  ledgerOf,
  makeDeps,
  PROVIDER,
  readJobNow,
  type TestDeps,
} from "../../../tests/support/workers/transcribe-deps.ts";
import { sweepPendingAudio } from "../../ingest/sweeps/sweep-pending-audio.ts";
import { fingerprintOf } from "../reuse/fingerprint.ts";
import { wakeJobs } from "../sweep.ts";

const storage = await useStorage();
const logs = useLogs();
const { db, keys, rowsOf } = storage;
const bucket = keepAudioInMemory(storage.bucket);

const talk = talkFor(3);

type Stage = {
  deps: TestDeps;
  calls: string[];
  send(change?: Partial<NewJob>): Promise<Job>;
  /** A job with the bytes of every other that is sent so. */
  sendDuplicate(): Promise<Job>;
};

/** Parts of a minute, and a speech API that hears them. */
function setStage(deviate?: Deviation, { recording = talk, share = 8 } = {}): Stage {
  const speech = listenTo(db, recording, deviate);
  const deps = makeDeps({ db, bucket }, { fetch: speech.fetch });
  deps.config.partSeconds = PART_SECONDS;
  deps.config.tenantConcurrency = share;
  return {
    deps,
    calls: speech.calls,
    async send(change) {
      const job = await insertLongJob(db, bucket, recording, change);
      await deps.transcribeQueue.send(jobMessage(job.id));
      return job;
    },
    async sendDuplicate() {
      const job = await insertLongJob(db, bucket, recording);
      const audio = { ...job.audio, sha256: "of all duplicates" };
      const fingerprint = await fingerprintOf({ ...job, audio }, deps.config.upstream.provider);
      await db
        .prepare("UPDATE jobs SET audio = ?, fingerprint = ? WHERE id = ?")
        .bind(JSON.stringify(audio), fingerprint, job.id)
        .run();
      await deps.transcribeQueue.send(jobMessage(job.id));
      return job;
    },
  };
}

/** A speech API that answers each call when the test says so. */
function holdCalls() {
  const claimed: (Heard & { answer(response?: Response): void })[] = [];
  const deviate: Deviation = (call) => {
    const answered = Promise.withResolvers<Response | undefined>();
    call.signal.addEventListener("abort", () => answered.reject(call.signal.reason));
    claimed.push({ ...call, answer: answered.resolve });
    return answered.promise;
  };
  return {
    claimed,
    deviate,
    /** This many calls are open, and the queue has nothing more to give. */
    async untilOpen(count: number, deps: TestDeps): Promise<void> {
      await eventually(() => claimed.length).toBe(count);
      expect(deps.inbox).toEqual([]);
    },
    /** Answers the oldest open calls; those that come after them are held as well. */
    answer(count: number): Heard[] {
      const answered = claimed.splice(0, count);
      for (const call of answered) call.answer();
      return answered;
    },
  };
}

async function wordsNow(job: Job): Promise<string[]> {
  const transcript = JSON.parse(await readTranscript(db, job)) as Transcript;
  return transcript.words.map(({ word }) => word);
}

async function cancel(deps: TestDeps, id: string): Promise<void> {
  const links = { baseUrl: BASE_URL, downloadUrl: null };
  await cancelJob(db, await readJobNow(deps, id), NOW, async (done) =>
    eventOf(newId("evt", NOW), "job.canceled", done, links),
  );
}

/** Runs the job to its end, and holds its transcript against what was said. */
async function expectWhole(stage: Stage, change?: Partial<NewJob>, recording = talk): Promise<Job> {
  const { id } = await stage.send(change);
  await deliverAll(stage.deps);
  const job = await readJobNow(stage.deps, id);
  expect(job).toMatchObject({ status: "completed", stage: "done", sequence: 3, error: null });
  expect(await wordsNow(job)).toEqual(wordsOf(recording));
  return job;
}

describe("a recording of three parts", () => {
  test("is three calls and one transcript, in which each word stands once", async () => {
    const stage = setStage();
    const job = await expectWhole(stage);
    expect(stage.calls.sort()).toEqual(["part-0.wav", "part-1.wav", "part-2.wav"]);
    expect(job).toMatchObject({ partsTotal: 3, partsDone: 3, attempt: 2, failures: 0 });
    expect(job.result?.duration).toBeCloseTo(talk.duration, 3);
    expect(stage.deps.woken.map(({ part }) => part)).toEqual([undefined, 0, 1, 2]);
    expect(await eventsOf(stage.deps, job.id)).toEqual(["job.completed"]);
    expect(await ledgerOf(stage.deps, job.id)).toHaveLength(3);
    expect(await rowsOf(job.id)).toEqual({ jobs: 1, parts: 3, calls: 3, events: 3, transcript_slices: 1 });
  });

  test("shows how many are done", async () => {
    const { claimed, deviate, untilOpen } = holdCalls();
    const { deps, send } = setStage(deviate);
    const { id } = await send();
    const over = deliverAll(deps);
    await untilOpen(3, deps);
    expect(await readAnyJob(db, id)).toMatchObject({ stage: "transcribing", partsDone: 0, partsTotal: 3 });
    claimed[1]?.answer();
    await eventually(async () => (await readJobNow(deps, id)).partsDone).toBe(1);
    claimed[0]?.answer();
    claimed[2]?.answer();
    await over;
    expect(await readAnyJob(db, id)).toMatchObject({ status: "completed", partsDone: 3 });
  });

  test("whose last two answers come at the same moment is put together once", async () => {
    const { deviate, untilOpen, answer } = holdCalls();
    const { deps, send } = setStage(deviate);
    const { id } = await send();
    const over = deliverAll(deps);
    await untilOpen(3, deps);
    answer(3);
    await over;
    expect(await readAnyJob(db, id)).toMatchObject({ status: "completed", attempt: 2, sequence: 3 });
    expect(logs().filter(({ event }) => event === "job.completed")).toHaveLength(1);
    expect(deps.announced).toHaveLength(1);
  });

  test("sent twice is paid for once: the second waits for all parts, then uses the transcript", async () => {
    const stage = setStage();
    const [first, second] = [await stage.sendDuplicate(), await stage.sendDuplicate()];
    await deliverAll(stage.deps);
    expect(stage.calls).toHaveLength(3);
    const jobs = [await readJobNow(stage.deps, first.id), await readJobNow(stage.deps, second.id)];
    expect(jobs.map(({ result }) => result?.reused_from).sort()).toEqual([expect.any(String), null].sort());
    for (const job of jobs) expect(await wordsNow(job)).toEqual(wordsOf(talk));
  });

  test("translated with speakers is two calls a part, and one set of speakers", async () => {
    const stage = setStage();
    const options = { ...OPTIONS, diarize: true };
    const job = await expectWhole(stage, { task: "translate", options });
    const parts = stage.calls.filter((file) => !file.startsWith("reference"));
    expect(parts.sort()).toEqual([0, 0, 1, 1, 2, 2].map((n) => `part-${n}.wav`));
    expect(job.result?.speakers).toEqual(["SPEAKER_00", "SPEAKER_01"]);
    expect(new Set(job.result?.speaker_links.map(({ part }) => part))).toEqual(new Set([0, 1, 2]));
  });
});

describe("a part that fails", () => {
  const failing = (file: string, times: number, response: () => Response): Deviation => {
    let left = times;
    return (call) => (call.file === file && left-- > 0 ? response() : null);
  };

  test("is asked for again alone", async () => {
    const stage = setStage(failing("part-1.wav", 1, () => errorOf(500, "processing_failed")));
    await expectWhole(stage);
    expect(stage.calls.sort()).toEqual(["part-0.wav", "part-1.wav", "part-1.wav", "part-2.wav"]);
  });

  test("for good fails the job at once; the answers under way are kept, and the retry buys the one", async () => {
    const { claimed, deviate, untilOpen, answer } = holdCalls();
    const stage = setStage(deviate);
    const { id } = await stage.send();
    const over = deliverAll(stage.deps);
    await untilOpen(3, stage.deps);
    const [refused] = claimed.splice(0, 1);
    refused?.answer(errorOf(400, "invalid_params"));
    await eventually(async () => (await readJobNow(stage.deps, id)).status).toBe("failed");

    // Retried while the others are still in their calls: those are waited for, not made again.
    await requeueJob(db, id, NOW);
    await stage.deps.transcribeQueue.send(jobMessage(id));
    await eventually(() => claimed.length).toBe(3);
    answer(3);
    await over;
    const job = await readJobNow(stage.deps, id);
    expect(job).toMatchObject({ status: "completed", sequence: 5 });
    expect(await wordsNow(job)).toEqual(wordsOf(talk));
    const files = ["part-0.wav", "part-1.wav", "part-2.wav", refused?.file];
    expect(stage.calls.sort()).toEqual(files.sort());
    expect(await eventsOf(stage.deps, id)).toEqual(["job.failed", "job.completed"]);
  });

  test("after the speech API asked to wait goes on when the gate opens, and meanwhile nobody calls", async () => {
    const asked: number[] = [];
    const refused = failing("part-0.wav", 1, () => errorOf(429, null, { "retry-after": "30" }));
    const stage = setStage((call) => {
      asked.push(stage.deps.time);
      return refused(call);
    });
    const { id } = await stage.send();
    await deliverAll(stage.deps, 1); // one after another, so that the first closes the gate to the others
    expect(asked).toEqual([NOW, NOW + 30_000, NOW + 30_000, NOW + 30_000]);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "completed", waitingFor: null });
    expect((await listParts(db, id)).map(({ failures, failedCalls }) => failures + failedCalls)).toEqual([
      0, 0, 0,
    ]);
  });
});

describe("a job during which the speech API is changed", () => {
  const OTHER: Provider = "together https://other.example.com/v1";

  /** From the answer to the call for this file on, it is another one. */
  function change(stage: Stage, file: string): Deviation {
    return (call) => {
      if (call.file === file) stage.deps.config.upstream.provider = OTHER;
      return null;
    };
  }

  test("is heard by one of them: the parts that the other had heard are bought again", async () => {
    const stage: Stage = setStage((call) => change(stage, "part-0.wav")(call));
    const { id } = await stage.send({ options: { ...OPTIONS, diarize: false, reuse: false } });
    await deliverAll(stage.deps, 1);
    const job = await readJobNow(stage.deps, id);
    expect(job).toMatchObject({ status: "completed", failures: 0, partsDone: 3, partsTotal: 3 });
    expect(await wordsNow(job)).toEqual(wordsOf(talk));
    expect(stage.calls).toEqual(["part-0.wav", "part-1.wav", "part-2.wav", "part-0.wav"]);
    for (const n of [0, 1, 2]) {
      expect(await readRawAnswer(bucket, { job, part: n, purpose: "text" })).toMatchObject({
        provider: OTHER,
      });
    }
  });

  test("when all parts are answered is put together as it was heard, and nothing is bought again", async () => {
    const stage: Stage = setStage((call) => change(stage, "part-2.wav")(call));
    const { id } = await stage.sendDuplicate();
    await deliverAll(stage.deps, 1);
    expect(stage.calls).toHaveLength(3);
    const job = await readJobNow(stage.deps, id);
    expect(job.status).toBe("completed");
    expect(job.fingerprint).toBe(await fingerprintOf(job, PROVIDER));
  });

  test("is a duplicate of what the new one hears from then on", async () => {
    const stage: Stage = setStage((call) => change(stage, "part-0.wav")(call));
    const { id } = await stage.sendDuplicate();
    await deliverAll(stage.deps, 1);
    const job = await readJobNow(stage.deps, id);
    expect(job.fingerprint).toBe(await fingerprintOf(job, OTHER));
    const second = await stage.sendDuplicate();
    await deliverAll(stage.deps);
    expect(await readJobNow(stage.deps, second.id)).toMatchObject({ result: { reused_from: id } });
  });

  test("and back again is heard by the first", async () => {
    const stage: Stage = setStage(({ file }) => {
      stage.deps.config.upstream.provider = file === "part-1.wav" ? OTHER : PROVIDER;
      return null;
    });
    await stage.send({ options: { ...OPTIONS, diarize: false, reuse: false } });
    await deliverAll(stage.deps, 1);
    // The third part was called for by the other, and answered when the first was back.
    expect(stage.calls).toEqual(["part-0.wav", "part-1.wav", "part-2.wav", "part-2.wav"]);
  });
});

test("a part of which the stand-in hears no word leaves its places, and the others their words", async () => {
  const speech = { start: 20, end: 30, text: "[speech]" };
  const said = {
    language: "fi",
    duration: 60,
    text: "[speech]",
    segments: [{ id: 0, ...speech }],
    words: [{ id: 0, word: "[speech]", start: 20, end: 30 }],
  };
  const headers = { "x-stand-in": "unmarked-audio" };
  const stage = setStage(({ file }) => (file === "part-1.wav" ? Response.json(said, { headers }) : null));
  stage.deps.config.upstream.provider = "stand-in";
  const { id } = await stage.send();
  await deliverAll(stage.deps);
  const job = await readJobNow(stage.deps, id);
  expect(job.result).toMatchObject({
    language: "en",
    speech: { api: "stand-in" },
    warnings: [{ code: "stand_in" }],
  });
  const transcript = JSON.parse(await readTranscript(db, job)) as Transcript;
  expect(JSON.stringify(transcript)).not.toContain("[speech]");
  expect(transcript.words.length).toBeGreaterThan(20);
  expect(transcript.segments.filter(({ text }) => text === "")).toHaveLength(1);
});

describe("a part that is too much for the speech API is cut smaller", () => {
  /** Only whole parts are refused, so that their pieces come through. */
  async function expectSplit(response: () => Response, callsForPart: number): Promise<void> {
    const stage = setStage(({ file }) => (file === "part-1.wav" ? response() : null));
    const job = await expectWhole(stage);
    expect(job).toMatchObject({ partsTotal: 4, partsDone: 4 });
    expect(stage.calls.filter((file) => file === "part-1.wav")).toHaveLength(callsForPart);
    expect(stage.calls.filter((file) => file.startsWith("part-1-")).sort()).toEqual([
      "part-1-0.wav",
      "part-1-1.wav",
    ]);
    const statuses = (await listParts(db, job.id)).map(({ status }) => status);
    expect(statuses).toEqual(["done", "done", "done", "done"]);
  }

  test("at once when it says audio_too_long", () => expectSplit(() => errorOf(400, "audio_too_long"), 1));
  test("at once when it says file_too_large", () => expectSplit(() => errorOf(400, "file_too_large"), 1));
  test("at once when its edge says 413", () => expectSplit(() => new Response("", { status: 413 }), 1));
  test("after one more try when it says processing_failed", () =>
    expectSplit(() => errorOf(500, "processing_failed"), 2));
  test("after one more try when its edge says 504", () =>
    expectSplit(() => new Response("<html>", { status: 504 }), 2));
  test("after one more try when it answers no transcript", () =>
    expectSplit(() => new Response("<html>"), 2));

  test("and again, down to a floor; then the job fails with the upstream's id", async () => {
    const stage = setStage(() => errorOf(500, "processing_failed"));
    const { id } = await stage.send();
    await deliverAll(stage.deps, 1);
    expect(await readAnyJob(db, id)).toMatchObject({
      status: "failed",
      error: { code: "processing_failed", upstream_id: "oUp-1", retryable: true },
    });
    const shortest = (await listParts(db, id)).map(({ start, end }) => end - start);
    expect(Math.min(...shortest)).toBeGreaterThanOrEqual(30);
    expect(stage.calls.filter((file) => file === "part-0.wav")).toHaveLength(2);
    expect(stage.calls.some((file) => /^part-\d+-\d.wav$/.test(file))).toBe(true);
    expect(stage.calls.length).toBeLessThanOrEqual(2 * 9);
  });

  test("though the recording was sent whole", async () => {
    const recording = talkFor(1.2);
    const stage = setStage(({ file }) => (file === "source.wav" ? errorOf(400, "audio_too_long") : null), {
      recording,
    });
    const job = await expectWhole(stage, {}, recording);
    expect(stage.calls.sort()).toEqual(["part-0-0.wav", "part-0-1.wav", "source.wav"]);
    expect(job).toMatchObject({ partsTotal: 2, partsDone: 2 });
  });
});

describe("a job that is ended while its parts are in their calls", () => {
  test("by cancellation keeps the answers, and the retry buys only what was not asked for", async () => {
    const { deviate, untilOpen, answer, claimed } = holdCalls();
    const stage = setStage(deviate, { share: 2 });
    const { id } = await stage.send();
    const over = deliverAll(stage.deps);
    await untilOpen(2, stage.deps);
    await cancel(stage.deps, id);
    answer(2);
    await over;
    expect(await readAnyJob(db, id)).toMatchObject({ status: "canceled", partsDone: 0 });
    expect((await keys()).filter((key) => key.startsWith("raw/"))).toHaveLength(2);

    await requeueJob(db, id, stage.deps.time);
    await stage.deps.transcribeQueue.send(jobMessage(id));
    const again = deliverAll(stage.deps);
    await eventually(() => claimed.length).toBe(1);
    answer(1);
    await again;
    expect(await readAnyJob(db, id)).toMatchObject({ status: "completed" });
    expect(stage.calls.sort()).toEqual(["part-0.wav", "part-1.wav", "part-2.wav"]);
  });

  test("by deletion leaves nothing but the ledger after the purge", async () => {
    const { deviate, untilOpen, answer } = holdCalls();
    const stage = setStage(deviate, { share: 2 });
    const job = await stage.send();
    const over = deliverAll(stage.deps);
    await untilOpen(2, stage.deps);
    await deleteJob(db, await readJobNow(stage.deps, job.id), NOW);
    answer(2);
    await over;
    expect(stage.calls).toHaveLength(2);
    await sweepPendingAudio({ DB: db, BUCKET: storage.bucket }, () => NOW + PURGE_AGAIN_MS);
    expect(await rowsOf(job.id)).toEqual({ calls: 2 });
    expect((await keys()).filter((key) => key.startsWith("raw/"))).toEqual([]);
  });

  /** Two jobs of a tenant that may have two parts under way: those of the first are in their calls. */
  async function callForFirst() {
    const calls = holdCalls();
    const stage = setStage(calls.deviate, { share: 2 });
    const [first, second] = [await stage.send({ id: "job_1" }), await stage.send({ id: "job_2" })];
    const over = deliverAll(stage.deps);
    await calls.untilOpen(2, stage.deps);
    expect(calls.claimed.map(({ job }) => job)).toEqual([first.id, first.id]);
    await cancel(stage.deps, first.id);
    return { ...calls, stage, first, second, over };
  }

  test("makes way, when its calls end, for the tenant's other jobs", async () => {
    const { claimed, answer, stage, second, over } = await callForFirst();
    answer(2);
    for (const left of [2, 1]) {
      await eventually(() => claimed.length).toBe(left);
      expect(claimed.map(({ job }) => job)).toEqual(Array(left).fill(second.id));
      answer(left);
    }
    await over;
    expect(await readAnyJob(db, second.id)).toMatchObject({ status: "completed" });
    expect(stage.calls).toHaveLength(5);
  });

  test("and at the latest when the sweep comes, should its Workers be dead", async () => {
    const { claimed, answer, stage, second, over } = await callForFirst();
    await wakeJobs(stage.deps);
    await eventually(() => claimed.length).toBe(4);
    expect(claimed.map(({ job }) => job).slice(2)).toEqual([second.id, second.id]);
    answer(4);
    await eventually(() => claimed.length).toBe(1);
    answer(1);
    await over;
    expect(await readAnyJob(db, second.id)).toMatchObject({ status: "completed" });
  });
});

describe("parts side by side", () => {
  const long = talkFor(4);

  test("are at most the tenant's share, and each that ends wakes the next", async () => {
    const { claimed, deviate, untilOpen, answer } = holdCalls();
    const stage = setStage(deviate, { recording: long, share: 2 });
    const { id } = await stage.send();
    const over = deliverAll(stage.deps);
    const order: string[] = [];
    for (let left = 4; left > 0; left--) {
      await untilOpen(Math.min(2, left), stage.deps);
      order.push(...answer(1).map(({ file }) => file));
      await eventually(async () => (await readJobNow(stage.deps, id)).partsDone).toBe(5 - left);
    }
    await over;
    expect(claimed).toEqual([]);
    expect(order.sort()).toEqual([0, 1, 2, 3].map((n) => `part-${n}.wav`));
    expect(await wordsNow(await readJobNow(stage.deps, id))).toEqual(wordsOf(long));
  });

  test("of several long jobs of one tenant share its limit: another's clip is called for at once", async () => {
    await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "sealed");
    const clip = talkFor(1);
    const { claimed, deviate, untilOpen, answer } = holdCalls();
    const stage = setStage(deviate, { recording: long, share: 4 });
    for (let n = 0; n < 3; n++) await stage.send();
    const over = deliverAll(stage.deps, 5);
    await untilOpen(4, stage.deps); // of 12 parts

    const short = await insertLongJob(db, bucket, clip, { tenantId: "ten_other" });
    await stage.deps.transcribeQueue.send(jobMessage(short.id));
    await untilOpen(5, stage.deps);
    expect(claimed.at(-1)?.job).toBe(short.id);
    claimed.pop()?.answer();
    await eventually(async () => (await readJobNow(stage.deps, short.id)).status).toBe("completed");
    expect(stage.calls).toHaveLength(5);

    for (let left = 12; left > 0; left--) {
      await eventually(() => claimed.length).toBe(Math.min(4, left));
      answer(1);
    }
    await over;
    expect(stage.calls).toHaveLength(13);
  });

  test("whose wake-up cannot be sent are woken by the sweep", async () => {
    const stage = setStage();
    const { sendBatch } = stage.deps.transcribeQueue;
    stage.deps.transcribeQueue.sendBatch = () => Promise.reject(new Error("Queue is overloaded."));
    const { id } = await stage.send();
    await deliverAll(stage.deps);
    expect(stage.calls).toEqual([]);
    stage.deps.transcribeQueue.sendBatch = sendBatch;
    stage.deps.time += WAKE_GRACE_MS;
    await wakeJobs(stage.deps);
    await deliverAll(stage.deps);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "completed", failures: 0 });
  });
});

describe("what may not fit into the rest of an invocation is begun in a fresh one", () => {
  const MINUTE = 60_000;

  test("the second call of a part whose first took long", async () => {
    const recording = talkFor(1);
    const stage = setStage(
      ({ isTranslation }) => {
        if (isTranslation) stage.deps.time += 5 * MINUTE;
        return null;
      },
      { recording },
    );
    const options = { ...OPTIONS, diarize: true };
    await expectWhole(stage, { task: "translate", options }, recording);
    expect(stage.calls).toHaveLength(2);
    expect(stage.deps.woken).toMatchObject([{}, { part: 0, delaySeconds: 0 }]);
  });

  test("the assembly after a long last call, and not after a shorter one", async () => {
    const wokenAfter = async (callMs: number) => {
      const stage = setStage(({ file }) => {
        if (file === "part-2.wav") stage.deps.time += callMs;
        return null;
      });
      const { id } = await stage.send();
      await deliverAll(stage.deps, 1);
      expect(await readAnyJob(db, id)).toMatchObject({ status: "completed", failures: 0 });
      return stage.deps.woken.map(({ part }) => part);
    };
    expect(await wokenAfter(4 * MINUTE)).toEqual([undefined, 0, 1, 2]);
    expect(await wokenAfter(4 * MINUTE + 1)).toEqual([undefined, 0, 1, 2, undefined]);
  });
});

test("a recording that passes the probe and cannot be cut fails as damaged, and is not tried for ever", async () => {
  const stage = setStage();
  const job = await stage.send();
  await bucket.put(job.audioKey ?? "", Buffer.alloc(180_000, 0xff)); // a WAV no more
  expect(await finish(stage.deps, job.id)).toMatchObject({
    status: "failed",
    error: { code: "upload_corrupt" },
    failures: 1,
  });
  expect(stage.calls).toEqual([]);
});
