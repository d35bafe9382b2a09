/**
 * What a job costs in billed operations. Run: node bench/operations/index.ts
 *
 * The real Workers run in the real local runtime, each behind a wrapper that counts on its bindings
 * (operations/count-operations.ts); rows are counted by D1's own SQLite, as a deployment bills them.
 */

import { randomScript } from "../../dev/marker-speech/random-script.ts";
import { createReceiver } from "../../dev/receiver.ts";
import { bytesOf, record, TALK } from "../../tests/support/audio/recordings.ts";
import { type ShownJob, startDiarist } from "../../tests/support/stack/diarist.ts";
import { printTable } from "../support/table.ts";
import type { Operation } from "./count-operations.ts";
import { sumUp, watchOperations } from "./watch-operations.ts";

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
