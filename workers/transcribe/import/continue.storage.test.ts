import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { IMPORT_SLICE_MS, MAX_FAILURES, MAX_IMPORT_STARTS, SOURCE_PAUSE_MS } from "../../../shared/limits.ts";
import { PART_BYTES } from "../../../shared/storage/store-audio.ts";
import { NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count } from "../../../tests/support/stack/storage.ts";
import {
  type AttemptOutcome,
  SOURCE,
  useImportAttempts,
} from "../../../tests/support/workers/import-attempts.ts";
import {
  type OriginFile,
  type OriginFileOptions,
  originFileOf,
} from "../../../tests/support/workers/origin-file.ts";

const { db, bucket, keys, openUploads, on, insertImport, run } = await useImportAttempts();
useLogs();

const PIECE = 256 * 1024;
/** Two whole parts and a bit; no audio, so that a job ends with its import. */
const FILE = randomBytes(2 * PART_BYTES + 1_000_000);
const ETAG = '"v1"';
/** Of the clock, when a Worker is to have time for thirty reads; a part is twenty. */
const perRead = IMPORT_SLICE_MS / 30;

function serve(options: Partial<OriginFileOptions> = {}, bytes: Uint8Array = FILE): OriginFile {
  const file = originFileOf(bytes, { etag: ETAG, ...options });
  on(SOURCE, (response, request) => void file.respond(request, response));
  return file;
}

/** Attempts until the import is done or given up, each at its time. */
async function runToEnd(stepMs = 0): Promise<AttemptOutcome & { attempts: number }> {
  const job = await insertImport();
  let outcome = await run(job, { stepMs });
  let attempts = 1;
  while (outcome.job.status === "queued" && outcome.job.audioKey === null && attempts < 30) {
    outcome = await run(job, { now: outcome.job.notBefore ?? NOW, stepMs });
    attempts++;
  }
  return { ...outcome, attempts };
}

async function expectExact({ job }: AttemptOutcome, bytes: Uint8Array = FILE): Promise<void> {
  expect(job.audio).toMatchObject({
    bytes: bytes.byteLength,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  });
  const object = await bucket.get(job.audioKey ?? "");
  expect(Buffer.from((await object?.arrayBuffer()) ?? new ArrayBuffer()).equals(bytes)).toBe(true);
  await expectNothingOpen();
}

async function expectNothingOpen(): Promise<void> {
  expect(await openUploads()).toBe(0);
  expect(
    await count(db, "SELECT (SELECT count(*) FROM imports) + (SELECT count(*) FROM import_parts) AS n"),
  ).toBe(0);
}

async function expectGivenUp(outcome: AttemptOutcome, message: RegExp): Promise<void> {
  expect(outcome.job).toMatchObject({
    status: "failed",
    error: { code: "source_unreachable", message: expect.stringMatching(message) },
  });
  expect(await keys()).toEqual([]);
  await expectNothingOpen();
}

describe("a download that breaks off", () => {
  test("is continued at once, where the last bytes that came in end", async () => {
    const file = serve({ breakEvery: 6_000_000 });
    const outcome = await runToEnd();
    await expectExact(outcome);
    expect(outcome.attempts).toBe(1);
    expect(file.asked).toEqual(["", expect.stringMatching(/^bytes=5\d{6}-$/)]);
    expect(file.sent).toBeLessThanOrEqual(FILE.byteLength + PIECE);
  });

  test("is continued by Last-Modified where there is no ETag", async () => {
    const file = originFileOf(FILE, { breakEvery: 6_000_000 });
    on(SOURCE, (response, request) => {
      response.setHeader("last-modified", "Fri, 20 Nov 2026 10:00:00 GMT");
      if (request.headers["if-range"] === "Fri, 20 Nov 2026 10:00:00 GMT") delete request.headers["if-range"];
      void file.respond(request, response);
    });
    await expectExact(await runToEnd());
    expect(file.asked).toHaveLength(2);
  });

  test("and brings less than a part each time is left to later attempts, and given up after five that bring nothing", async () => {
    const file = serve({ breakEvery: PART_BYTES - PIECE });
    const outcome = await runToEnd();
    await expectGivenUp(outcome, /^files\.example\.com broke off after 4\d+ of 11485760 bytes\.$/);
    expect(file.asked).toHaveLength(MAX_FAILURES);
  });

  test("waits a little when the next request brings no part, and goes on from the last whole one", async () => {
    const file = serve({ breakEvery: 6_000_000 });
    const job = await insertImport();
    on(SOURCE, (response, request) => {
      if (file.asked.length === 1) file.options = { ...file.options, breakEvery: 1_000_000 };
      void file.respond(request, response);
    });
    const first = await run(job);
    expect(first.job).toMatchObject({
      status: "queued",
      failures: 0,
      waitingFor: "source_interrupted",
      notBefore: NOW + SOURCE_PAUSE_MS,
    });
    file.options = { ...file.options, breakEvery: FILE.byteLength };
    await expectExact(await run(job, { now: NOW + SOURCE_PAUSE_MS }));
    expect(file.asked.at(-1)).toBe(`bytes=${PART_BYTES}-`);
  });

  test("of unknown length is continued, and ends where the server says that nothing is left", async () => {
    const whole = FILE.subarray(0, 2 * PART_BYTES);
    const file = serve({ chunked: true }, whole);
    on(SOURCE, (response, request) => {
      if (file.asked.length > 0) return void file.respond(request, response);
      file.asked.push("");
      response.writeHead(200, { "content-type": "audio/wav", etag: ETAG });
      response.write(whole, () => response.destroy()); // all of it, but not its end
    });
    await expectExact(await runToEnd(), whole);
    expect(file.asked.at(-1)).toMatch(/^bytes=/);
  });
});

describe("a server that cannot continue", () => {
  test("because it gives no validator starts again five times, then given up", async () => {
    const file = originFileOf(FILE, { breakEvery: 6_000_000 });
    on(SOURCE, (response, request) => void file.respond(request, response));
    const outcome = await runToEnd();
    await expectGivenUp(
      outcome,
      /broke off after 5\d+ of .* cannot continue a download\. .* begun 5 times\.$/,
    );
    expect(file.asked).toEqual(Array(MAX_IMPORT_STARTS).fill(""));
  });

  test("because it knows no ranges starts again from what it sends instead", async () => {
    const file = serve({ ranges: false, breakEvery: 6_000_000 });
    on(SOURCE, (response, request) => {
      if (file.asked.length === 2) file.options = { ...file.options, breakEvery: FILE.byteLength };
      void file.respond(request, response);
    });
    await expectExact(await runToEnd());
    expect(file.asked).toHaveLength(3);
  });

  test("because the file has changed gives the new file, and nothing of the old one", async () => {
    const other = randomBytes(FILE.byteLength + 5);
    const file = serve({ breakEvery: 6_000_000 });
    on(SOURCE, (response, request) => {
      if (file.asked.length === 1) {
        file.options = { size: other.byteLength, read: (from, to) => other.subarray(from, to), etag: '"v2"' };
      }
      void file.respond(request, response);
    });
    await expectExact(await runToEnd(), other);
    expect(file.asked).toHaveLength(2);
  });

  test("because its 206 is of another place is asked for all of it", async () => {
    const file = serve({ breakEvery: 6_000_000 });
    let n = 0;
    on(SOURCE, (response, request) => {
      if (++n === 2) {
        const range = `bytes 0-${FILE.byteLength - 1}/${FILE.byteLength}`;
        response.writeHead(206, { "content-range": range, etag: ETAG }).end(FILE);
        return;
      }
      if (n === 3) file.options = { ...file.options, breakEvery: FILE.byteLength };
      void file.respond(request, response);
    });
    await expectExact(await runToEnd());
    expect(file.asked).toEqual(["", ""]);
  });
});

describe("an import that takes longer than one Worker has", () => {
  test("goes on in the next, and no whole part is fetched twice", async () => {
    const file = serve();
    const outcome = await runToEnd(perRead);
    expect(outcome.attempts).toBe(2);
    await expectExact(outcome);
    expect(file.asked).toEqual(["", `bytes=${PART_BYTES}-`]);
  });

  test("tells that it is under way, and counts no failure", async () => {
    serve();
    const job = await insertImport();
    const first = await run(job, { stepMs: perRead });
    expect(first.job).toMatchObject({ status: "queued", waitingFor: "importing", failures: 0 });
    await expectExact(await run(job, { now: first.job.notBefore ?? 0 }));
  });

  test("is given up after five that have not brought a part", async () => {
    serve();
    await expectGivenUp(await runToEnd(IMPORT_SLICE_MS / 10), /sent \d+ bytes in 12 minutes\.$/);
  });

  test("is given up when the server cannot continue", async () => {
    const file = originFileOf(FILE);
    on(SOURCE, (response, request) => void file.respond(request, response));
    await expectGivenUp(await runToEnd(perRead), /12 minutes\. The server cannot continue/);
  });
});

describe("what an import has stored", () => {
  test("forgives the failures of before", async () => {
    const file = serve({ breakEvery: 6_000_000 });
    const job = await insertImport();
    await db
      .prepare("UPDATE jobs SET failures = ?")
      .bind(MAX_FAILURES - 1)
      .run();
    expect((await run(job)).job.audio.bytes).toBe(FILE.byteLength);
    expect(file.asked).toHaveLength(2);
  });

  test("and is gone from R2 is fetched again", async () => {
    const file = serve();
    const job = await insertImport();
    await run(job, { stepMs: perRead });
    const row = await db
      .prepare("SELECT key, multipart_id FROM imports")
      .first<{ key: string; multipart_id: string }>();
    await bucket.resumeMultipartUpload(row?.key ?? "", row?.multipart_id ?? "").abort();
    const later = await run(job, { now: NOW + IMPORT_SLICE_MS * 2 });
    expect(later.job).toMatchObject({ status: "queued", failures: 0, waitingFor: "importing" });
    await expectExact(await run(job, { now: later.job.notBefore ?? 0 }));
    expect(file.asked).toEqual(["", `bytes=${PART_BYTES}-`, ""]);
  });

  test.each([1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES])(
    "is exact at %i bytes",
    async (size) => {
      const bytes = FILE.subarray(0, size);
      serve({}, bytes);
      await expectExact(await runToEnd(), bytes);
    },
  );
});

test.each(["gzip", "br", "zstd"])("an answer in %s, which was not asked for, is refused", async (coding) => {
  on(SOURCE, (response) => response.writeHead(200, { "content-encoding": coding }).end(gzipSync(FILE)));
  await expectGivenUp(await runToEnd(), new RegExp(`Content-Encoding ${coding}`));
});
