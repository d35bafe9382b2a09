import { describe, expect, test } from "vitest";
import { LONGEST_PART_SECONDS, UPSTREAM_MAX_SECONDS } from "../../../shared/limits.ts";
import { noteLength } from "../../../shared/storage/providers.ts";
import { claim, OPTIONS } from "../../../tests/support/stack/jobs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import {
  insertLongJob,
  keepAudioInMemory,
  listenTo,
  talkFor,
} from "../../../tests/support/workers/long-job.ts";
import { finish, ledgerOf, makeDeps } from "../../../tests/support/workers/transcribe-deps.ts";
import { learnedAs } from "../speech/upstream.ts";
import { planParts } from "./plan-parts.ts";

const storage = await useStorage();
const bucket = keepAudioInMemory(storage.bucket);
const { db } = storage;

const HOUR = 3_600;
const DAY = 24 * HOUR * 1_000;
const SPEAKERS = { ...OPTIONS, diarize: true };
const SPEED = { ...SPEAKERS, priority: "speed" as const };
const twoHours = talkFor(120);

/** A speech API that hears everything, but gives no answer in time to a recording of more than an hour. */
function setStage({ isSlow = false } = {}) {
  const speech = listenTo(db, twoHours, ({ file }) =>
    isSlow && file === "source.wav" ? new Response("a timeout occurred", { status: 524 }) : null,
  );
  const deps = makeDeps({ db, bucket }, { fetch: speech.fetch });
  deps.config.partSeconds = null;
  deps.config.upstream.maxBodyBytes = 100_000_000;
  return {
    deps,
    async run(options = SPEAKERS) {
      const { id } = await insertLongJob(db, bucket, twoHours, { options });
      const job = await finish(deps, id);
      const calls = (await ledgerOf(deps, id)).filter(({ purpose }) => purpose === "text");
      return { job, outcomes: calls.map(({ outcome, http_status }) => `${outcome} ${http_status}`) };
    },
  };
}

const answered = (times: number) => Array(times).fill("answered 200");

describe("two hours with speakers", () => {
  test("are one call, because one call has one set of speakers", async () => {
    const { job, outcomes } = await setStage().run();
    expect(job).toMatchObject({ status: "completed", partsTotal: 1 });
    expect(job.result?.speakers).toEqual(["SPEAKER_00", "SPEAKER_01"]);
    expect(outcomes).toEqual(answered(1));
  });

  test("are six parts side by side for who is in a hurry", async () => {
    const { job, outcomes } = await setStage().run(SPEED);
    expect(job).toMatchObject({ status: "completed", partsTotal: 6 });
    expect(outcomes).toEqual(answered(6));
  });

  test("are six parts without speakers", async () => {
    expect((await setStage().run({ ...OPTIONS, diarize: false })).outcomes).toEqual(answered(6));
  });

  test("are parts as long as the operator says", async () => {
    const stage = setStage();
    stage.deps.config.partSeconds = HOUR;
    expect((await stage.run()).outcomes).toEqual(answered(2));
  });
});

describe("a speech API that gives no answer in time to more than an hour", () => {
  test("is paid for one such call: the job goes on in short parts, and so does the next from its start", async () => {
    const { run } = setStage({ isSlow: true });
    const first = await run();
    expect(first.job).toMatchObject({ status: "completed", failures: 0 });
    expect(first.outcomes).toEqual(["processing_failed 524", ...answered(6)]);
    const second = await run();
    expect(second.job).toMatchObject({ status: "completed", partsTotal: 6 });
    expect(second.outcomes).toEqual(answered(6));
  });

  test("is tried with a whole recording again after a day", async () => {
    const { deps, run } = setStage({ isSlow: true });
    await run();
    deps.time += DAY;
    expect((await run()).outcomes[0]).toBe("processing_failed 524");
  });

  test("says nothing of another speech API", async () => {
    const { deps, run } = setStage({ isSlow: true });
    await run();
    deps.config.upstream.provider = "together https://other.example.com/v1";
    expect((await run()).outcomes[0]).toBe("processing_failed 524");
  });
});

test("a length that has worked lately is planned for, below one that timed out", async () => {
  const { deps } = setStage();
  const { upstream } = deps.config;
  const inserted = await insertLongJob(db, bucket, twoHours, { options: SPEAKERS });
  const job = await claim(db, inserted.id, deps.time);
  const longestPart = async () => {
    const planned = await planParts(deps, job);
    if (!planned.ok) throw new Error(JSON.stringify(planned.error));
    return Math.max(...planned.value.spans.map(({ start, end }) => end - start));
  };
  const note = (seconds: number, timedOut: boolean) =>
    noteLength(db, learnedAs(job, upstream), { seconds, timedOut }, deps.time);
  await note(1.5 * HOUR, false);
  await note(2 * HOUR, true);
  expect(await longestPart()).toBeLessThanOrEqual(1.5 * HOUR);
  expect(await longestPart()).toBeGreaterThan(LONGEST_PART_SECONDS);
  await note(1.2 * HOUR, true);
  expect(await longestPart()).toBeLessThanOrEqual(LONGEST_PART_SECONDS);
  await note(3 * HOUR, false); // it works again
  expect(await longestPart()).toBeGreaterThan(1.9 * HOUR);
});

test("four hours are one call, and more are not", async () => {
  const { deps } = setStage();
  const spansOf = async (duration: number) => {
    const { id } = await insertLongJob(db, bucket, { ...twoHours, duration }, { options: SPEAKERS });
    const planned = await planParts(deps, await claim(db, id, deps.time));
    return planned.ok ? planned.value.spans.length : planned.error;
  };
  expect(await spansOf(UPSTREAM_MAX_SECONDS)).toBe(1);
  expect(await spansOf(UPSTREAM_MAX_SECONDS + 1)).toBe(2);
});
