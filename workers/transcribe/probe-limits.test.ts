import { describe, expect, test } from "vitest";
import { UPSTREAM_MAX_SECONDS, UPSTREAM_MAX_URL_BYTES } from "../../shared/limits.ts";
import { AUDIO, insertNewJob } from "../../tests/support/jobs.ts";
import { useLogs } from "../../tests/support/logs.ts";
import { useStorage } from "../../tests/support/storage.ts";
import {
  answerOf,
  attempt,
  eventsOf,
  makeWorld,
  scriptSpeech,
} from "../../tests/support/transcribe-world.ts";
import { rf64Header, wavHeader } from "../../tests/support/wav.ts";

const storage = await useStorage();
useLogs();
const { db, bucket } = storage;

const HOUR = 3_600;

/** A job whose recording is this header and so many bytes of sound, which nobody looks at. */
async function probe(header: Buffer, dataBytes: number) {
  const speech = scriptSpeech(answerOf());
  const world = makeWorld(storage, { fetch: speech.fetch });
  const bytes = header.byteLength + dataBytes;
  const audio = { ...AUDIO, bytes, container: null, codec: null, duration: null };
  const { id, audioKey } = await insertNewJob(db, { audio });
  await bucket.put(audioKey ?? "", header);
  const job = await attempt(world, id);
  return { job, calls: speech.calls.length, events: await eventsOf(world, id) };
}

/** One byte a sample: the rate is how many bytes make a second. */
const wav = (seconds: number, rate: number) => probe(wavHeader(seconds * rate, rate), seconds * rate);
const rf64 = (seconds: number, rate: number) => probe(rf64Header(seconds * rate, rate), seconds * rate);

describe("what the header says", () => {
  test("is on the job before the call", async () => {
    const { job } = await wav(HOUR, 8_000);
    expect(job).toMatchObject({
      status: "completed",
      audio: { container: "wav", codec: "pcm-u8", duration: HOUR, channels: 1, sample_rate: 8_000 },
    });
    expect(job.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("of an RF64 is read in 64 bits", async () => {
    const { job } = await rf64(HOUR, 16_000);
    expect(job).toMatchObject({ status: "completed", audio: { duration: HOUR, sample_rate: 16_000 } });
  });
});

describe("a recording of four hours", () => {
  test("is sent", async () => {
    const { job, calls } = await wav(UPSTREAM_MAX_SECONDS, 8_000);
    expect(job).toMatchObject({ status: "completed", audio: { duration: UPSTREAM_MAX_SECONDS } });
    expect(calls).toBe(1);
  });

  test("and a second is not: it fails before a call, with what to do", async () => {
    const { job, calls, events } = await wav(UPSTREAM_MAX_SECONDS + 1, 8_000);
    expect(job).toMatchObject({
      status: "failed",
      attempt: 1,
      error: { code: "audio_too_long", message: expect.stringContaining("14401 s") },
      audio: { duration: UPSTREAM_MAX_SECONDS + 1 },
    });
    expect(calls).toBe(0);
    expect(events).toEqual(["job.failed"]);
  });
});

describe("a file of 1 GB", () => {
  const RATE = 96_000;
  const SOUND = UPSTREAM_MAX_URL_BYTES - 44;

  test("is sent", async () => {
    const { job, calls } = await probe(wavHeader(SOUND, RATE), SOUND);
    expect(job).toMatchObject({ status: "completed", audio: { bytes: UPSTREAM_MAX_URL_BYTES } });
    expect(calls).toBe(1);
  });

  test("and a byte is not: it fails before a call", async () => {
    const { job, calls, events } = await probe(wavHeader(SOUND + 1, RATE), SOUND + 1);
    expect(job).toMatchObject({ status: "failed", error: { code: "file_too_large" } });
    expect(calls).toBe(0);
    expect(events).toEqual(["job.failed"]);
  });

  test("or of many GB in an RF64 is told by the longer of its two faults", async () => {
    const { job } = await rf64(24 * HOUR, 96_000);
    expect(job).toMatchObject({
      status: "failed",
      error: { code: "audio_too_long" },
      audio: { duration: 24 * HOUR, bytes: 24 * HOUR * 96_000 + 80 },
    });
  });
});

describe("a recording that was probed before", () => {
  test("is not read again", async () => {
    const speech = scriptSpeech(answerOf());
    const world = makeWorld(storage, { fetch: speech.fetch });
    const { id } = await insertNewJob(db); // with no object in R2 at all
    expect(await attempt(world, id)).toMatchObject({ status: "completed" });
  });

  test("is held against the limits all the same", async () => {
    const world = makeWorld(storage);
    const { id } = await insertNewJob(db, { audio: { ...AUDIO, duration: UPSTREAM_MAX_SECONDS + 0.001 } });
    expect(await attempt(world, id)).toMatchObject({ error: { code: "audio_too_long" } });
  });
});

test("a recording that R2 does not have is our fault: it is thrown, and the job is still there", async () => {
  const audio = { ...AUDIO, container: null, duration: null };
  const { id } = await insertNewJob(db, { audio });
  await expect(attempt(makeWorld(storage), id)).rejects.toThrow();
  const { status } = (await db.prepare("SELECT status FROM jobs").first<{ status: string }>()) ?? {};
  expect(status).toBe("processing");
});

test("what is no recording fails with what it is", async () => {
  const page = Buffer.from("<!DOCTYPE html><html><body>Log in</body></html>");
  const { job, calls } = await probe(page, 0);
  expect(job).toMatchObject({
    status: "failed",
    error: { code: "unsupported_format", message: "The file is a web page (HTML)." },
  });
  expect(calls).toBe(0);
});
