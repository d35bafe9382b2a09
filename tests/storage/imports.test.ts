import { describe, expect, test } from "vitest";
import { failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import {
  deadImports,
  readImport,
  removeDeadImport,
  restartImport,
  savePart,
  saveWhole,
  startImport,
} from "../../shared/storage/imports.ts";
import { failed, failJob } from "../../shared/storage/job-work.ts";
import { cancelJob, deleteJob, requeueJob } from "../../shared/storage/jobs.ts";
import { eventFor, insertClaimedJob, NOW } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";

const { db, rowsOf } = await useStorage();

const SOURCE = { filename: "a.wav", contentType: "audio/wav", validator: '"v1"', total: 12_000_000 };
const UPLOAD = { key: "audio/t/j/source.wav", uploadId: "u-1", source: SOURCE };
const part = (partNumber: number) => ({ partNumber, etag: `e-${partNumber}` });

function insertImporting(): Promise<Job> {
  return insertClaimedJob(db, {
    audioKey: null,
    sourceUrl: "https://a.example.com/a.wav",
    fileHeaders: "v1.sealed",
  });
}

/** The job as a Worker knows it that has lost its claim. */
const withoutClaim = (job: Job): Job => ({ ...job, attempt: job.attempt - 1 });

const cancel = (job: Job) => cancelJob(db, job, NOW, async (canceled) => eventFor(canceled, "job.canceled"));

describe("an import", () => {
  test("is known as far as it has come", async () => {
    const job = await insertImporting();
    expect(await readImport(db, job.id)).toEqual({ headers: "v1.sealed", restarts: 0, upload: null });
    expect(await startImport(db, job, UPLOAD)).toBe(true);
    for (const n of [1, 2, 10]) expect(await savePart(db, job, part(n), `state-${n}`)).toBe(true);
    const upload = { ...UPLOAD, parts: [part(1), part(2), part(10)], digest: "state-10", whole: null };
    expect(await readImport(db, job.id)).toEqual({ headers: "v1.sealed", restarts: 0, upload });

    const whole = { bytes: 12_000_000, sha256: "ab" };
    expect(await saveWhole(db, job, part(11), whole)).toBe(true);
    expect((await readImport(db, job.id)).upload).toMatchObject({
      parts: [part(1), part(2), part(10), part(11)],
      digest: null,
      whole,
    });
  });

  test("that starts again counts that, and keeps the headers alone", async () => {
    const job = await insertImporting();
    await startImport(db, job, UPLOAD);
    await savePart(db, job, part(1), "state");
    expect(await restartImport(db, job)).toBe(true);
    expect(await readImport(db, job.id)).toEqual({ headers: "v1.sealed", restarts: 1, upload: null });
    expect(await rowsOf(job.id)).toEqual({ jobs: 1, imports: 1 });
  });

  test("is not touched by a Worker that has lost its claim", async () => {
    const job = await insertImporting();
    expect(await startImport(db, withoutClaim(job), UPLOAD)).toBe(false);
    await startImport(db, job, UPLOAD);
    await savePart(db, job, part(1), "state");
    const known = await readImport(db, job.id);
    expect(await savePart(db, withoutClaim(job), part(1), "other")).toBe(false);
    expect(await saveWhole(db, withoutClaim(job), part(2), { bytes: 1, sha256: "ab" })).toBe(false);
    expect(await restartImport(db, withoutClaim(job))).toBe(false);
    expect(await readImport(db, job.id)).toEqual(known);
  });
});

describe("when the job ends", () => {
  const ways: [string, (job: Job) => Promise<unknown>][] = [
    [
      "failed",
      (job) => {
        const done = failed(job, failure("source_unreachable", "gone"), NOW);
        return failJob(db, done, eventFor(done, "job.failed"));
      },
    ],
    ["canceled", cancel],
    ["deleted", (job) => deleteJob(db, job, NOW)],
  ];

  test.each(ways)("%s, the headers are dropped at once", async (_, end) => {
    const job = await insertImporting();
    await end(job);
    expect(await readImport(db, job.id)).toEqual({ headers: null, restarts: 0, upload: null });
    expect((await rowsOf(job.id))["imports"]).toBeUndefined();
  });

  test.each(ways)("%s, the note of the upload stays until the sweep has aborted it", async (_, end) => {
    const job = await insertImporting();
    await startImport(db, job, UPLOAD);
    await savePart(db, job, part(1), "state");
    expect(await deadImports(db, 10)).toEqual([]);
    await end(job);
    expect(await readImport(db, job.id)).toMatchObject({ headers: null, upload: { uploadId: "u-1" } });
    expect(await deadImports(db, 10)).toEqual([{ jobId: job.id, key: UPLOAD.key, uploadId: "u-1" }]);
    await removeDeadImport(db, job.id);
    expect(await deadImports(db, 10)).toEqual([]);
    expect(await rowsOf(job.id)).not.toMatchObject({ imports: 1 });
    expect(await rowsOf(job.id)).not.toMatchObject({ import_parts: 1 });
  });
});

test("the headers of a job that another attempt has failed to end stay", async () => {
  const job = await insertImporting();
  const late = failed(withoutClaim(job), failure("source_unreachable", "gone"), NOW);
  expect(await failJob(db, late, eventFor(late, "job.failed"))).toBe(false);
  expect(await readImport(db, job.id)).toMatchObject({ headers: "v1.sealed" });
});

test("the import of a job that was retried while the sweep was looking stays", async () => {
  const job = await insertImporting();
  await startImport(db, job, UPLOAD);
  await cancel(job);
  await requeueJob(db, job.id, NOW);
  await removeDeadImport(db, job.id);
  expect(await readImport(db, job.id)).toMatchObject({ upload: { uploadId: "u-1" } });
});
