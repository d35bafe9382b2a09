import { describe, expect, test } from "vitest";
import { UPSTREAM_MAX_SECONDS } from "../../../shared/limits.ts";
import type { Part } from "../../../shared/part.ts";
import { listParts } from "../../../shared/storage/parts.ts";
import { rf64Header, wavHeader } from "../../../tests/support/audio/wav.ts";
import { AUDIO, insertNewJob } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { answerOf, attempt, makeDeps, scriptSpeech } from "../../../tests/support/workers/transcribe-deps.ts";
import type { Deps } from "../deps.ts";

const storage = await useStorage();
useLogs();
const { db, bucket } = storage;

const MINUTE = 60;
const HOUR = 3_600;

type Sound = { header: Buffer; dataBytes: number };

/** One byte a sample: the rate is how many bytes make a second. */
const wav = (seconds: number, rate = 8_000): Sound => {
  const dataBytes = Math.round(seconds * rate);
  return { header: wavHeader(dataBytes, rate), dataBytes };
};
const rf64 = (seconds: number, rate = 8_000): Sound => ({
  header: rf64Header(seconds * rate, rate),
  dataBytes: seconds * rate,
});

/** The job after one attempt, whose recording is this header and this many bytes of silence, which take no room. */
async function probe({ header, dataBytes }: Sound, config: Partial<Deps["config"]> = {}) {
  const speech = scriptSpeech(answerOf());
  const deps = makeDeps(storage, { fetch: speech.fetch });
  Object.assign(deps.config, config);
  const bytes = header.byteLength + dataBytes;
  const audio = { ...AUDIO, bytes, container: null, codec: null, duration: null };
  const { id, audioKey } = await insertNewJob(db, { audio });
  await bucket.put(audioKey ?? "", header);
  deps.bucket = new Proxy(bucket, {
    get(target, name) {
      if (name !== "get") return Reflect.get(target, name).bind(target);
      return async (key: string, options: { range?: { offset: number; length: number } } = {}) =>
        key === audioKey && options.range ? readSilence(header, bytes, options.range) : target.get(key);
    },
  });
  const job = await attempt(deps, id);
  return { job, calls: speech.calls.length, parts: await listParts(db, id) };
}

function readSilence(header: Buffer, bytes: number, range: { offset: number; length: number }) {
  const piece = Buffer.alloc(Math.min(range.length, bytes - range.offset), 0x80);
  if (range.offset < header.byteLength) header.copy(piece, 0, range.offset);
  return { body: new Blob([piece]).stream(), arrayBuffer: async () => new Uint8Array(piece).buffer };
}

/** What is true of every way to cut a recording of this length. */
function expectCut(parts: Part[], seconds: number, longest: number): void {
  expect(parts.length).toBeGreaterThan(1);
  expect(parts[0]?.start).toBe(0);
  expect(parts.at(-1)?.end).toBe(seconds);
  for (const [n, part] of parts.entries()) {
    expect(part.end - part.start).toBeLessThanOrEqual(longest);
    if (n > 0) expect(part.start).toBeLessThan(parts[n - 1]?.end ?? 0);
  }
}

describe("what the header says", () => {
  test("is on the job before the call", async () => {
    const { job } = await probe(wav(600));
    expect(job).toMatchObject({
      status: "completed",
      audio: { container: "wav", codec: "pcm-u8", duration: 600, channels: 1, sample_rate: 8_000 },
    });
    expect(job.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("of an RF64 is read in 64 bits", async () => {
    const { job } = await probe(rf64(600, 16_000));
    expect(job).toMatchObject({ status: "completed", audio: { duration: 600, sample_rate: 16_000 } });
  });
});

describe("with parts of twenty minutes, a recording", () => {
  test("of thirty minutes is sent as it is", async () => {
    const { job, calls, parts } = await probe(wav(30 * MINUTE));
    expect(job).toMatchObject({ status: "completed", plan: null, partsTotal: 1 });
    expect(calls).toBe(1);
    expect(parts).toHaveLength(1);
  });

  test("and a second more is cut in two that overlap", async () => {
    const { job, calls, parts } = await probe(wav(30 * MINUTE + 1));
    expect(job).toMatchObject({
      status: "processing",
      stage: "transcribing",
      partsTotal: 2,
      partsDone: 0,
      audio: { duration: 30 * MINUTE + 1 },
    });
    expect(calls).toBe(0); // each part is a message of its own
    expectCut(parts, 30 * MINUTE + 1, 30 * MINUTE);
  });

  test("of a whole day in an RF64 of many GB is cut as well", async () => {
    const { job, parts } = await probe(rf64(24 * HOUR, 96_000));
    expect(job).toMatchObject({ status: "processing", partsTotal: 72 });
    expectCut(parts, 24 * HOUR, 30 * MINUTE);
  });
});

test("no part is longer than the speech API takes, however long parts are wanted", async () => {
  const { parts } = await probe(wav(UPSTREAM_MAX_SECONDS + 1), { partSeconds: 10 * HOUR });
  expectCut(parts, UPSTREAM_MAX_SECONDS + 1, UPSTREAM_MAX_SECONDS);
});

describe("where the speech API takes a million bytes at most, a recording of fifteen minutes", () => {
  const RATE = 1_000;
  const sound = (bytes: number): Sound => ({ header: wavHeader(bytes - 44, RATE), dataBytes: bytes - 44 });
  const upstream = {
    ...makeDeps(storage).config.upstream,
    takesUrl: false,
    maxBodyBytes: 1_000_000,
  };

  test("is sent as it is up to nine tenths of that", async () => {
    const { job, calls } = await probe(sound(900_000), { upstream });
    expect(job).toMatchObject({ status: "completed", audio: { bytes: 900_000 }, partsTotal: 1 });
    expect(calls).toBe(1);
  });

  test("and is cut with a byte more", async () => {
    const { job, parts } = await probe(sound(900_001), { upstream });
    expect(job).toMatchObject({ status: "processing" });
    expect(parts.length).toBeGreaterThan(1);
    for (const { start, end } of parts) expect((end - start) * RATE).toBeLessThan(900_000);
  });
});

describe("a recording that was probed before", () => {
  test("is not read again", async () => {
    const speech = scriptSpeech(answerOf());
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id } = await insertNewJob(db); // with no object in R2 at all
    expect(await attempt(deps, id)).toMatchObject({ status: "completed" });
  });
});

test("a recording that R2 does not have is our fault: it is thrown, and the job is still there", async () => {
  const audio = { ...AUDIO, container: null, duration: null };
  const { id } = await insertNewJob(db, { audio });
  await expect(attempt(makeDeps(storage), id)).rejects.toThrow();
  const { status } = (await db.prepare("SELECT status FROM jobs").first<{ status: string }>()) ?? {};
  expect(status).toBe("processing");
});

test("what is no recording fails with what it is", async () => {
  const page = Buffer.from("<!DOCTYPE html><html><body>Log in</body></html>");
  const { job, calls } = await probe({ header: page, dataBytes: 0 });
  expect(job).toMatchObject({
    status: "failed",
    error: { code: "unsupported_format", message: "The file is a web page (HTML)." },
  });
  expect(calls).toBe(0);
});
