/**
 * D1 rows read by every kind of question, with 10,000 and with 1,000,000 jobs. Fails when one reads more with more.
 * Run: node bench/million-jobs/index.ts [--jobs 1000000]
 *
 * The real Workers run in the real local runtime, each behind a wrapper that counts (operations/count-operations.ts).
 */
import { parseArgs } from "node:util";
import { randomScript } from "../../dev/marker-speech/random-script.ts";
import { firstIdAt } from "../../shared/id.ts";
import { STATS_JOBS } from "../../shared/limits.ts";
import { bytesOf, record } from "../../tests/support/audio/recordings.ts";
import { sendRaw } from "../../tests/support/clients/send-job.ts";
import { type ShownJob, startDiarist } from "../../tests/support/stack/diarist.ts";
import { createTenant, OPERATOR_KEY } from "../../tests/support/stack/tenants.ts";
import type { Operation } from "../operations/count-operations.ts";
import { sumUp, watchOperations } from "../operations/watch-operations.ts";
import { printTable } from "../support/table.ts";
import { writeHistory } from "./write-history.ts";

const FEW = 10_000;
const { values } = parseArgs({ options: { jobs: { type: "string", default: "1000000" } } });
const MANY = Number(values.jobs);
const DAY_MS = 86_400_000;
/** Rows that a page that is not full with few jobs may read more with many. */
const SLACK = 40;
/** What has its own bound, which few jobs do not reach. */
const MOST: Record<string, number> = {
  "stats: a day": STATS_JOBS + 10,
  "search: a word of every transcript, created_after": 5_000,
  "search: a word of every transcript, created_before": 20_000, // ten looks at 500 blocks each
};

const operations = watchOperations();
const counted = (env: string) => `bench/operations/${env}.ts`;
const diarist = await startDiarist({
  entries: { ingest: counted("ingest"), transcribe: counted("transcribe"), notify: counted("notify") },
  onLog: operations.onLog,
});
const { db } = diarist.stack;
const clip = await bytesOf(await record(randomScript({ words: 20, speakers: 2, seconds: 10, seed: 3 })));

const limits = { minutes_per_month: 1e9, jobs_at_once: 1_000, bytes_stored: 1e15, requests_per_minute: 1e6 };
const { id: tenant, key } = await createTenant(diarist, "a million jobs", limits);
const { id: backlog } = await createTenant(diarist, "a backlog");

await fill(0, FEW);
const few = await measure();
await fill(FEW, MANY);
const many = await measure();
const rows = Object.entries(few).map(([what, before]) => ({ what, before, after: many[what] ?? Number.NaN }));
printTable(
  ["D1 rows read", FEW.toLocaleString("en"), MANY.toLocaleString("en"), ""],
  rows.map((row) => [row.what, row.before, row.after, isBounded(row) ? "" : "GROWS"]),
);
const grown = rows.filter((row) => !isBounded(row));
if (grown.length > 0) {
  console.error(`must be constant and is not: ${grown.map(({ what }) => what).join("; ")}`);
  process.exitCode = 1;
}
await diarist.close();
process.exit();

function isBounded({ what, before, after }: { what: string; before: number; after: number }): boolean {
  return after <= (MOST[what] ?? before + SLACK);
}

async function fill(from: number, to: number): Promise<void> {
  const began = performance.now();
  await writeHistory(db, { tenant, backlog }, from, to);
  const size = await db.prepare("SELECT count(*) AS n FROM jobs").all<{ n: number }>();
  const seconds = Math.round((performance.now() - began) / 1000);
  const megabytes = Math.round(size.meta.size_after / 1e6);
  console.log(`${size.results[0]?.n} jobs, ${megabytes} MB; filled in ${seconds} s\n`);
}

/** Rows read by each kind of question, by its name. */
async function measure(): Promise<Record<string, number>> {
  const at = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString();
  const [job] = (await ask<{ data: ShownJob[] }>(`/v1/jobs?tag=rare&limit=1`)).data;
  const [delivery] = (await ask<{ data: { id: string }[] }>("/v1/webhooks/deliveries?limit=1")).data;
  const middle = (prefix: "job" | "dlv" | "key") => firstIdAt(prefix, Date.now() - 200 * DAY_MS);
  const [jobs, deliveries] = ["/v1/jobs", "/v1/webhooks/deliveries"];
  const endpoint = `endpoint_id=${firstIdAt("ep", 0)}`;
  const pages: Record<string, string> = {
    "jobs: first page": jobs,
    "a page from the middle": `${jobs}?after=${middle("job")}`,
    "limit=100": `${jobs}?limit=100`,
    "status=completed": `${jobs}?status=completed`,
    "status=canceled, 3 of all": `${jobs}?status=canceled`,
    "status=failed, 1 of 1,000": `${jobs}?status=failed`,
    "status=processing, none": `${jobs}?status=processing`,
    "external_id, one job's": `${jobs}?external_id=external-4`,
    "external_id, every second job's": `${jobs}?external_id=big`,
    "tag, 1 of 10": `${jobs}?tag=t1`,
    "tag, a page from the middle": `${jobs}?tag=t1&after=${middle("job")}`,
    "tag, 3 of all": `${jobs}?tag=rare`,
    "tag, none": `${jobs}?tag=none`,
    "created_after a week ago": `${jobs}?created_after=${at(7)}`,
    "created_after tomorrow": `${jobs}?created_after=${at(-1)}`,
    "created_before a year ago": `${jobs}?created_before=${at(365)}`,
    "created_before all": `${jobs}?created_before=${at(1_000)}`,
    "status=completed, tag": `${jobs}?status=completed&tag=t1`,
    "status=failed, a tag that none of these has": `${jobs}?status=failed&tag=t1`,
    "status=failed, an external_id that none of these has": `${jobs}?status=failed&external_id=big`,
    "external_id, a tag that none of these has": `${jobs}?external_id=big&tag=t2`,
    "all filters at once": `${jobs}?status=completed&external_id=big&tag=t1&created_after=${at(300)}&created_before=${at(100)}`,
    "job: get": `${jobs}/${job?.id}`,
    "deliveries: first page": deliveries,
    "a page of deliveries from the middle": `${deliveries}?after=${middle("dlv")}`,
    "deliveries, status=delivered": `${deliveries}?status=delivered`,
    "deliveries, status=failed, 3 of all": `${deliveries}?status=failed`,
    "deliveries, endpoint_id": `${deliveries}?${endpoint}`,
    "deliveries, endpoint_id, status=failed": `${deliveries}?${endpoint}&status=failed`,
    "deliveries, job_id": `${deliveries}?job_id=${job?.id}`,
    "deliveries, type=job.completed": `${deliveries}?type=job.completed`,
    "deliveries, type=job.failed, 1 of 1,000": `${deliveries}?type=job.failed`,
    "deliveries, type=job.queued, none": `${deliveries}?type=job.queued`,
    "deliveries, created_after, created_before": `${deliveries}?created_after=${at(300)}&created_before=${at(100)}`,
    "delivery: get": `${deliveries}/${delivery?.id}`,
    "events: oldest page": "/v1/events",
    "the last 20 events": "/v1/events?last=20",
    "the last 20 events of a type that none has": "/v1/events?last=20&types=endpoint.disabled",
    "search: a word of every transcript": "/v1/search?q=said",
    "search: a word of one transcript": "/v1/search?q=needle",
    "search: a word that nobody said": "/v1/search?q=absent",
    "search: a word of every transcript, created_after": `/v1/search?q=said&created_after=${at(7)}`,
    "search: a word of every transcript, created_before": `/v1/search?q=said&created_before=${at(365)}`,
    "search: a word of every transcript, a speaker that none has": "/v1/search?q=said&speaker=X",
    "search: a word of every transcript, a page from the middle": `/v1/search?q=said&after=500.0`,
    "search: in one job": `/v1/search?q=said&job_id=${job?.id}`,
    "keys: first page": "/v1/keys",
    "keys: a page from the middle": `/v1/keys?after=${middle("key")}`,
    "usage: this month": "/v1/usage",
    "usage: a year": `/v1/usage?from=${at(365).slice(0, 10)}`,
  };
  const reads: Record<string, number> = {};
  for (const [what, path] of Object.entries(pages)) reads[what] = await readsOf(() => ask(path), "GET");
  reads["stats: a day"] = await readsOf(() => ask("/v1/stats", OPERATOR_KEY), "GET");
  reads["stats: all"] = await readsOf(() => ask(`/v1/stats?since=${at(1_000)}`, OPERATOR_KEY), "GET");

  const work = await operations.during(runJob);
  const of = (isWanted: (operation: Operation) => boolean) => sumUp(work.filter(isWanted)).rowsRead;
  reads["creation, within four limits"] = of(({ at }) => at === "POST /v1/jobs");
  reads["claim"] = of((one) => one.kind === "d1" && one.sql.includes("attempt = attempt + 1"));
  reads["a job after its creation"] = of(({ at }) => at.startsWith("queue"));

  const sweeps = (await operations.during(diarist.stack.sweep)).filter(({ at }) => at.startsWith("sweep"));
  for (const name of new Set(sweeps.map(({ at }) => at))) {
    // The local runtime sweeps by itself too, and may do so just now.
    const { rowsRead, runs } = sumUp(sweeps.filter(({ at }) => at === name));
    reads[name] = Math.round(rowsRead / runs);
  }
  return reads;
}

/** What the requests of this method read; the key is looked up, too. */
async function readsOf(work: () => Promise<unknown>, method: string): Promise<number> {
  const done = await operations.during(work);
  return sumUp(done.filter(({ at }) => at.startsWith(method))).rowsRead;
}

async function runJob(): Promise<void> {
  const response = await sendRaw(diarist, clip, { key, query: "?reuse=false" });
  const { id } = (await response.json()) as ShownJob;
  const { status } = await diarist.finished(id, key);
  if (status !== "completed") throw new Error(`the job is ${status}`);
}

async function ask<T>(path: string, as = key): Promise<T> {
  const response = await diarist.call(path, {}, as);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T; // our own API's documented shape
}
