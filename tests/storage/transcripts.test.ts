import { describe, expect, test } from "vitest";
import type { Job } from "../../shared/job.ts";
import { deleteJob } from "../../shared/storage/jobs.ts";
import { copyTranscript, saveSlices } from "../../shared/storage/transcripts.ts";
import { serializeTranscript } from "../../shared/transcript/serialize-transcript.ts";
import { MAX_SLICE_BYTES, sliceText } from "../../shared/transcript/slices.ts";
import { generateTranscript } from "../support/audio/generated-transcript.ts";
import { complete, insertClaimedJob, NOW } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";
import { readTranscript } from "../support/stack/stored.ts";

const { db, rowsOf } = await useStorage();

/** What D1 takes as one value. */
const MAX_VALUE_BYTES = 2_000_000;

/** The job as it will be read once this attempt has completed it. */
const asCompleted = (job: Job): Job => ({ ...job, transcriptAttempt: job.attempt });

async function sliceSizes(job: Job): Promise<number[]> {
  const { results } = await db
    .prepare("SELECT octet_length(text) AS bytes FROM transcript_slices WHERE job_id = ? ORDER BY n")
    .bind(job.id)
    .all<{ bytes: number }>();
  return results.map((row) => row.bytes);
}

test("a transcript of 7 MB is kept byte for byte, in slices that D1 takes", async () => {
  const job = await insertClaimedJob(db);
  const json = serializeTranscript(generateTranscript(43_000));
  const bytes = Buffer.byteLength(json);
  expect(bytes).toBeGreaterThan(7_000_000);

  expect(await saveSlices(db, job, sliceText(json))).toBe(true);

  expect((await readTranscript(db, asCompleted(job))) === json).toBe(true);
  const sizes = await sliceSizes(job);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(bytes);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_SLICE_BYTES);
  expect(Math.max(...sizes)).toBeLessThan(MAX_VALUE_BYTES);
  expect(sizes).toHaveLength(Math.ceil(bytes / MAX_SLICE_BYTES));
});

test("a transcript in characters of two, three and four bytes is kept too, and none is cut apart", async () => {
  const job = await insertClaimedJob(db);
  const json = JSON.stringify({ text: 'ä漢\u{1f600}\u0000"\\\n'.repeat(160_000) });
  expect(Buffer.byteLength(json)).toBeGreaterThan(2 * MAX_SLICE_BYTES);

  await saveSlices(db, job, sliceText(json));

  expect((await readTranscript(db, asCompleted(job))) === json).toBe(true);
  expect(Math.max(...(await sliceSizes(job)))).toBeLessThanOrEqual(MAX_SLICE_BYTES);
});

test("a transcript just at the limit is one slice, a byte longer two", async () => {
  const [at, above] = [await insertClaimedJob(db), await insertClaimedJob(db)];
  await saveSlices(db, at, sliceText("x".repeat(MAX_SLICE_BYTES)));
  await saveSlices(db, above, sliceText("x".repeat(MAX_SLICE_BYTES + 1)));
  expect(await sliceSizes(at)).toEqual([MAX_SLICE_BYTES]);
  expect(await sliceSizes(above)).toEqual([MAX_SLICE_BYTES, 1]);
});

test("saving the same again changes nothing", async () => {
  const job = await insertClaimedJob(db);
  await saveSlices(db, job, sliceText('{"text":"a"}'));
  await saveSlices(db, job, sliceText('{"text":"a"}'));
  expect(await rowsOf(job.id)).toEqual({ jobs: 1, transcript_slices: 1 });
});

test("a job without a transcript reads as nothing", async () => {
  expect(await readTranscript(db, await insertClaimedJob(db))).toBe("");
});

describe("using a transcript again", () => {
  test("copies it byte for byte", async () => {
    const from = await insertClaimedJob(db);
    const json = JSON.stringify({ text: "漢".repeat(700_000) });
    await saveSlices(db, from, sliceText(json));
    const to = await insertClaimedJob(db);
    expect(await copyTranscript(db, await complete(db, from), to)).toBe(true);
    expect((await readTranscript(db, asCompleted(to))) === json).toBe(true);
  });

  test("of a job deleted meanwhile copies nothing and says so", async () => {
    const from = await insertClaimedJob(db);
    await saveSlices(db, from, sliceText('{"text":"a"}'));
    const done = await complete(db, from);
    await deleteJob(db, done, NOW);
    const to = await insertClaimedJob(db);
    expect(await copyTranscript(db, done, to)).toBe(false);
    expect(await rowsOf(to.id)).toEqual({ jobs: 1 });
  });

  test("for a job deleted meanwhile leaves nothing behind", async () => {
    const from = await insertClaimedJob(db);
    await saveSlices(db, from, sliceText('{"text":"a"}'));
    const done = await complete(db, from);
    const to = await insertClaimedJob(db);
    await deleteJob(db, to, NOW);
    expect(await copyTranscript(db, done, to)).toBe(false);
    expect(await rowsOf(to.id)).toEqual({ purges: 1 });
  });
});
