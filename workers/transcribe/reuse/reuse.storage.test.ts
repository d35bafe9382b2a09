import { describe, expect, test } from "vitest";
import type { JobOptions } from "../../../shared/job.ts";
import type { Provider } from "../../../shared/speech/provider.ts";
import { deleteJob, type NewJob } from "../../../shared/storage/jobs.ts";
import { readRawAnswer, saveRawAnswer } from "../../../shared/storage/raw-answers.ts";
import { insertTenant } from "../../../shared/storage/tenants.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { makeWav } from "../../../tests/support/audio/wav.ts";
import { AUDIO, insertNewJob, NOW, OPTIONS } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { readTranscript } from "../../../tests/support/stack/stored.ts";
import {
  answerOf,
  attempt,
  errorOf,
  eventsOf,
  finish,
  jsonOf,
  keptAnswer,
  ledgerOf,
  makeDeps,
  PROVIDER,
  readJobNow,
  readPartNow,
  type Speech,
  scriptSpeech,
} from "../../../tests/support/workers/transcribe-deps.ts";
import { runJob } from "../run-job.ts";

const storage = await useStorage();
useLogs();
const { db, bucket, rowsOf } = storage;

const WAV = makeWav(1);

/** A job with the same recording as every other of its kind, not probed yet. */
async function insertDuplicate(
  options: Partial<JobOptions> = {},
  change: Partial<NewJob> = {},
): Promise<string> {
  const job = await insertNewJob(db, {
    audio: { ...AUDIO, bytes: WAV.byteLength, container: null, duration: null },
    options: { ...OPTIONS, ...options },
    ...change,
  });
  await bucket.put(job.audioKey ?? "", WAV);
  return job.id;
}

const depsOf = (speech: Speech) => makeDeps(storage, { fetch: speech.fetch });

describe("the same recording with the same options", () => {
  test("is paid for once: the second job has the first one's transcript as its own", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = depsOf(speech);
    const first = await attempt(deps, await insertDuplicate());
    const second = await attempt(deps, await insertDuplicate());
    expect(speech.calls).toHaveLength(1);
    expect(second).toMatchObject({
      status: "completed",
      upstreamMs: 0,
      result: { ...first.result, reused_from: first.id },
    });
    expect(await readTranscript(db, second)).toBe(jsonOf());
    expect(await rowsOf(second.id)).toEqual({ jobs: 1, events: 1, transcript_slices: 1 });
    await deleteJob(db, first, NOW);
    expect(await readTranscript(db, second)).toBe(jsonOf());
  });

  test("names the job that paid, however often it is used again", async () => {
    const deps = depsOf(scriptSpeech(answerOf()));
    const first = await attempt(deps, await insertDuplicate());
    const second = await attempt(deps, await insertDuplicate());
    await deleteJob(db, first, NOW);
    expect((await attempt(deps, await insertDuplicate())).result?.reused_from).toBe(first.id);
    expect(second.result?.reused_from).toBe(first.id);
  });

  test("sent twice at once is paid for once: the second waits for the first, then uses it", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = depsOf(speech);
    const [a, b] = [await insertDuplicate(), await insertDuplicate()];
    await Promise.all([runJob(deps, a), runJob(deps, b)]);
    expect(speech.calls).toHaveLength(1);
    const jobs = [await finish(deps, a), await finish(deps, b)];
    expect(jobs).toMatchObject([{ status: "completed" }, { status: "completed" }]);
    expect(speech.calls).toHaveLength(1);
    expect(jobs.filter((job) => job.result?.reused_from !== null)).toHaveLength(1);
    expect(jobs.map((job) => job.failures)).toEqual([0, 0]);
  });

  test("waits while the first is in its call, and says for what", async () => {
    const deps = depsOf(
      scriptSpeech(async () => {
        expect(await attempt(deps, second)).toMatchObject({
          status: "queued",
          waitingFor: "same_recording_in_progress",
          notBefore: NOW + 5_000,
          failures: 0,
        });
        return answerOf();
      }),
    );
    const first = await insertDuplicate();
    const second = await insertDuplicate();
    expect(await attempt(deps, first)).toMatchObject({ status: "completed" });
    expect(await finish(deps, second)).toMatchObject({ result: { reused_from: first } });
  });

  test("that finishes just after the second looked for it is still paid for once", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = depsOf(speech);
    const [first, second] = [await insertDuplicate(), await insertDuplicate()];
    // The second has looked for a duplicate and is about to pay when the first completes.
    const late = depsOf(speech);
    late.db = new Proxy(db, {
      get(target, name) {
        if (name !== "prepare") return Reflect.get(target, name).bind(target);
        return (sql: string) => {
          const statement = target.prepare(sql);
          if (!sql.includes("SET spending = 1")) return statement;
          const bind = (...values: unknown[]) => ({
            run: async () => {
              await attempt(deps, first);
              return statement.bind(...values).run();
            },
          });
          return { bind };
        };
      },
    });
    expect(await attempt(late, second)).toMatchObject({ status: "queued", failures: 0 });
    expect(await finish(late, second)).toMatchObject({ result: { reused_from: first } });
    expect(speech.calls).toHaveLength(1);
  });

  test("is paid for by the second when the first fails", async () => {
    const speech = scriptSpeech(errorOf(400, "unsupported_format"), answerOf());
    const deps = depsOf(speech);
    const first = await attempt(deps, await insertDuplicate());
    const second = await attempt(deps, await insertDuplicate());
    expect([first.status, second.status]).toEqual(["failed", "completed"]);
    expect(second.result?.reused_from).toBeNull();
  });

  test("is paid for again when its transcript is deleted while it is being copied", async () => {
    const speech = scriptSpeech(answerOf(), answerOf(12, 2));
    const deps = depsOf(speech);
    const first = await attempt(deps, await insertDuplicate());
    const second = await insertDuplicate();
    const found = deps.db;
    deps.db = new Proxy(found, {
      get(target, name) {
        if (name !== "prepare") return Reflect.get(target, name).bind(target);
        return (sql: string) => {
          if (!sql.includes("JOIN jobs")) return target.prepare(sql);
          const run = () => deleteJob(found, first, NOW).then(() => found.prepare("SELECT 1").run());
          return { bind: () => ({ run }) };
        };
      },
    });
    const job = await attempt(deps, second);
    expect(job).toMatchObject({ status: "completed", result: { reused_from: null } });
    expect(await readTranscript(db, job)).toBe(jsonOf(12, 2));
  });
});

describe("a transcript that another provider has heard", () => {
  const heardBy = (speech: Speech, provider: Provider) =>
    makeDeps(storage, { fetch: speech.fetch, upstream: { provider } });

  test.for<[string, Provider]>([
    ["the stand-in", "stand-in"],
    ["another server", "together https://other.example.com/v1"],
    ["another path of the same server", "together https://speech.example.com/v2"],
  ])("is not used for what %s has to hear", async ([, provider]) => {
    const speech = scriptSpeech(answerOf(), answerOf(12, 2), answerOf(12, 3));
    await attempt(depsOf(speech), await insertDuplicate());
    const second = await attempt(heardBy(speech, provider), await insertDuplicate());
    expect(second).toMatchObject({ status: "completed", result: { reused_from: null } });
    expect(await readTranscript(db, second)).toBe(jsonOf(12, 2));
    // And as before once it is back.
    const third = await attempt(depsOf(speech), await insertDuplicate());
    expect(await readTranscript(db, third)).toBe(jsonOf());
    expect(speech.calls).toHaveLength(2);
  });

  test("is not used by a job that waited for it while the speech API was changed", async () => {
    const speech = scriptSpeech(
      async () => {
        await attempt(depsOf(speech), waiting);
        return answerOf();
      },
      answerOf(12, 2),
      answerOf(12, 3),
    );
    const first = await insertDuplicate();
    const waiting = await insertDuplicate();
    await attempt(depsOf(speech), first);
    const deps = heardBy(speech, "together https://other.example.com/v1");
    deps.time = NOW + 5_000;
    const job = await attempt(deps, waiting);
    expect(job).toMatchObject({ status: "completed", result: { reused_from: null } });
    expect(await readTranscript(db, job)).toBe(jsonOf(12, 2));
    // What is kept of it is the new one's.
    expect((await attempt(deps, await insertDuplicate())).result?.reused_from).toBe(waiting);
  });

  test("names its provider, also where it is reused", async () => {
    const deps = depsOf(scriptSpeech(answerOf()));
    const speech = { api: "together", model: OPTIONS.model };
    expect((await attempt(deps, await insertDuplicate())).result?.speech).toEqual(speech);
    expect((await attempt(deps, await insertDuplicate())).result?.speech).toEqual(speech);
  });

  test("of which one call was answered, is bought from the new one", async () => {
    const job = await insertNewJob(db);
    const call = { job, part: 0, purpose: "text" as const };
    await saveRawAnswer(bucket, call, keptAnswer("of the stand-in", { provider: "stand-in" }));
    const speech = scriptSpeech(answerOf());
    expect(await attempt(depsOf(speech), job.id)).toMatchObject({ status: "completed" });
    expect(speech.calls).toHaveLength(1);
    expect(await readRawAnswer(bucket, call)).toMatchObject({ provider: PROVIDER });
  });
});

describe("a transcript is not used again", () => {
  /** Whether the second job, which differs so, makes a call of its own. */
  async function isBoughtAgain(options: Partial<JobOptions>, change: Partial<NewJob> = {}): Promise<boolean> {
    const speech = scriptSpeech(answerOf(), answerOf(12, 2));
    const deps = depsOf(speech);
    await attempt(deps, await insertDuplicate());
    const second = await attempt(deps, await insertDuplicate(options, change));
    expect(second.status).toBe("completed");
    return speech.calls.length === 2;
  }

  test("when the caller says so", async () => expect(await isBoughtAgain({ reuse: false })).toBe(true));
  test("with a temperature", async () => expect(await isBoughtAgain({ temperature: 0.2 })).toBe(true));
  test("with another language", async () => expect(await isBoughtAgain({ language: "fi" })).toBe(true));
  test("with another prompt", async () => expect(await isBoughtAgain({ prompt: "Ada" })).toBe(true));
  test("with other speakers wanted", async () => expect(await isBoughtAgain({ max_speakers: 2 })).toBe(true));
  test("for a translation", async () =>
    expect(await isBoughtAgain({ diarize: false }, { task: "translate" })).toBe(true));

  test("of another tenant", async () => {
    await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "sealed");
    expect(await isBoughtAgain({}, { tenantId: "ten_other" })).toBe(true);
  });
  test("of another recording", async () => {
    const audio = { ...AUDIO, bytes: WAV.byteLength, container: null, duration: null, sha256: "other" };
    expect(await isBoughtAgain({}, { audio })).toBe(true);
  });
  test("but another format of the answer is the same transcript", async () => {
    expect(await isBoughtAgain({ response_format: "srt" })).toBe(false);
  });
});

test("two jobs that must not share are not in each other's way", async () => {
  const speech = scriptSpeech(answerOf(), answerOf(12, 2));
  const deps = depsOf(speech);
  const ids = [await insertDuplicate({ reuse: false }), await insertDuplicate({ reuse: false })];
  await Promise.all(ids.map((id) => runJob(deps, id)));
  expect(speech.calls).toHaveLength(2);
});

describe("a translation with speakers", () => {
  const insert = (options = {}) => insertDuplicate({ diarize: true, ...options }, { task: "translate" });
  const translation = {
    language: "en",
    duration: 4,
    text: "good morning to you",
    segments: [{ id: 0, start: 0, end: 4, text: "good morning to you" }],
    words: [
      { id: 0, word: "good", start: 0.1, end: 0.9 },
      { id: 1, word: "morning", start: 1, end: 1.9 },
      { id: 2, word: "to", start: 2.1, end: 2.9 },
      { id: 3, word: "you", start: 3, end: 3.9 },
    ],
  };
  const turn = (id: number, speaker_id: string, start: number, end: number) => ({
    id,
    speaker_id,
    start,
    end,
    text: "…",
    words: [],
  });
  const diarized = {
    language: "fi",
    duration: 4,
    text: "…",
    segments: [],
    words: [],
    speaker_segments: [turn(1, "SPEAKER_00", 0, 2), turn(2, "SPEAKER_01", 2, 4)],
  };

  test("makes two calls and lays the speakers of the second over the first by time", async () => {
    const speech = scriptSpeech(Response.json(translation), Response.json(diarized));
    const deps = depsOf(speech);
    const job = await attempt(deps, await insert());

    expect(speech.calls.map((call) => [call.url.split("/").at(-1), call.fields["diarize"]])).toEqual([
      ["translations", undefined],
      ["transcriptions", "true"],
    ]);
    const kept = JSON.parse(await readTranscript(db, job)) as Transcript;
    expect(kept.words.map((word) => word.speaker_id)).toEqual([
      "SPEAKER_00",
      "SPEAKER_00",
      "SPEAKER_01",
      "SPEAKER_01",
    ]);
    expect(kept.speaker_segments.map((segment) => [segment.speaker_id, segment.text])).toEqual([
      ["SPEAKER_00", "good morning"],
      ["SPEAKER_01", "to you"],
    ]);
    expect(kept).toMatchObject({ language: "en", text: "good morning to you" });
    expect(job.result).toMatchObject({ speakers: ["SPEAKER_00", "SPEAKER_01"], language: "en" });
    expect(await ledgerOf(deps, job.id)).toMatchObject([
      { purpose: "text", outcome: "answered" },
      { purpose: "speakers", outcome: "answered" },
    ]);
  });

  test("pays for the first call once, though the second is told to wait or fails", async () => {
    const speech = scriptSpeech(
      Response.json(translation),
      errorOf(429, null, { "retry-after": "5" }),
      errorOf(500, "processing_failed"),
      Response.json(diarized),
    );
    const deps = depsOf(speech);
    const job = await finish(deps, await insert());
    expect(job).toMatchObject({ status: "completed" });
    expect(await readPartNow(deps, job.id)).toMatchObject({ attempt: 3, failedCalls: 1 });
    expect(speech.calls.map((call) => call.url.split("/").at(-1))).toEqual([
      "translations",
      "transcriptions",
      "transcriptions",
      "transcriptions",
    ]);
    expect(await eventsOf(deps, job.id)).toEqual(["job.completed"]);
  });

  test("keeps its duplicate waiting through both calls", async () => {
    const speech = scriptSpeech(Response.json(translation), async () => {
      expect((await attempt(deps, second)).waitingFor).toBe("same_recording_in_progress");
      return Response.json(diarized);
    });
    const deps = depsOf(speech);
    const first = await insert();
    const second = await insert();
    await attempt(deps, first);
    expect((await readJobNow(deps, first)).upstreamMs).toBe(0);
    expect(await finish(deps, second)).toMatchObject({ result: { reused_from: first } });
    expect(speech.calls).toHaveLength(2);
  });

  test("without speakers wanted makes one call", async () => {
    const speech = scriptSpeech(Response.json(translation));
    const job = await attempt(depsOf(speech), await insert({ diarize: false }));
    expect(job.result).toMatchObject({ speakers: [] });
    expect(speech.calls).toHaveLength(1);
  });
});
