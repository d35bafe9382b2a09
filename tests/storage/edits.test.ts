import { expect, test } from "vitest";
import type { Layer } from "../../shared/edits/layer.ts";
import { newId } from "../../shared/id.ts";
import type { Job } from "../../shared/job.ts";
import { KEPT_REVISIONS, MAX_METADATA_BYTES } from "../../shared/limits.ts";
import { blocksOf } from "../../shared/search/block.ts";
import {
  changeDetails,
  listRevisions,
  readLayer,
  readRevision,
  revised,
  saveRevision,
} from "../../shared/storage/edits.ts";
import { sweepEvents } from "../../shared/storage/events.ts";
import { listJobs } from "../../shared/storage/job-list.ts";
import { deleteJob, readJob } from "../../shared/storage/jobs.ts";
import { changeSearchBlocks, saveSearchBlocks } from "../../shared/storage/search.ts";
import { generateTranscript } from "../support/audio/generated-transcript.ts";
import { complete, eventFor, insertClaimedJob, insertNewJob, NOW } from "../support/stack/jobs.ts";
import { count, useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db } = await useStorage();

const ADA: Layer = { speakers: { SPEAKER_00: "Ada" }, edits: [{ from: 1, to: 2, text: "x" }] };

async function insertCompleted(): Promise<Job> {
  return complete(db, await insertClaimedJob(db));
}

async function save(job: Job, layer: Layer): Promise<Job | null> {
  const next = revised(job, layer);
  const event = eventFor(next, "transcript.updated", { createdAt: NOW + next.revision });
  return (await saveRevision(db, next, layer, event, [])) ? next : null;
}

const stored = async (job: Job) => (await readJob(db, job.tenantId, job.id)) ?? job;

test("a revision is what was given, and the job tells its names", async () => {
  const job = await insertCompleted();
  expect(await readLayer(db, job)).toEqual({ speakers: {}, edits: [] });
  const saved = await save(job, ADA);
  expect(saved).toEqual(await stored(job));
  expect(saved).toMatchObject({ revision: 1, speakers: { SPEAKER_00: "Ada" }, sequence: job.sequence + 1 });
  expect(await readLayer(db, await stored(job))).toEqual(ADA);
});

test("its event is in the outbox, written with it", async () => {
  const job = await insertCompleted();
  await save(job, ADA);
  const types = await db
    .prepare("SELECT type FROM events WHERE job_id = ? ORDER BY sequence")
    .bind(job.id)
    .all();
  expect(types.results).toEqual([{ type: "job.completed" }, { type: "transcript.updated" }]);
  expect((await sweepEvents(db, NOW * 2, 10)).length).toBe(2);
});

test("of two who change the same revision one is told that somebody was faster, and leaves no trace", async () => {
  const job = await insertCompleted();
  await save(job, ADA);
  const late: Layer = { speakers: { SPEAKER_00: "Eve" }, edits: [] };
  expect(await save(job, late)).toBeNull();
  expect(await readLayer(db, await stored(job))).toEqual(ADA);
  expect(await count(db, "SELECT count(*) AS n FROM events WHERE job_id = ?", job.id)).toBe(2);
  expect(await count(db, "SELECT count(*) AS n FROM revisions WHERE job_id = ?", job.id)).toBe(1);
});

test("who is late changes nothing in the search either", async () => {
  const claimed = await insertClaimedJob(db);
  const transcript = generateTranscript(1000);
  await saveSearchBlocks(db, claimed, blocksOf(transcript));
  const job = await complete(db, claimed);
  await save(job, ADA);
  const next = revised(job, ADA);
  const event = eventFor(next, "transcript.updated", { id: newId("evt", NOW) });
  const other = blocksOf(generateTranscript(300, 2));
  const statements = await changeSearchBlocks(db, job, other, event.id);
  expect(await saveRevision(db, next, ADA, event, statements)).toBe(false);
  const { results } = await db.prepare("SELECT text FROM search_blocks ORDER BY n").all<{ text: string }>();
  expect(results.map((row) => row.text)).toEqual(blocksOf(transcript).map((block) => block.text));
});

test("only the blocks that a correction touches are written", async () => {
  const claimed = await insertClaimedJob(db);
  const transcript = generateTranscript(4000);
  await saveSearchBlocks(db, claimed, blocksOf(transcript));
  const job = await complete(db, claimed);
  const ids = () => db.prepare("SELECT id, n FROM search_blocks ORDER BY n").all();
  const before = await ids();
  const word = transcript.words[2000];
  if (word) word.word = "corrected";
  const next = revised(job, ADA);
  const event = eventFor(next, "transcript.updated");
  const [write, ...others] = await changeSearchBlocks(db, job, blocksOf(transcript), event.id);
  expect(others.length).toBe(1);
  await saveRevision(db, next, ADA, event, write ? [write, ...others] : []);
  expect((await ids()).results).toEqual(before.results);
  const found = "SELECT count(*) AS n FROM search_index WHERE search_index MATCH 'corrected'";
  expect(await count(db, found)).toBe(1);
});

test("fewer blocks than before leave no old ones behind", async () => {
  const claimed = await insertClaimedJob(db);
  await saveSearchBlocks(db, claimed, blocksOf(generateTranscript(2000)));
  const job = await complete(db, claimed);
  const next = revised(job, ADA);
  const event = eventFor(next, "transcript.updated");
  const fewer = blocksOf(generateTranscript(100));
  await saveRevision(db, next, ADA, event, await changeSearchBlocks(db, job, fewer, event.id));
  expect(await count(db, "SELECT count(*) AS n FROM search_blocks WHERE job_id = ?", job.id)).toBe(1);
});

test("the newest revisions are kept, and the machine's always", async () => {
  let job = await insertCompleted();
  for (let n = 1; n <= KEPT_REVISIONS + 2; n++) job = (await save(job, ADA)) ?? job;
  const kept = await listRevisions(db, job);
  expect(kept.length).toBe(KEPT_REVISIONS);
  expect(kept[0]).toEqual({ n: KEPT_REVISIONS + 2, edits: 1, createdAt: NOW + KEPT_REVISIONS + 2 });
  expect(await readRevision(db, job, 2)).toBeNull();
  expect(await readRevision(db, job, 3)).toEqual(ADA);
  expect(await readRevision(db, job, 0)).toEqual({ speakers: {}, edits: [] });
});

test("a job that is not completed has no revisions", async () => {
  const claimed = await insertClaimedJob(db);
  expect(await save(claimed, ADA)).toBeNull();
  expect((await stored(claimed)).revision).toBe(0);
});

test("a deleted job leaves none of its revisions and blocks", async () => {
  const job = await insertCompleted();
  await save(job, ADA);
  await deleteJob(db, job, NOW);
  expect(await count(db, "SELECT count(*) AS n FROM revisions")).toBe(0);
  expect(await count(db, "SELECT count(*) AS n FROM search_blocks")).toBe(0);
});

test("metadata is changed key by key, and null takes a key out", async () => {
  const job = await insertNewJob(db, { metadata: { a: 1, b: { c: 2 } } });
  const changed = await changeDetails(db, job, { metadata: { b: null, d: "x" } });
  expect(changed).toMatchObject({ ok: true, value: { metadata: { a: 1, d: "x" } } });
  expect((await stored(job)).metadata).toEqual({ a: 1, d: "x" });
});

test("metadata may be as large as a new job's, not larger", async () => {
  const job = await insertNewJob(db, { metadata: { a: 1 } });
  const text = (bytes: number) => "x".repeat(bytes - '{"a":1,"b":""}'.length);
  const over = await changeDetails(db, job, { metadata: { b: text(MAX_METADATA_BYTES + 1) } });
  expect(over).toEqual({ ok: false, error: "metadata_too_large" });
  expect((await changeDetails(db, job, { metadata: { b: text(MAX_METADATA_BYTES) } })).ok).toBe(true);
});

test("tags are replaced, and jobs are found by the new ones only", async () => {
  const job = await insertNewJob(db, { tags: ["old", "both"], externalId: "e" });
  await changeDetails(db, job, { tags: ["both", "new"] });
  const found = async (tag: string) => (await listJobs(db, TENANT, { tag }, 10)).data.map(({ id }) => id);
  expect([await found("old"), await found("both"), await found("new")]).toEqual([[], [job.id], [job.id]]);
  expect(await stored(job)).toMatchObject({ tags: ["both", "new"], externalId: "e" });
});

test("the external id can be changed and taken away", async () => {
  const job = await insertNewJob(db, { externalId: "e" });
  await changeDetails(db, job, { externalId: "f" });
  expect((await stored(job)).externalId).toBe("f");
  await changeDetails(db, job, { externalId: null });
  expect((await stored(job)).externalId).toBeNull();
});

test("a job that is gone is said to be gone", async () => {
  const job = await insertNewJob(db);
  await deleteJob(db, job, NOW);
  expect(await changeDetails(db, job, { tags: ["x"] })).toEqual({ ok: false, error: "gone" });
  expect(await count(db, "SELECT count(*) AS n FROM job_tags")).toBe(0);
});
