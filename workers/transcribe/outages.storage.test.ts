import { beforeEach, expect, test, vi } from "vitest";
import type { Job } from "../../shared/job.ts";
import { jobMessage } from "../../shared/queue/message.ts";
import { noteSweep } from "../../shared/storage/gates.ts";
import { readAnyJob } from "../../shared/storage/job-work.ts";
import { isThorough } from "../../tests/support/run/thorough.ts";
import { NOW, OPTIONS } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../tests/support/stack/storage.ts";
import { deploy } from "../../tests/support/workers/deployment.ts";
import {
  insertLongJob,
  keepAudioInMemory,
  listenTo,
  PART_SECONDS,
  talkFor,
} from "../../tests/support/workers/long-job.ts";
import { bucketWithOutage, databaseWithOutage } from "../../tests/support/workers/outage.ts";
import { makeDeps } from "../../tests/support/workers/transcribe-deps.ts";

const storage = await useStorage();
useLogs();
const { db } = storage;
const memory = keepAudioInMemory(storage.bucket);

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));

const HOUR_MS = 3_600_000;
/** How long the speech API takes. */
const CALL_MS = 45_000;

const OUTAGES = {
  "an hour without R2 writes": { d1: false, r2: "writes" },
  "an hour without R2": { d1: false, r2: "everything" },
  "an hour without D1": { d1: true, r2: null },
  "an hour without D1 and R2 writes": { d1: true, r2: "writes" },
  "an hour without either": { d1: true, r2: "everything" },
} as const;

/** When it begins: during the first call, whose answer has nowhere to go, and before anything. */
const BEGINNINGS = isThorough ? [20_000, 0] : [20_000];

/** A short job, a translation with speakers, and one of three parts: six calls. */
async function sendJobs(deps: ReturnType<typeof makeDeps>): Promise<Job[]> {
  const short = talkFor(1);
  const jobs = [
    await insertLongJob(db, memory, short),
    await insertLongJob(db, memory, short, { task: "translate", options: { ...OPTIONS, diarize: true } }),
    await insertLongJob(db, memory, talkFor(3)),
  ];
  for (const { id } of jobs) await deps.transcribeQueue.send(jobMessage(id));
  return jobs;
}

const CASES = Object.entries(OUTAGES).flatMap(([name, what]) =>
  BEGINNINGS.map((after) => ({ name, after, ...what })),
);

test.each(CASES)(
  "$name, $after ms after three jobs came: all complete, six calls, each paid once and answered in the ledger",
  async ({ d1, r2, after }) => {
    const speech = listenTo(db, talkFor(3));
    const deps = makeDeps({ db, bucket: memory });
    deps.random = () => 0.5;
    const { pass, run } = deploy(deps);
    deps.fetch = async (input, init) => {
      const answer = await speech.fetch(input, init);
      if (answer.headers.has("content-type")) await pass(CALL_MS);
      return answer;
    };
    deps.config.partSeconds = PART_SECONDS;
    const outage = { from: NOW + after, until: NOW + after + HOUR_MS };
    if (d1) deps.db = databaseWithOutage(db, deps, outage);
    if (r2) deps.bucket = bucketWithOutage(memory, deps, outage, r2);
    await noteSweep(db, NOW); // it has run for a while
    const jobs = await sendJobs(deps);
    await run(4 * HOUR_MS, async () => {
      const open = "SELECT count(*) AS n FROM jobs WHERE status IN ('queued', 'processing')";
      return (await count(db, open)) === 0;
    });

    for (const { id } of jobs) {
      expect(await readAnyJob(db, id)).toMatchObject({ status: "completed", failures: 0, error: null });
    }
    const calls = speech.calls.filter((file) => !file.startsWith("reference"));
    expect(calls).toHaveLength(6);
    expect(await count(db, "SELECT count(*) AS n FROM calls WHERE billed = 1")).toBe(6);
    expect(await count(db, "SELECT max(failures) AS n FROM parts")).toBe(0);
    expect((deps.time - outage.until) / 60_000).toBeLessThan(45);
  },
  120_000,
);
