import { expect, test } from "vitest";
import { digestPart } from "../../../shared/stitch/digest-part.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { installFixedLengthStream } from "../../../tests/support/audio/memory-bucket.ts";
import { makeWav } from "../../../tests/support/audio/wav.ts";
import { claim, insertNewJob, NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import {
  errorOf,
  makeDeps,
  PROVIDER,
  scriptSpeech,
  type TestDeps,
} from "../../../tests/support/workers/transcribe-deps.ts";
import { planCuts } from "../cut/plan-cuts.ts";
import { cutLimits } from "../parts/plan-parts.ts";
import { identifySpeakers, maxReferenceSeconds } from "./identify-speakers.ts";

const storage = await useStorage();
const logs = useLogs();
const { db } = storage;
const bucket = takingStreams(storage.bucket);
installFixedLengthStream();
const GONE = new AbortController().signal;
const SECONDS = 200;

/** The local R2 as Node reaches it takes no streams that are still being written. */
function takingStreams(target: R2Bucket): R2Bucket {
  return new Proxy(target, {
    get(of, name) {
      if (name !== "put") return Reflect.get(of, name);
      return async (key: string, value: ArrayBuffer | ReadableStream, options?: R2PutOptions) =>
        of.put(
          key,
          value instanceof ReadableStream ? await new Response(value).arrayBuffer() : value,
          options,
        );
    },
  });
}

/** A job whose recording is cut in two parts of 100 s, in each of which one speaker talks from 20 s to 50 s. */
async function cutJob(deps: TestDeps, failures = 0) {
  const inserted = await insertNewJob(db);
  const wav = makeWav(SECONDS);
  await bucket.put(inserted.audioKey ?? "", wav);
  const facts = { container: "wav" as const, codec: "pcm-u8", duration: SECONDS, bytes: wav.byteLength };
  const limits = { ...(await cutLimits(deps, inserted)), partSeconds: 100 };
  const plan = await planCuts(bucket, inserted.audioKey ?? "", facts, limits);
  const claimed = await claim(db, inserted.id);
  const job = { ...claimed, plan: JSON.stringify(plan), failures };
  const digests = plan.parts.map(({ start, end }, index) =>
    digestPart({ start, end, transcript: talk("A") }, plan.parts[index - 1], plan.parts[index + 1]),
  );
  return { job, digests };
}

function talk(speaker: string): Transcript {
  const words = Array.from({ length: 30 }, (_, id) => ({
    id,
    word: `w${id}`,
    start: 20 + id,
    end: 21 + id,
    speaker_id: speaker,
  }));
  const text = words.map(({ word }) => word).join(" ");
  return { language: "en", duration: 110, text, segments: [], words, speaker_segments: [] };
}

/** The reference audio is heard as one speaker all along. */
function oneSpeaker(): Response {
  const turn = { id: 0, speaker_id: "X", start: 0, end: 60, text: "", words: [] };
  return Response.json({ text: "", duration: 60, speaker_segments: [turn] });
}

test("identification sends one recording with a clip of each local speaker, diarized, and reads a vote for each", async () => {
  const speech = scriptSpeech(oneSpeaker());
  const deps = makeDeps({ db, bucket }, { fetch: speech.fetch });
  const { job, digests } = await cutJob(deps);
  const called = await identifySpeakers(deps, job, PROVIDER, digests, NOW, GONE);
  expect(called).toMatchObject({
    ok: true,
    value: {
      votes: [
        { part: 0, local: "A", label: "X", fraction: 1 },
        { part: 1, local: "A", label: "X", fraction: 1 },
      ],
    },
  });
  expect(speech.calls).toHaveLength(1);
  expect(speech.calls[0]?.fields).toMatchObject({ diarize: "true" });
  const row = await db
    .prepare("SELECT purpose, audio_seconds FROM calls WHERE job_id = ?")
    .bind(job.id)
    .first<{ purpose: string; audio_seconds: number }>();
  expect(row?.purpose).toBe("identify_speakers");
  expect(row?.audio_seconds).toBeCloseTo(24, 1);
});

test("identification for a translation asks for a transcription, since translations have no speakers", async () => {
  const speech = scriptSpeech(oneSpeaker());
  const deps = makeDeps({ db, bucket }, { fetch: speech.fetch });
  const { job, digests } = await cutJob(deps);
  await identifySpeakers(deps, { ...job, task: "translate" }, PROVIDER, digests, NOW, GONE);
  expect(speech.calls[0]?.url).toContain("/audio/transcriptions");
});

test("an answer that is there already is not bought again", async () => {
  const deps = makeDeps({ db, bucket }, { fetch: scriptSpeech(oneSpeaker()).fetch });
  const { job, digests } = await cutJob(deps);
  const first = await identifySpeakers(deps, job, PROVIDER, digests, NOW, GONE);
  const again = await identifySpeakers(
    makeDeps({ db, bucket }),
    { ...job, attempt: job.attempt + 1 },
    PROVIDER,
    digests,
    NOW,
    GONE,
  );
  expect(again).toEqual(first);
});

test("no call is made for one local speaker", async () => {
  const deps = makeDeps({ db, bucket });
  const { job, digests } = await cutJob(deps);
  expect(await identifySpeakers(deps, job, PROVIDER, digests.slice(0, 1), NOW, GONE)).toEqual({
    ok: true,
    value: { votes: [], upstreamMs: 0 },
  });
});

test("a refusal is done without, at once", async () => {
  const deps = makeDeps({ db, bucket }, { fetch: scriptSpeech(errorOf(400, "invalid_params")).fetch });
  const { job, digests } = await cutJob(deps);
  expect(await identifySpeakers(deps, job, PROVIDER, digests, NOW, GONE)).toEqual({
    ok: true,
    value: { votes: [], upstreamMs: 0 },
  });
  expect(logs().filter(({ event }) => event === "job.speaker_identification_failed")).toMatchObject([
    { code: "invalid_params" },
  ]);
});

test("a failure upstream is tried once more and then done without", async () => {
  const failing = () =>
    makeDeps({ db, bucket }, { fetch: scriptSpeech(errorOf(500, "processing_failed")).fetch });
  const first = await cutJob(failing());
  expect(await identifySpeakers(failing(), first.job, PROVIDER, first.digests, NOW, GONE)).toMatchObject({
    ok: false,
    error: { kind: "upstream_failed" },
  });
  const last = await cutJob(failing(), 1);
  expect(await identifySpeakers(failing(), last.job, PROVIDER, last.digests, NOW, GONE)).toMatchObject({
    ok: true,
    value: { votes: [] },
  });
});

test("being told to wait is waiting, not failing", async () => {
  const deps = makeDeps(
    { db, bucket },
    { fetch: scriptSpeech(errorOf(429, "dynamic_request_limited")).fetch },
  );
  const { job, digests } = await cutJob(deps, 4);
  expect(await identifySpeakers(deps, job, PROVIDER, digests, NOW, GONE)).toMatchObject({
    ok: false,
    error: { kind: "defer" },
  });
});

test("storage that fails says nothing about the recording: it is for the queue to try again", async () => {
  const deps = makeDeps({ db, bucket });
  const { job, digests } = await cutJob(deps);
  await bucket.delete(job.audioKey ?? "");
  await expect(identifySpeakers(deps, job, PROVIDER, digests, NOW, GONE)).rejects.toThrow("is not in R2");
});

test("reference audio is a tenth of the recording, two minutes of a short one, 20 of the longest", async () => {
  const deps = makeDeps({ db, bucket });
  const job = await insertNewJob(db);
  const referenceOf = async (minutes: number, bytesASecond = 16_000) => {
    const recording = { bytes: minutes * 60 * bytesASecond, duration: minutes * 60 };
    return (await maxReferenceSeconds(deps, job, recording)) / 60;
  };
  expect(await referenceOf(100)).toBe(10);
  expect(await referenceOf(5)).toBe(2);
  expect(await referenceOf(600)).toBe(20);
});

test("reference audio of heavy audio stays within the bytes that a call may have", async () => {
  const job = await insertNewJob(db);
  const bytesASecond = 8 * 192_000 * 3;
  const heavy = { bytes: 36_000 * bytesASecond, duration: 36_000 };
  const byUrl = await maxReferenceSeconds(makeDeps({ db, bucket }), job, heavy);
  expect(byUrl * bytesASecond).toBeLessThan(500_000_000);
  const direct = makeDeps({ db, bucket }, { upstream: { takesUrl: false, maxBodyBytes: 80_000_000 } });
  const sent = await maxReferenceSeconds(direct, job, { bytes: 3600 * 176_400, duration: 3600 });
  expect(sent * 176_400).toBeLessThan(40_000_000);
  expect(sent).toBeGreaterThan(60);
});
