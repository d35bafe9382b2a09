/**
 * What a job costs in billed operations, and what does not stay constant as jobs pile up. Run: node bench/operations.ts
 *
 * The real Workers run in the real local runtime, each behind a wrapper that counts on its bindings
 * (operations/count-operations.ts); rows are counted by D1's own SQLite, as a deployment bills them.
 */

import { randomScript } from "../dev/marker-speech/random-script.ts";
import { createReceiver } from "../dev/receiver.ts";
import { type ShownJob, startDiarist } from "../tests/support/diarist.ts";
import { bytesOf, record, TALK } from "../tests/support/recordings.ts";
import type { Operation } from "./operations/count-operations.ts";
import { filledId, fillJobs } from "./operations/fill-jobs.ts";
import { sumUp, watchOperations } from "./operations/watch-operations.ts";
import { printTable } from "./support/table.ts";

const FEW = 10;
const MANY = 10_000;
const TENANT = "local"; // of dev-api-key
/** A page's 20 jobs and the look at whether there are more; each may take a row of an index, of a tag and of a job. */
const ROWS_OF_A_PAGE = 3 * 21;

/** The clip is one part of this length, the long one several. */
const PART_SECONDS = 15;

const operations = watchOperations();
const counted = (env: string) => `bench/operations/${env}.ts`;
const diarist = await startDiarist({
  entries: { ingest: counted("ingest"), transcribe: counted("transcribe"), notify: counted("notify") },
  vars: { PART_MINUTES: String(PART_SECONDS / 60) },
  onLog: operations.onLog,
});
const clip = await bytesOf(await record(TALK));
const longClip = await bytesOf(await record(randomScript({ words: 140, speakers: 2, seconds: 70, seed: 3 })));
const { secret } = await ask<{ secret: string }>("/v1/webhooks/secret");
const receiver = await createReceiver({ secret });

await operations.during(() => runJob("warm-up", { reuse: "false" }));
console.log("One job of one short recording, its webhook delivered at the first attempt.\n");
printCosts(await operations.during(() => runJob("new", {})));
console.log("\nThe same recording again: its transcript is reused.\n");
printCosts(await operations.during(() => runJob("again", {})));

const ofParts = await operations.during(() => runJob("parts", { diarize: "false" }, longClip));
const [newest] = (await ask<{ data: ShownJob[] }>("/v1/jobs?limit=1")).data;
console.log(`\nOne job of ${newest?.progress.parts_total} parts.\n`);
printCosts(ofParts);

console.log(`\nD1 rows read when the tables hold ${FEW} and ${MANY} jobs.\n`);
await fillJobs(diarist.stack.db, TENANT, 0, FEW);
const few = await measureReads(FEW);
await fillJobs(diarist.stack.db, TENANT, FEW, MANY - FEW);
const many = await measureReads(MANY);
printTable(
  ["", `${FEW} jobs`, `${MANY} jobs`, "with the number of jobs"],
  Object.entries(few).map(([what, reads]) => {
    const later = many[what] ?? Number.NaN;
    return [what, reads, later, isConstant(reads, later) ? "constant" : "GROWS"];
  }),
);
const hot = ["list: first page", "get", "usage", "claim", "one whole job", ...sweepsOf(few)];
const grown = hot.filter((what) => !isConstant(few[what] ?? Number.NaN, many[what] ?? Number.NaN));
if (grown.length > 0) {
  console.error(`must be constant and is not: ${grown.join(", ")}`);
  process.exitCode = 1;
}
await receiver.close();
await diarist.close();
process.exit();

function printCosts(all: Operation[]): void {
  const ofJob = all.filter(({ at }) => !at.startsWith("sweep"));
  const steps = [...new Set(ofJob.map(({ at }) => at))];
  printTable(
    [
      "",
      "D1 trips",
      "D1 queries",
      "rows read",
      "rows written",
      "R2 class A",
      "R2 class B",
      "queue operations",
    ],
    [
      ...steps.map((step) =>
        costRow(
          step,
          ofJob.filter(({ at }) => at === step),
        ),
      ),
      costRow("**all**", ofJob),
    ],
  );
}

function costRow(what: string, of: Operation[]): (string | number)[] {
  const { d1Trips, d1Queries, rowsRead, rowsWritten, classA, classB, queue } = sumUp(of);
  return [what, d1Trips, d1Queries, rowsRead, rowsWritten, classA, classB, queue];
}

/** Rows read by each kind of question, by its name. */
async function measureReads(jobs: number): Promise<Record<string, number>> {
  const reads: Record<string, number> = {};
  const middle = filledId("job", Math.floor(jobs / 2));
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const questions: Record<string, string> = {
    "list: first page": "/v1/jobs",
    "list: a page from the middle": `/v1/jobs?after=${middle}`,
    "list: status=completed": "/v1/jobs?status=completed",
    "list: status=failed, of which there are none": "/v1/jobs?status=failed",
    "list: external_id": "/v1/jobs?external_id=external-1",
    "list: a tag that one in ten has": "/v1/jobs?tag=t1",
    "list: a tag that none has": "/v1/jobs?tag=none",
    "list: a tag, a page from the middle": `/v1/jobs?tag=t1&after=${middle}`,
    "list: created_after tomorrow": `/v1/jobs?created_after=${tomorrow}`,
    get: `/v1/jobs/${middle}`,
    "deliveries: first page": "/v1/webhooks/deliveries",
    "deliveries: of one job": `/v1/webhooks/deliveries?job_id=${filledId("job", 1)}`,
    "deliveries: status=failed, of which there are none": "/v1/webhooks/deliveries?status=failed",
    "delivery: one": `/v1/webhooks/deliveries/${filledId("dlv", 1)}`,
    usage: "/v1/usage",
    keys: "/v1/keys",
    healthz: "/healthz",
  };
  for (const [what, path] of Object.entries(questions)) {
    const done = await operations.during(() => ask(path));
    reads[what] = sumUp(done.filter(({ at }) => at.startsWith("GET"))).rowsRead;
  }
  const ofJob = await operations.during(() => runJob(`at-${jobs}`, { reuse: "false" }));
  const isClaim = (operation: Operation) =>
    operation.kind === "d1" && operation.sql.includes("attempt = attempt + 1");
  reads["claim"] = sumUp(ofJob.filter(isClaim)).rowsRead;
  reads["one whole job"] = sumUp(ofJob.filter(({ at }) => !at.startsWith("sweep"))).rowsRead;

  const sweeps = (await operations.during(diarist.stack.sweep)).filter(({ at }) => at.startsWith("sweep"));
  for (const name of new Set(sweeps.map(({ at }) => at))) {
    // The local runtime sweeps by itself too, and may do so just now.
    const { rowsRead, runs } = sumUp(sweeps.filter(({ at }) => at === name));
    reads[name] = rowsRead / runs;
  }
  return reads;
}

function sweepsOf(reads: Record<string, number>): string[] {
  return Object.keys(reads).filter((what) => what.startsWith("sweep"));
}

function isConstant(few: number, many: number): boolean {
  return many <= Math.max(2 * few, ROWS_OF_A_PAGE);
}

/** Sends a recording and waits until its webhook is here. */
async function runJob(name: string, options: Record<string, string>, recording = clip): Promise<void> {
  const query = new URLSearchParams({ ...options, webhook_url: `${receiver.url}${name}` });
  await ask(`/v1/jobs?${query}`, {
    method: "POST",
    headers: { "content-type": "audio/wav" },
    body: recording,
  });
  const webhook = await receiver.waitFor((request) => request.path === `/${name}`, 60_000);
  if (!webhook.verified || webhook.type !== "job.completed") throw new Error(webhook.body);
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await diarist.call(path, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T; // our own API's documented shape
}
