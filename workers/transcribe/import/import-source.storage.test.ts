import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MAX_AUDIO_BYTES, MAX_FAILURES, PURGE_AGAIN_MS } from "../../../shared/limits.ts";
import { deleteJob } from "../../../shared/storage/jobs.ts";
import { makeWav } from "../../../tests/support/audio/wav.ts";
import { NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count } from "../../../tests/support/stack/storage.ts";
import {
  NOTHING_KNOWN,
  type Respond,
  SOURCE,
  useImportAttempts,
} from "../../../tests/support/workers/import-attempts.ts";
import { sweepPendingAudio } from "../../ingest/sweeps/sweep-pending-audio.ts";

const { db, bucket, keys, rowsOf, openUploads, on, asked, insertImport, run, sweep } =
  await useImportAttempts();

useLogs();

const WAV = makeWav(2);

const sendWav: Respond = (response) =>
  response.writeHead(200, { "content-type": "audio/x-wav", "content-length": WAV.byteLength }).end(WAV);
const redirectTo =
  (location: string, status = 302): Respond =>
  (response) =>
    response.writeHead(status, { location }).end("elsewhere");

/** The import ends the job at its first attempt, without a call and without anything left in R2. */
async function expectRefused(message: string | RegExp, sourceUrl = SOURCE): Promise<void> {
  const { job } = await run(await insertImport({ sourceUrl }));
  expect(job).toMatchObject({
    status: "failed",
    attempt: 1,
    error: { code: "source_unreachable", message: expect.stringMatching(message) },
  });
  await expectNothingLeft();
  expect(asked.filter((path) => path.startsWith("speech"))).toEqual([]);
}

/** The import failed in a way that may pass: it counts, and is tried again. */
async function expectTriedAgain(message: string): Promise<void> {
  const inserted = await insertImport();
  const { job, woken } = await run(inserted);
  expect(job).toMatchObject({ status: "queued", failures: 1, notBefore: NOW + 1_000, error: null });
  expect(woken).toMatchObject([{ delaySeconds: 1 }]);
  await expectNothingLeft();
  await db
    .prepare("UPDATE jobs SET failures = ?, not_before = NULL")
    .bind(MAX_FAILURES - 1)
    .run();
  expect((await run(inserted)).job).toMatchObject({
    status: "failed",
    error: { code: "source_unreachable", message, retryable: true },
  });
}

async function expectNothingLeft(): Promise<void> {
  expect(await keys()).toEqual([]);
  expect(await count(db, "SELECT count(*) AS n FROM imports")).toBe(0);
  expect(await openUploads()).toBe(0);
}

describe("an import", () => {
  test("brings the recording into R2, under its own name, with length and digest", async () => {
    on(SOURCE, sendWav);
    const { job } = await run(await insertImport());
    expect(job).toMatchObject({
      status: "completed",
      storedAt: NOW,
      audio: {
        filename: "talk.wav",
        content_type: "audio/x-wav",
        bytes: WAV.byteLength,
        sha256: createHash("sha256").update(WAV).digest("hex"),
        container: "wav",
        duration: 2,
      },
    });
    const object = await bucket.get(job.audioKey ?? "");
    expect(Buffer.from((await object?.arrayBuffer()) ?? new ArrayBuffer()).equals(WAV)).toBe(true);
    expect(await count(db, "SELECT count(*) AS n FROM imports")).toBe(0);
  });

  test("keeps the name that the caller gave", async () => {
    on(SOURCE, sendWav);
    const { job } = await run(await insertImport({ audio: { ...NOTHING_KNOWN, filename: "board.mp3" } }));
    expect(job).toMatchObject({
      audio: { filename: "board.mp3" },
      audioKey: expect.stringMatching(/\.mp3$/),
    });
  });

  test("that took long lets the job go on in a fresh attempt, which does not fetch again", async () => {
    on(SOURCE, sendWav);
    const inserted = await insertImport();
    const { job, woken } = await run(inserted, { stepMs: 12_000 });
    expect(job).toMatchObject({
      status: "queued",
      failures: 0,
      waitingFor: "imported",
      audioKey: expect.any(String),
    });
    expect(woken).toMatchObject([{ delaySeconds: 0 }]);
    expect((await run(inserted, { now: (job.notBefore ?? 0) + 1 })).job).toMatchObject({
      status: "completed",
    });
    expect(asked.filter((path) => path.startsWith("files"))).toHaveLength(1);
  });
});

describe("redirects", () => {
  test("are followed three times, and the name is that of the last", async () => {
    on(SOURCE, redirectTo("https://b.example.com/1"));
    on("https://b.example.com/1", redirectTo("/2", 307));
    on("https://b.example.com/2", redirectTo("https://c.example.com/final.wav?sig=1", 303));
    on("https://c.example.com/final.wav?sig=1", sendWav);
    const { job } = await run(await insertImport());
    expect(job).toMatchObject({ status: "completed", audio: { filename: "final.wav" } });
  });

  test("are not followed a fourth time", async () => {
    on(SOURCE, redirectTo("/1"));
    on("https://files.example.com/1", redirectTo("/2"));
    on("https://files.example.com/2", redirectTo("/3"));
    on("https://files.example.com/3", redirectTo("/4"));
    on("https://files.example.com/4", sendWav);
    await expectRefused(/^files\.example\.com redirects more than 3 times/);
    expect(asked).toHaveLength(4);
  });

  test("in a circle end", async () => {
    on(SOURCE, redirectTo(SOURCE));
    await expectRefused(/^files\.example\.com redirects more than 3 times/);
    expect(asked).toHaveLength(4);
  });

  test("to an address of an inner network are not followed", async () => {
    on(SOURCE, redirectTo("https://169.254.169.254/latest/meta-data"));
    await expectRefused(
      /^files\.example\.com redirected to 169\.254\.169\.254, which is refused: Use a host name/,
    );
    expect(asked).toEqual(["files.example.com/a/talk.wav"]);
  });

  test("from https to http are not followed", async () => {
    on(SOURCE, redirectTo("http://files.example.com/b.wav"));
    await expectRefused(/refused: Use an https/);
  });

  test("to ourselves are not followed", async () => {
    on(SOURCE, redirectTo("https://diarist.example.com/media/x/y.wav"));
    await expectRefused(/own address/);
  });

  test("with a user name in them are not followed", async () => {
    on(SOURCE, redirectTo("https://u:p@files.example.com/b.wav"));
    await expectRefused(/user name and password/);
  });

  test("to what is no address are refused like any other", async () => {
    on(SOURCE, redirectTo("http://["));
    await expectRefused(/refused/);
  });

  test("without a target are an answer that is not 200", async () => {
    on(SOURCE, (response) => response.writeHead(302).end());
    await expectRefused(/answered 302/);
  });
});

describe("an answer that cannot become a recording ends the job at once", () => {
  test("404", () => expectRefused(/answered 404/));
  test("403", async () => {
    on(SOURCE, (response) => response.writeHead(403).end());
    await expectRefused(/answered 403/);
  });
  test("a web page", async () => {
    on(SOURCE, (response) =>
      response.writeHead(200, { "content-type": "text/HTML; charset=utf-8" }).end("<html>Log in</html>"),
    );
    await expectRefused(/a web page/);
  });
  test("nothing", async () => {
    on(SOURCE, (response) => response.writeHead(200, { "content-length": 0 }).end());
    await expectRefused(/empty body|without a body/);
  });
  test("206 of a range that nobody asked for", async () => {
    on(SOURCE, (response) => response.writeHead(206).end("abc"));
    await expectRefused(/answered 206/);
  });
  test("a URL that is refused now, though it was taken once", () =>
    expectRefused(/^The URL is refused/, "https://10.0.0.1/a.wav"));

  test("more than there is room for", async () => {
    on(SOURCE, (response) => {
      response.writeHead(200, { "content-length": MAX_AUDIO_BYTES + 1 });
      response.write("RIFF", () => response.socket?.destroy());
    });
    const { job } = await run(await insertImport());
    expect(job).toMatchObject({ status: "failed", error: { code: "file_too_large" } });
    await expectNothingLeft();
  });
});

test("what there is just room for is not too large", async () => {
  on(SOURCE, (response) => {
    response.writeHead(200, { "content-length": MAX_AUDIO_BYTES });
    response.write("RIFF", () => response.socket?.destroy());
  });
  await expectTriedAgain(`files.example.com broke off after 0 of ${MAX_AUDIO_BYTES} bytes.`);
});

describe("an answer that may pass is tried again", () => {
  test("500", async () => {
    on(SOURCE, (response) => response.writeHead(500).end());
    await expectTriedAgain("files.example.com answered 500.");
  });
  test("429", async () => {
    on(SOURCE, (response) => response.writeHead(429).end());
    await expectTriedAgain("files.example.com answered 429.");
  });
  test("a host that cannot be reached", async () => {
    on(SOURCE, (response) => response.socket?.destroy());
    await expectTriedAgain("files.example.com could not be reached.");
  });
  test("a body that breaks off", async () => {
    on(SOURCE, (response) => {
      response.writeHead(200, { "transfer-encoding": "chunked" });
      response.write(WAV.subarray(0, 1_000), () => response.socket?.destroy());
    });
    await expectTriedAgain("files.example.com broke off after 0 bytes.");
  });
  test("a body shorter than it was said to be", async () => {
    on(SOURCE, (response) => {
      response.writeHead(200, { "content-length": WAV.byteLength + 1 });
      response.write(WAV, () => response.socket?.destroy());
    });
    await expectTriedAgain("files.example.com broke off after 0 of 16045 bytes.");
  });

  test("and comes through when it does", async () => {
    let n = 0;
    on(SOURCE, (response, request) => (++n < 3 ? response.writeHead(503).end() : sendWav(response, request)));
    const inserted = await insertImport();
    await run(inserted);
    await run(inserted, { now: NOW + 10_000 });
    expect((await run(inserted, { now: NOW + 20_000 })).job).toMatchObject({
      status: "completed",
      failures: 2,
    });
  });
});

test("a body longer than it was said to be is cut there, and the recording found damaged", async () => {
  on(SOURCE, (response) => response.writeHead(200, { "content-length": 1_000 }).end(WAV));
  const { job } = await run(await insertImport());
  expect(job).toMatchObject({ status: "failed", audio: { bytes: 1_000 }, error: { code: "upload_corrupt" } });
});

test("storage that fails is not charged to the source, and its upload is aborted when the job is deleted", async () => {
  await db.exec(
    "CREATE TRIGGER broken BEFORE INSERT ON import_parts BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  on(SOURCE, (response) => response.writeHead(200, { etag: '"v1"' }).end(makeWav(800)));
  const { job, threw } = await run(await insertImport());
  await db.exec("DROP TRIGGER broken");
  expect(threw).toMatch(/disk full/);
  expect(job).toMatchObject({ status: "processing", failures: 0 });
  expect(await openUploads()).toBe(1);
  await deleteJob(db, job, NOW);
  await sweep();
  await expectNothingLeft();
});

test("a job deleted during its import leaves nothing behind after the purge", async () => {
  const inserted = await insertImport();
  on(SOURCE, (response, request) => void deleteJob(db, inserted, NOW).then(() => sendWav(response, request)));
  await run(inserted);
  await sweepPendingAudio({ DB: db, BUCKET: bucket }, () => NOW + PURGE_AGAIN_MS);
  expect(await rowsOf(inserted.id)).toEqual({});
  await expectNothingLeft();
});

test("a Worker that loses its claim during the import says nothing about the job", async () => {
  const inserted = await insertImport();
  on(SOURCE, async (response, request) => {
    await db.prepare("UPDATE jobs SET attempt = 2").run();
    sendWav(response, request);
  });
  const { job } = await run(inserted);
  expect(job).toMatchObject({ status: "processing", attempt: 2, audioKey: null });
  expect(asked.filter((path) => path.startsWith("speech"))).toEqual([]);
});

describe("a tenant with a limit of bytes_stored", () => {
  const limitTo = (bytes: number) =>
    db
      .prepare("UPDATE tenants SET limits = ?")
      .bind(JSON.stringify({ bytes_stored: bytes }))
      .run();

  test.each([
    ["says so", { "content-length": String(WAV.byteLength) }],
    ["does not say so", { "transfer-encoding": "chunked" }],
  ])("gets no larger file, whether or not its server %s", async (_, headers) => {
    await limitTo(WAV.byteLength - 1);
    on(SOURCE, (response) => response.writeHead(200, headers).end(WAV));
    const { job } = await run(await insertImport());
    const message = expect.stringContaining("bytes_stored");
    expect(job).toMatchObject({ status: "failed", error: { code: "quota_exceeded", message } });
    await expectNothingLeft();
    expect(await count(db, "SELECT COALESCE(sum(bytes), 0) AS n FROM stored_bytes")).toBe(0);
  });

  test("gets a file that just fits, and then no other", async () => {
    await limitTo(WAV.byteLength);
    on(SOURCE, sendWav);
    expect((await run(await insertImport())).job).toMatchObject({ audio: { bytes: WAV.byteLength } });
    expect((await run(await insertImport())).job?.error).toMatchObject({ code: "quota_exceeded" });
  });
});
