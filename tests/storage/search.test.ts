import { expect, test } from "vitest";
import { newId } from "../../shared/id.ts";
import type { Job } from "../../shared/job.ts";
import { blocksOf } from "../../shared/search/block.ts";
import { findHits } from "../../shared/search/find-hits.ts";
import { parseQuery } from "../../shared/search/query.ts";
import { deleteJob, type NewJob } from "../../shared/storage/jobs.ts";
import { findBlocks, type SearchFilter, saveSearchBlocks } from "../../shared/storage/search.ts";
import { insertTenant } from "../../shared/storage/tenants.ts";
import { copyTranscript, saveSlices } from "../../shared/storage/transcripts.ts";
import { serializeTranscript } from "../../shared/transcript/serialize-transcript.ts";
import { sliceText } from "../../shared/transcript/slices.ts";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { generateTranscript } from "../support/audio/generated-transcript.ts";
import { complete, insertClaimedJob, NOW } from "../support/stack/jobs.ts";
import { count, useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db } = await useStorage();

/** A word a second; `…` for words of no interest. */
function transcriptOf(text: string, speaker = "SPEAKER_00"): Transcript {
  const words = text.split(" ").map((word, id) => {
    return { id, word, start: id, end: id + 0.9, speaker_id: speaker };
  });
  const segments = [{ id: 0, start: 0, end: words.length, text }];
  return { language: "en", duration: words.length, text, segments, words, speaker_segments: [] };
}

const filler = (count: number) => Array(count).fill("filler").join(" ");

async function insertSaid(text: string | Transcript, change: Partial<NewJob> = {}): Promise<Job> {
  const claimed = await insertClaimedJob(db, change);
  const transcript = typeof text === "string" ? transcriptOf(text) : text;
  await saveSlices(db, claimed, sliceText(serializeTranscript(transcript)));
  expect(await saveSearchBlocks(db, claimed, blocksOf(transcript))).toBe(true);
  return complete(db, claimed);
}

async function find(q: string, filter: Partial<SearchFilter> = {}, tenant = TENANT) {
  const { blocks } = await findBlocks(db, tenant, { match: parseQuery(q) ?? "", ...filter }, 50);
  return blocks.flatMap((block) =>
    findHits(block.marked, block.words).map((hit) => ({ jobId: block.jobId, ...hit })),
  );
}

const startsOf = async (q: string, filter: Partial<SearchFilter> = {}) =>
  (await find(q, filter)).map((hit) => hit.start);

test("what was said is found at its moment", async () => {
  const job = await insertSaid(`${filler(200)} the budget for next week ${filler(200)}`);
  expect(await find("budget")).toMatchObject([
    { jobId: job.id, start: 201, end: 201.9, speaker: "SPEAKER_00" },
  ]);
  const [hit] = await find("budget");
  expect(hit?.matches.map(([from, to]) => hit.snippet.slice(from, to))).toEqual(["budget"]);
});

test("words, phrases and beginnings are found; case and accents do not matter", async () => {
  await insertSaid("Die Besprechung über das Büro, nächste Woche. Café!");
  expect(await startsOf("besprechung WOCHE")).toEqual([1]);
  expect(await startsOf("buro")).toEqual([4]);
  expect(await startsOf('"das büro nachste"')).toEqual([3]);
  expect(await startsOf('"büro das"')).toEqual([]);
  expect(await startsOf("bespr*")).toEqual([1]);
  expect(await startsOf("bespr")).toEqual([]);
  expect(await startsOf("cafe")).toEqual([7]);
});

test("all words must be said within the same minutes", async () => {
  await insertSaid(`apple ${filler(100)} pear ${filler(200)} plum`);
  expect(await startsOf("apple pear")).toEqual([0, 101]);
  expect(await startsOf("apple plum")).toEqual([]);
});

test("a phrase is found across the border of two blocks, once", async () => {
  await insertSaid(`${filler(178)} over the border now ${filler(20)}`);
  expect(await startsOf('"over the border now"')).toEqual([178]);
  expect(await startsOf("border")).toEqual([180]);
});

test("Chinese, Japanese, Thai and Hindi are found by any part of a sentence", async () => {
  await insertSaid("今天的会议我们要讨论 テストです สวัสดีครับ यह हिन्दी है");
  expect(await startsOf("会议")).toEqual([0]);
  expect(await startsOf("议会")).toEqual([]);
  expect(await startsOf("スト")).toEqual([1]);
  expect(await startsOf("ดีครับ")).toEqual([2]);
  expect(await startsOf("हिन्दी")).toEqual([4]);
});

test("a tenant finds its own and nothing of another's, though it says its id", async () => {
  await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "sealed");
  const own = await insertSaid("secret plans");
  await insertSaid("secret plans", { tenantId: "ten_other" });
  expect((await find("secret")).map((hit) => hit.jobId)).toEqual([own.id]);
  expect(await find("ten_other")).toEqual([]);
  expect(await find("other")).toEqual([]);
});

test("hits come newest job first, in order within a job", async () => {
  const first = await insertSaid(`word ${filler(200)} word`);
  const second = await insertSaid("word");
  expect((await find("word")).map((hit) => [hit.jobId, hit.start])).toEqual([
    [second.id, 0],
    [first.id, 0],
    [first.id, 201],
  ]);
});

test("one job's, and jobs of a time", async () => {
  const hour = 60 * 60_000;
  const first = await insertSaid("word one", { id: newId("job", NOW - 2 * hour) });
  const second = await insertSaid("word two", { id: newId("job", NOW - hour) });
  const jobsOf = async (filter: Partial<SearchFilter>) =>
    (await find("word", filter)).map((hit) => hit.jobId);
  expect(await jobsOf({ jobId: first.id })).toEqual([first.id]);
  expect(await jobsOf({ jobId: second.id })).toEqual([second.id]);
  expect(await jobsOf({ createdAfter: NOW - hour })).toEqual([second.id]);
  expect(await jobsOf({ createdAfter: NOW - hour + 1 })).toEqual([]);
  expect(await jobsOf({ createdBefore: NOW - hour })).toEqual([first.id]);
  expect(await jobsOf({ createdBefore: NOW - hour + 1 })).toEqual([second.id, first.id]);
  const later = await insertSaid("word three", { id: newId("job", NOW + hour) });
  expect(await jobsOf({ createdAfter: NOW + hour })).toEqual([later.id]);
  expect(await jobsOf({ createdAfter: NOW + hour, jobId: second.id })).toEqual([]);
});

test("a job that is not completed is not found yet", async () => {
  const claimed = await insertClaimedJob(db);
  await saveSearchBlocks(db, claimed, blocksOf(transcriptOf("early")));
  expect(await find("early")).toEqual([]);
  await complete(db, claimed);
  expect((await find("early")).length).toBe(1);
});

test("blocks saved again, as after a Worker died, are there once", async () => {
  const claimed = await insertClaimedJob(db);
  await saveSearchBlocks(db, claimed, blocksOf(transcriptOf(`word ${filler(500)}`)));
  await saveSearchBlocks(db, claimed, blocksOf(transcriptOf("word")));
  await complete(db, claimed);
  expect(await startsOf("word")).toEqual([0]);
  expect(await find("filler")).toEqual([]);
});

test("a claim that was lost writes nothing", async () => {
  const claimed = await insertClaimedJob(db);
  const stale = { ...claimed, attempt: claimed.attempt - 1 };
  expect(await saveSearchBlocks(db, stale, blocksOf(transcriptOf("word")))).toBe(false);
  expect(await count(db, "SELECT count(*) AS n FROM search_blocks")).toBe(0);
});

test("a transcript that is used again is found in the second job, too", async () => {
  const from = await insertSaid("the same recording");
  const claimed = await insertClaimedJob(db);
  expect(await copyTranscript(db, from, claimed)).toBe(true);
  const to = await complete(db, claimed);
  expect((await find("recording")).map((hit) => hit.jobId)).toEqual([to.id, from.id]);
});

test("of a deleted job nothing is left in the index, not even its letters", async () => {
  const job = await insertSaid("unforgettable");
  const kept = await insertSaid("unforgivable");
  await deleteJob(db, job, NOW);
  expect(await find("unforgettable")).toEqual([]);
  const blob = await db
    .prepare("SELECT group_concat(hex(block), '') AS all_bytes FROM search_index_data")
    .first<string>("all_bytes");
  const bytes = Buffer.from(blob ?? "", "hex").toString("latin1");
  expect(bytes).not.toContain("gettable");
  expect(bytes).toContain("givable");
  expect(await count(db, "SELECT count(*) AS n FROM search_index_docsize")).toBe(1);
  expect((await find("unforgivable")).map((hit) => hit.jobId)).toEqual([kept.id]);
});

test("rows grow with minutes and not with words, and ten hours go through", async () => {
  const transcript = generateTranscript(60_000);
  await insertSaid(transcript);
  const rows = await count(db, "SELECT count(*) AS n FROM search_blocks");
  expect(rows).toBe(Math.ceil(transcript.duration / 180));
  expect(rows).toBeLessThan(150);
});

test("whatever is typed is no error", async () => {
  await insertSaid("word one two");
  const typed = [
    "word",
    'word" OR "1',
    "word*",
    "*word",
    "^word",
    "tenant_id:local",
    "text : word",
    "NEAR(word one)",
    "word AND",
    "NOT word",
    "(((",
    "{a b}:c",
    "word + one",
    "a\u0000b",
    "\ud83d word",
    "'; DROP TABLE jobs; --",
    '"""',
    "% _ \\",
    "-word",
    "1,000.50",
    "x".repeat(200),
    "w ".repeat(100),
  ];
  for (const q of typed) {
    const match = parseQuery(q);
    if (match !== null) await findBlocks(db, TENANT, { match }, 5);
  }
  expect(await count(db, "SELECT count(*) AS n FROM jobs")).toBe(1);
});
