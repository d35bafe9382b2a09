import { describe, expect, test } from "vitest";
import { claim, insertNewJob, NOW, OPTIONS } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { useStorage } from "../../tests/support/stack/storage.ts";
import { readEvent, readTranscript } from "../../tests/support/stack/stored.ts";
import {
  answerOf,
  attempt,
  BASE_URL,
  eventsOf,
  jsonOf,
  ledgerOf,
  makeDeps,
  scriptSpeech,
} from "../../tests/support/workers/transcribe-deps.ts";
import { runJob } from "./run-job.ts";

const storage = await useStorage();
const logs = useLogs();
const { db, keys, rowsOf } = storage;

describe("a job of one part", () => {
  test("is claimed, called for, saved, completed and announced by one message", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id } = await insertNewJob(db);

    const job = await attempt(deps, id);

    expect(job).toMatchObject({ status: "completed", stage: "done", attempt: 2, failures: 0, error: null });
    expect(job.result).toMatchObject({ language: "en", words: 12, segments: 1, reused_from: null });
    expect(await readTranscript(db, job)).toBe(jsonOf());
    expect(speech.calls).toHaveLength(1);
    expect(await ledgerOf(deps, id)).toEqual([
      { attempt: 1, purpose: "text", outcome: "answered", http_status: 200 },
    ]);
    expect(deps.announced).toHaveLength(1);
    expect(deps.woken).toEqual([]);
    expect(await rowsOf(id)).toEqual({ jobs: 1, parts: 1, calls: 1, transcript_slices: 1, events: 2 });
  });

  test("has its answer looked for in R2 once, before the call, and never read back", async () => {
    const reads: string[] = [];
    const bucket = noteReads(storage.bucket, reads);
    for (const change of [{}, { task: "translate" as const, options: { ...OPTIONS, diarize: true } }]) {
      reads.length = 0;
      const deps = makeDeps({ db, bucket }, { fetch: scriptSpeech(answerOf(), answerOf()).fetch });
      const { id } = await insertNewJob(db, change);
      expect(await attempt(deps, id)).toMatchObject({ status: "completed" });
      const calls = await ledgerOf(deps, id);
      expect(reads.filter((key) => key.startsWith("raw/"))).toHaveLength(calls.length);
    }
  });

  test("is told of with a body that carries counts, digest and links but no text", async () => {
    const deps = makeDeps(storage, { fetch: scriptSpeech(answerOf()).fetch });
    const { id } = await insertNewJob(db, { metadata: { a: 1 }, externalId: "e" });
    const job = await attempt(deps, id);
    const event = await readEvent(db, deps.announced[0] ?? "");
    const { type, data } = JSON.parse(event?.body ?? "");
    expect(type).toBe("job.completed");
    expect(data).toMatchObject({
      id,
      sequence: 3,
      metadata: { a: 1 },
      external_id: "e",
      result: {
        words: 12,
        transcript_sha256: job.result?.transcript_sha256,
        transcript_url: `${BASE_URL}/v1/jobs/${id}/transcript`,
        download_url: expect.stringContaining(`${BASE_URL}/media/`),
      },
    });
    expect(event?.body).not.toContain(JSON.parse(jsonOf()).text);
  });

  test("counts the time of the call, not of the attempt", async () => {
    const deps = makeDeps(storage, {
      fetch: scriptSpeech(() => {
        deps.time += 61_000;
        return answerOf();
      }).fetch,
    });
    const { id } = await insertNewJob(db);
    expect(await attempt(deps, id)).toMatchObject({ upstreamMs: 61_000, completedAt: NOW + 61_000 });
  });
});

describe("the call", () => {
  test("names the model before the file, the language, both granularities and the speakers", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const options = { ...OPTIONS, language: "de", prompt: "Ada", min_speakers: 2, max_speakers: 3 };
    const { id } = await insertNewJob(db, { options });
    await attempt(deps, id);
    const [call] = speech.calls;
    expect(call).toMatchObject({
      url: "https://speech.example.com/v1/audio/transcriptions",
      key: "Bearer key-of-the-tests",
      fields: {
        model: "openai/whisper-large-v3",
        language: "de",
        prompt: "Ada",
        temperature: "0",
        response_format: "verbose_json",
        diarize: "true",
        min_speakers: "2",
        max_speakers: "3",
        file: expect.stringMatching(/^https:\/\/diarist\.example\.com\/media\/.+\/recording\.wav$/),
      },
    });
    const names = Object.keys(call?.fields ?? {});
    expect(names.indexOf("model")).toBeLessThan(names.indexOf("file"));
  });

  test("says so when no speakers are wanted, and then bounds them not", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id } = await insertNewJob(db, { options: { ...OPTIONS, diarize: false, min_speakers: 2 } });
    await attempt(deps, id);
    expect(speech.calls[0]?.fields).toMatchObject({ diarize: "false" });
    expect(speech.calls[0]?.fields).not.toHaveProperty("min_speakers");
  });

  test("is in the ledger, open, before a byte goes upstream, and the answer is in R2 before it is used", async () => {
    const seen: unknown[] = [];
    const speech = scriptSpeech(async () => {
      seen.push(await ledgerOf(deps, id), await keys());
      return answerOf();
    });
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id, tenantId } = await insertNewJob(db);
    await attempt(deps, id);
    expect(seen).toEqual([[{ attempt: 1, purpose: "text", outcome: null, http_status: null }], []]);
    expect(await keys()).toEqual([`raw/${tenantId}/${id}/0.json`]);
  });

  test("sends the bytes themselves when the speech API cannot reach us", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = makeDeps(storage, { fetch: speech.fetch, upstream: { takesUrl: false } });
    const { id, audioKey } = await insertNewJob(db);
    await storage.bucket.put(audioKey ?? "", "the recording");
    await attempt(deps, id);
    const file = speech.calls[0]?.fields["file"];
    if (!(file instanceof File)) throw new Error("a file was sent");
    expect(await file.text()).toBe("the recording");
    expect(file).toMatchObject({ name: "recording.wav", type: "audio/wav" });
  });
});

describe("a message handled again", () => {
  test("for a finished job changes nothing and calls nobody", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id } = await insertNewJob(db);
    const done = await attempt(deps, id);
    expect(await attempt(deps, id)).toEqual(done);
    expect(speech.calls).toHaveLength(1);
    expect(deps.announced).toHaveLength(1);
    expect(logs()).toContainEqual({ event: "job.not_claimed", job_id: id });
  });

  test("at the same time as the first leads to one call and one event", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id } = await insertNewJob(db);
    await Promise.all([runJob(deps, id), runJob(deps, id), runJob(deps, id)]);
    expect(speech.calls).toHaveLength(1);
    expect(await eventsOf(deps, id)).toEqual(["job.completed"]);
  });

  test("for a job that another holds, or that is gone, is left alone", async () => {
    const deps = makeDeps(storage);
    const { id } = await insertNewJob(db);
    const held = await claim(db, id);
    expect(await attempt(deps, id)).toEqual(held);
    await runJob(deps, "job_gone");
    expect(logs()).toContainEqual({ event: "job.not_claimed", job_id: "job_gone" });
  });
});

test("an event that cannot be announced is safe: the job is completed all the same", async () => {
  const deps = makeDeps(storage, {
    fetch: scriptSpeech(answerOf()).fetch,
    notifyQueue: { sendBatch: () => Promise.reject(new Error("Queue is overloaded. Please back off.")) },
  });
  const { id } = await insertNewJob(db);
  expect(await attempt(deps, id)).toMatchObject({ status: "completed" });
  expect(await eventsOf(deps, id)).toEqual(["job.completed"]);
  expect(logs()).toContainEqual(expect.objectContaining({ event: "wake.send_failed" }));
});

test("an answer whose words carry no speakers, or nothing at all, is a transcript too", async () => {
  const bare = { text: "", segments: [], words: [], duration: 3, language: "english" };
  const deps = makeDeps(storage, { fetch: scriptSpeech(Response.json(bare)).fetch });
  const { id } = await insertNewJob(db);
  const job = await attempt(deps, id);
  expect(job.result).toMatchObject({ words: 0, segments: 0, speakers: [], duration: 3, language: "en" });
});

test("the log says what happens and never what is said", async () => {
  const deps = makeDeps(storage, { fetch: scriptSpeech(answerOf()).fetch });
  const { id } = await insertNewJob(db, { metadata: { secret: "hush" } });
  await attempt(deps, id);
  expect(logs().map((line) => line.event)).toEqual([
    "job.claimed",
    "part.claimed",
    "upstream.answered",
    "job.completed",
  ]);
  const text = JSON.stringify(logs());
  expect(text).not.toContain("hush");
  expect(text).not.toContain(JSON.parse(jsonOf()).words[3].word);
});

/** The bucket, with the keys of the objects that are read from it noted. */
function noteReads(bucket: R2Bucket, reads: string[]): R2Bucket {
  return new Proxy(bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        if (name === "get") reads.push(String(args[0]));
        return member.apply(target, args);
      };
    },
  });
}
