import { afterEach, describe, expect, test, vi } from "vitest";
import { jobMessage, partMessage } from "../../shared/queue/message.ts";
import { deferJob, readAnyJob, sweepJobs } from "../../shared/storage/job-work.ts";
import { deferPart, sweepParts } from "../../shared/storage/parts.ts";
import { claim, complete, insertClaimedJob, insertNewJob } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { useStorage } from "../../tests/support/stack/storage.ts";
import { SIGNING_KEY } from "../../tests/support/stack/tenant.ts";
import { makeBatch } from "../../tests/support/workers/queue-batch.ts";
import {
  answerOf,
  claimOnlyPart,
  makeDeps,
  PROBE,
  readPartNow,
} from "../../tests/support/workers/transcribe-deps.ts";
import worker from "./index.ts";
import { wakeJobs } from "./sweep.ts";

const storage = await useStorage();
const logs = useLogs();
const { db, bucket } = storage;

const announced: unknown[] = [];
const queue = {
  send: async (message: unknown) => void announced.push(message),
  sendBatch: async (messages: { body: unknown }[]) =>
    void announced.push(...messages.map(({ body }) => body)),
} as unknown as Queue;
const env = {
  DB: db,
  BUCKET: bucket,
  TRANSCRIBE_QUEUE: queue,
  NOTIFY_QUEUE: queue,
  PUBLIC_BASE_URL: "https://diarist.example.com",
  MEDIA_BASE_URL: "",
  SPEECH_API: "",
  TOGETHER_BASE_URL: "https://speech.example.com/v1",
  SPEECH_BASE_URL: "",
  SPEECH_MODEL: "",
  SPEECH_MAX_BYTES: "",
  SPEECH_TAKES_URL: "",
  DIRECT_UPLOAD_MAX_BYTES: "",
  PART_MINUTES: "",
  UPSTREAM_CONCURRENCY: "",
  ALLOW_LOCAL_DESTINATIONS: "",
  SLACK_API_URL: "",
  SIGNING_KEY,
  TOGETHER_API_KEY: "key",
} satisfies Cloudflare.TranscribeEnv;

afterEach(() => {
  announced.length = 0;
});

const SLICE = { part: 0, purpose: "text", attempt: 1, n: 0, total: 1, upstreamMs: 5, text: "" };

describe("a message", () => {
  test("that is none of ours is acknowledged, whatever it is, and written down", async () => {
    const bodies = [
      null,
      undefined,
      7,
      "job_1",
      [],
      {},
      { version: 2, job_id: "job_1" },
      { version: 1, job_id: 7 },
      { version: 1, job_id: "job_1", part: "0" },
      { version: 1, job_id: "job_1", part: 0.5 },
      { version: 1, job_id: "job_1", answer: "text" },
      { version: 1, job_id: "job_1", answer: { ...SLICE, purpose: "other" } },
      { version: 1, job_id: "job_1", answer: { ...SLICE, n: 1 } },
      { version: 1, job_id: "job_1", answer: { ...SLICE, text: null } },
    ];
    const { batch, outcomes } = makeBatch("diarist-transcribe", bodies);
    await worker.queue(batch, env);
    expect(outcomes()).toEqual(bodies.map(() => "ack"));
    expect(logs().filter((line) => line.event === "message.malformed")).toHaveLength(bodies.length);
  });

  test("for a job leads to its transcript", async () => {
    const { id } = await insertNewJob(db);
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) =>
      input === PROBE ? new Response() : answerOf(),
    );
    const { batch, outcomes } = makeBatch("diarist-transcribe", [jobMessage(id)]);
    await worker.queue(batch, env);
    expect(outcomes()).toEqual(["ack"]);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "completed" });
    expect(announced).toHaveLength(1);
  });

  test("for a part leads to its answer, and as it is the only one to the transcript", async () => {
    const { id } = await insertNewJob(db);
    const part = await claimOnlyPart(makeDeps(storage), id);
    await deferPart(db, part, 0, {});
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) =>
      input === PROBE ? new Response() : answerOf(),
    );
    const { batch, outcomes } = makeBatch("diarist-transcribe", [partMessage(part)]);
    await worker.queue(batch, env);
    expect(outcomes()).toEqual(["ack"]);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "completed" });
  });

  test("that fails is repeated alone, later each time, and its job is found by the sweep", async () => {
    const broken = await insertNewJob(db, { audioKey: null }); // neither stored nor to be fetched: a bug
    const other = await complete(db, await insertClaimedJob(db));
    const messages = [jobMessage(broken.id), jobMessage(other.id)];
    const { batch, outcomes } = makeBatch("diarist-transcribe", messages, { attempts: 2 });
    await worker.queue(batch, env);
    const [failed, done] = outcomes();
    expect(done).toBe("ack");
    const seconds = Number(/^retry after (\d+) s$/.exec(failed ?? "")?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(5);
    expect(seconds).toBeLessThanOrEqual(10);
    expect(logs()).toContainEqual(
      expect.objectContaining({ event: "job.attempt_crashed", job_id: broken.id, try: 2 }),
    );
    expect(await readAnyJob(db, broken.id)).toMatchObject({ status: "processing" });
  });

  test("before the settings are made is repeated, with the name of what is missing in the log", async () => {
    const { id } = await insertNewJob(db);
    const { batch, outcomes } = makeBatch("diarist-transcribe", [jobMessage(id)]);
    await worker.queue(batch, { ...env, TOGETHER_API_KEY: "" });
    expect(outcomes()[0]).toMatch(/^retry/);
    expect(logs()).toContainEqual(
      expect.objectContaining({
        error: expect.stringContaining("wrangler secret put TOGETHER_API_KEY --env transcribe"),
      }),
    );
    expect(await readAnyJob(db, id)).toMatchObject({ status: "queued" });
  });
});

describe("a dead letter", () => {
  test("puts its job back for the next sweep and tells the operator: nothing has failed", async () => {
    const { id } = await insertNewJob(db);
    const hour = Date.now() + 3_600_000;
    await db.prepare("UPDATE jobs SET sweep_at = ? WHERE id = ?").bind(hour, id).run();
    const { batch, outcomes } = makeBatch("diarist-transcribe-dlq", [jobMessage(id), jobMessage(id), 7]);
    await worker.queue(batch, env);
    expect(outcomes()).toEqual(["ack", "ack", "ack"]);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "queued", failures: 0, error: null });
    expect(await sweepJobs(db, Date.now(), 10)).toEqual([id]);
    expect(logs()).toContainEqual({ event: "operator.dead_letter", job_id: id, part: null });
  });

  test("of a job that has to wait leaves it until its time", async () => {
    const job = await insertClaimedJob(db);
    const until = Date.now() + 600_000;
    await deferJob(db, job, until, "rate_limited");
    await worker.queue(makeBatch("diarist-transcribe-dlq", [jobMessage(job.id)]).batch, env);
    expect(await sweepJobs(db, until - 1, 10)).toEqual([]);
    expect(await sweepJobs(db, until, 10)).toEqual([job.id]);
  });

  test("of a job that has ended, or is gone, changes nothing", async () => {
    const done = await complete(db, await insertClaimedJob(db));
    const { batch, outcomes } = makeBatch("diarist-transcribe-dlq", [
      jobMessage(done.id),
      jobMessage("job_gone"),
    ]);
    await worker.queue(batch, env);
    expect(outcomes()).toEqual(["ack", "ack"]);
    expect(await readAnyJob(db, done.id)).toEqual(done);
    expect(announced).toEqual([]);
  });

  test("of a job that another message has brought to a Worker leaves it to that Worker", async () => {
    const { id } = await insertNewJob(db);
    const claimed = await claim(db, id);
    const { batch, outcomes } = makeBatch("diarist-transcribe-dlq", [jobMessage(id)]);
    await worker.queue(batch, env);
    expect(outcomes()).toEqual(["ack"]);
    expect(await readAnyJob(db, id)).toEqual(claimed);
  });
});

describe("a dead letter of a part", () => {
  test("that waits is put back for the next sweep", async () => {
    const { id } = await insertNewJob(db);
    const part = await claimOnlyPart(makeDeps(storage), id);
    await deferPart(db, part, 0, {});
    await db
      .prepare("UPDATE parts SET sweep_at = ?")
      .bind(Date.now() + 3_600_000)
      .run();
    const { batch, outcomes } = makeBatch("diarist-transcribe-dlq", [partMessage(part)]);
    await worker.queue(batch, env);
    expect(outcomes()).toEqual(["ack"]);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "processing", error: null });
    expect(await sweepParts(db, Date.now(), 10)).toEqual([{ jobId: id, n: part.n }]);
    expect(logs()).toContainEqual({ event: "operator.dead_letter", job_id: id, part: part.n });
  });

  test("that is held back leaves it to the part that will release it", async () => {
    const { id } = await insertNewJob(db);
    const part = await claimOnlyPart(makeDeps(storage), id);
    await deferPart(db, part, 0, {});
    await db.prepare("UPDATE parts SET sweep_at = NULL").run();
    await worker.queue(makeBatch("diarist-transcribe-dlq", [partMessage(part)]).batch, env);
    expect(await sweepParts(db, Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
  });

  test("that another message has brought to a Worker leaves it to that Worker", async () => {
    const { id } = await insertNewJob(db);
    const deps = makeDeps(storage);
    const part = await claimOnlyPart(deps, id);
    const { batch, outcomes } = makeBatch("diarist-transcribe-dlq", [partMessage(part)]);
    await worker.queue(batch, env);
    expect(outcomes()).toEqual(["ack"]);
    expect(await readPartNow(deps, id)).toEqual(part);
    expect(await readAnyJob(db, id)).toMatchObject({ status: "processing" });
  });
});

describe("the sweep", () => {
  test("sends every job that is due, in as many batches as it takes", async () => {
    const deps = makeDeps(storage);
    const { id } = await insertNewJob(db);
    const columns = "tenant_id, status, stage, sweep_at, task, options, audio, metadata, tags, created_at";
    await db
      .prepare(
        `INSERT INTO jobs (id, ${columns}) SELECT 'job_' || n, ${columns}
         FROM jobs, (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 149) SELECT n FROM r)`,
      )
      .run();
    deps.time += 30_000;
    const sizes: number[] = [];
    const { sendBatch } = deps.transcribeQueue;
    deps.transcribeQueue.sendBatch = (messages) => {
      const list = [...messages];
      sizes.push(list.length);
      return sendBatch(list);
    };
    await wakeJobs(deps);
    expect(sizes).toEqual([100, 50]);
    expect(new Set(deps.woken.map((message) => message.jobId)).size).toBe(150);
    expect(deps.woken).toContainEqual({ jobId: id, delaySeconds: 0 });
  });

  test("that cannot send tries the same jobs again the next time", async () => {
    const deps = makeDeps(storage);
    const { id } = await insertNewJob(db);
    deps.time += 30_000;
    const { sendBatch } = deps.transcribeQueue;
    deps.transcribeQueue.sendBatch = () => Promise.reject(new Error("Queue is overloaded."));
    await wakeJobs(deps);
    expect(deps.woken).toEqual([]);
    expect(logs()).toContainEqual(expect.objectContaining({ event: "wake.send_failed" }));
    deps.transcribeQueue.sendBatch = sendBatch;
    await wakeJobs(deps);
    expect(deps.woken).toEqual([{ jobId: id, delaySeconds: 0 }]);
  });
});
