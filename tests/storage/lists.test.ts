import { beforeEach, describe, expect, test } from "vitest";
import { firstIdAt } from "../../shared/id.ts";
import { type JobFilter, listJobs } from "../../shared/storage/job-list.ts";
import { duePurges } from "../../shared/storage/job-objects.ts";
import { sweepJobs } from "../../shared/storage/job-work.ts";
import { tenantsHeldBack } from "../../shared/storage/parts.ts";
import { readQuotas } from "../../shared/storage/quota.ts";
import { removeOldAttempts, removeOldEvents, removeOldNotices } from "../../shared/storage/remove-old.ts";
import { dueAudio, dueJobs, dueTranscripts } from "../../shared/storage/retention.ts";
import { findBlocks, type SearchFilter } from "../../shared/storage/search.ts";
import { lastFinished } from "../../shared/storage/stats.ts";
import { NOW } from "../support/stack/jobs.ts";
import { countRowsRead, fillJobs } from "../support/stack/many-rows.ts";
import { useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";

// A million of them: npm run bench -- million-jobs
const { db } = await useStorage();
const JOBS = 1_600;
const PAGE = 20;
beforeEach(() => fillJobs(db, JOBS));

const idAt = (i: number) => firstIdAt("job", NOW).slice(0, -6) + String(i).padStart(6, "0");

const below = (id: string, by: number) => idAt(Number(id.slice(-6)) - by);

/** Those that a status or a tag is asked of are the odd ones. */
function filledIds(filter: JobFilter): string[] {
  const all = Array.from({ length: JOBS }, (_, n) => n + 1);
  return all.filter((i) => filter.status === undefined || i % 2 === 1).map(idAt);
}

function copyJob(id: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO jobs (id, tenant_id, status, stage, task, options, audio, metadata, tags, created_at)
       SELECT ?, tenant_id, 'completed', 'done', task, options, audio, metadata, tags, created_at FROM jobs LIMIT 1`,
    )
    .bind(id);
}

/** What a question finds, and the rows it reads. */
async function reading<T>(ask: (db: D1Database) => Promise<T>): Promise<{ found: T; rows: number }> {
  const counted = countRowsRead(db);
  const found = await ask(counted.db);
  return { found, rows: counted.rowsRead() };
}

describe("a page of jobs", () => {
  const page = async (filter: JobFilter) => {
    const { found, rows } = await reading((counted) => listJobs(counted, TENANT, filter, PAGE));
    return { jobs: found.data.length, goesOn: found.next !== null, rows };
  };

  test.each<[string, JobFilter, jobs: number]>([
    ["all", {}, PAGE],
    ["from the middle", { before: idAt(800) }, PAGE],
    ["a status that half of them have", { status: "completed" }, PAGE],
    ["a status that none has", { status: "failed" }, 0],
    ["a customer with half of them", { externalId: "big" }, PAGE],
    ["a tag that half of them have", { tag: "odd" }, PAGE],
    ["a tag that none has", { tag: "none" }, 0],
    ["a time in the middle", { createdAfter: idAt(1_000), before: idAt(1_011) }, 11],
    ["a tag and a time", { tag: "odd", createdAfter: idAt(1_000), before: idAt(1_011) }, 5],
  ])("of %s reads its own rows, an index's and no more", async (_, filter, jobs) => {
    const read = await page(filter);
    expect(read).toMatchObject({ jobs, goesOn: jobs === PAGE });
    expect(read.rows).toBeLessThanOrEqual(2 * (PAGE + 1) + 1);
  });

  test.each<[string, JobFilter]>([
    ["a tag and a status", { tag: "odd", status: "queued" }],
    ["a customer and a status", { externalId: "big", status: "queued" }],
    ["a customer and a tag", { externalId: "big", tag: "even" }],
  ])("of %s that never come together looks through 500, and tells where to go on", async (_, filter) => {
    const read = await page(filter);
    expect(read).toMatchObject({ jobs: 0, goesOn: true });
    expect(read.rows).toBeLessThanOrEqual(3 * 500 + 3);
  });

  test("of two filters finds by going on what lies far down, and comes to an end", async () => {
    await db.prepare("UPDATE jobs SET status = 'failed' WHERE id IN (?, ?)").bind(idAt(1), idAt(1_001)).run();
    const found: string[] = [];
    let pages = 0;
    for (let before: string | undefined; ; pages++) {
      const { data, next } = await listJobs(db, TENANT, { tag: "odd", status: "failed", before }, PAGE);
      found.push(...data.map(({ id }) => id));
      if (next === null) break;
      before = next;
    }
    expect(found).toEqual([idAt(1_001), idAt(1)]);
    expect(pages).toBeLessThanOrEqual(JOBS / 2 / 500);
  });

  test.each<[string, JobFilter, number]>([
    ["all", {}, JOBS],
    ["a status", { status: "completed" }, JOBS / 2],
    ["a tag and a status", { tag: "odd", status: "completed" }, JOBS / 2],
  ])(
    "of %s is followed by the rest, none skipped or shown twice, while jobs come and go",
    async (_, filter, count) => {
      const seen: string[] = [];
      const signal = new Set<string>();
      for (let before: string | undefined, pages = 1; ; pages++) {
        const { data, next } = await listJobs(db, TENANT, { ...filter, before }, 100);
        seen.push(...data.map(({ id }) => id));
        if (next === null) break;
        before = next;
        // The job at which the page ends, the one after it, and one far down go; newer ones come.
        const going = [next, below(next, 1), below(next, 250)];
        for (const id of going) if (!seen.includes(id)) signal.add(id);
        await db.batch([
          db.prepare("DELETE FROM jobs WHERE id IN (?, ?, ?)").bind(...going),
          db.prepare("DELETE FROM job_tags WHERE job_id IN (?, ?, ?)").bind(...going),
          copyJob(idAt(JOBS + pages)),
        ]);
      }
      expect(new Set(seen).size).toBe(seen.length);
      const missing = filledIds(filter).filter((id) => !seen.includes(id) && !signal.has(id));
      expect(missing).toEqual([]);
      expect(seen.length).toBeGreaterThan(count - 100);
    },
  );

  test("of two filters is full, and goes on behind its last, where there are enough", async () => {
    const first = await listJobs(db, TENANT, { tag: "odd", status: "completed" }, PAGE);
    expect(first.data.length).toBe(PAGE);
    expect(first.next).toBe(first.data.at(-1)?.id);
  });
});

describe("a page of search", () => {
  const page = async (filter: Partial<SearchFilter>) => {
    const match = '"word"';
    const { found, rows } = await reading((counted) =>
      findBlocks(counted, TENANT, { match, ...filter }, PAGE),
    );
    return { blocks: found.blocks.length, goesOn: found.next !== null, rows };
  };

  test.each<[string, Partial<SearchFilter>, blocks: number, goesOn: boolean]>([
    ["everything", {}, PAGE, true],
    ["everything, from the middle", { upTo: 600 }, PAGE, true],
    ["one job", { jobId: idAt(1_001) }, 1, false],
    ["a job that has nothing", { jobId: idAt(1_000) }, 0, false],
  ])("of %s reads its own blocks and jobs", async (_, filter, blocks, goesOn) => {
    const read = await page(filter);
    expect(read).toMatchObject({ blocks, goesOn });
    expect(read.rows).toBeLessThanOrEqual(3 * PAGE);
  });

  test("of a time long ago looks through 500, and tells where to go on", async () => {
    const read = await page({ createdBefore: 0 });
    expect(read).toMatchObject({ blocks: 0, goesOn: true });
    expect(read.rows).toBeLessThanOrEqual(3 * 500);
  });

  test("of a time to come ends at once", async () => {
    const read = await page({ createdAfter: NOW + 60_000 });
    expect(read).toMatchObject({ blocks: 0, goesOn: false });
    expect(read.rows).toBeLessThanOrEqual(3 * 60);
  });
});

test.each<[string, (db: D1Database) => Promise<unknown>]>([
  ["what is left of the limits", (counted) => readQuotas(counted, TENANT, { jobs_at_once: 5 }, NOW)],
  ["the operator's numbers", (counted) => lastFinished(counted, 0, 5)],
  ["tenants whose parts are held back", tenantsHeldBack],
  ["jobs to wake, when half of all are due", (counted) => sweepJobs(counted, NOW + JOBS, 5)],
  ["jobs to wake, when none are due", (counted) => sweepJobs(counted, NOW, 5)],
  ["objects to purge, when none are due", (counted) => duePurges(counted, NOW, 5)],
  ["objects to purge, when all are due", (counted) => duePurges(counted, NOW + JOBS, 5)],
  ["jobs that are kept no longer", (counted) => dueJobs(counted, NOW, 5)],
  ["recordings that are kept no longer", (counted) => dueAudio(counted, NOW, 5)],
  ["transcripts that are kept no longer", (counted) => dueTranscripts(counted, NOW, 5)],
])("%s: a few rows are read however many jobs there are", async (_, ask) => {
  expect((await reading(ask)).rows).toBeLessThanOrEqual(25);
});

test("what has grown old is looked for from its oldest, among the events of no job", async () => {
  await db.prepare("UPDATE events SET job_id = ''").run();
  for (const remove of [removeOldAttempts, removeOldEvents, removeOldNotices]) {
    const { found, rows } = await reading((counted) => remove(counted, NOW, 5));
    expect(found).toBe(0);
    expect(rows).toBeLessThanOrEqual(20);
  }
});
