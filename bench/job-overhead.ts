/**
 * What Diarist adds to the speech API's own time. Run: node bench/job-overhead.ts
 *
 * A job's overhead runs from the last byte stored to the webhook's 2xx received, less what the stand-in took. The ratio
 * is to a bare HTTP round trip that carries the same bytes, measured in the same run. Jobs that come at once wait for
 * one another here, since the local runtime runs one consumer at a time; a deployment runs ten.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createReceiver } from "../dev/receiver.ts";
import { listen } from "../dev/stand-in/serve.ts";
import { record, TALK } from "../tests/support/audio/recordings.ts";
import { startDiarist, type TestDiarist } from "../tests/support/stack/diarist.ts";
import { percentile, printTable, requireAtMost } from "./support/table.ts";

const JOBS = 200;
const AT_ONCE = 20;
const WARM_UP = 5;
const WAIT_MS = 300_000;
/** Far above what is seen, so that a busy machine passes and a lost second does not. */
const MAX_MEDIAN_OVERHEAD_MS = 250;

/** Milliseconds. */
type Timing = { endToEnd: number; overhead: number; speech: number; queued: number };

const clip = await readFile((await record(TALK)).path);
const diarist = await startDiarist();
const { secret } = await json<{ secret: string }>(await diarist.call("/v1/webhooks/secret"));
const receiver = await createReceiver({ secret });
const bare = await measureRoundTrips(clip, JOBS);

for (let n = 0; n < WARM_UP; n++) await runJob(`warm-up-${n}`);
const alone: Timing[] = [];
for (let n = 0; n < JOBS; n++) alone.push(await runJob(`alone-${n}`));
const together = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => runJob(`together-${n}`)));
await receiver.close();
await diarist.close();

const roundTrip = percentile(bare, 0.5);
console.log(
  `A clip of ${clip.byteLength} bytes; milliseconds, and how many bare HTTP round trips that is.\n`,
);
printTable(
  ["", "p50", "p95", "p50 in round trips"],
  [
    row("bare HTTP round trip with the clip", bare),
    ...rowsOf(`${JOBS} jobs, one after another`, alone),
    ...rowsOf(`${AT_ONCE} jobs at once`, together),
  ],
);
requireAtMost(
  "the median overhead of a job alone",
  percentile(pick(alone, "overhead"), 0.5),
  MAX_MEDIAN_OVERHEAD_MS,
);
process.exit();

function rowsOf(what: string, timings: Timing[]): string[][] {
  return [
    row(`${what}: request sent → webhook here`, pick(timings, "endToEnd")),
    row(`${what}: of which the speech API`, pick(timings, "speech")),
    row(`${what}: of which waiting for a consumer`, pick(timings, "queued")),
    row(`${what}: overhead, stored → 2xx less the speech API`, pick(timings, "overhead")),
    row(`${what}: **overhead less that waiting**`, subtract(timings)),
  ];
}

function row(what: string, values: number[]): string[] {
  const median = percentile(values, 0.5);
  return [what, median.toFixed(1), percentile(values, 0.95).toFixed(1), (median / roundTrip).toFixed(1)];
}

function subtract(timings: Timing[]): number[] {
  return timings.map(({ overhead, queued }) => overhead - queued);
}

function pick(timings: Timing[], key: keyof Timing): number[] {
  return timings.map((timing) => timing[key]);
}

/** Sends the clip as a job of its own and waits for its webhook. */
async function runJob(name: string): Promise<Timing> {
  const started = performance.now();
  const query = new URLSearchParams({ reuse: "false", prompt: name, webhook_url: `${receiver.url}${name}` });
  const response = await diarist.call(`/v1/jobs?${query}`, {
    method: "POST",
    headers: { "content-type": "audio/wav" },
    body: clip,
  });
  const { id } = await json<{ id: string }>(response);
  const webhook = await receiver.waitFor((request) => request.path === `/${name}`, WAIT_MS);
  const endToEnd = performance.now() - started;
  if (!webhook.verified || webhook.type !== "job.completed") throw new Error(`${id}: ${webhook.body}`);
  const { storedAt, startedAt, finishedAt } = await readTimes(diarist, id);
  const speech = await speechTime(name);
  return { endToEnd, overhead: finishedAt - storedAt - speech, speech, queued: startedAt - storedAt };
}

type Times = { storedAt: number; startedAt: number; finishedAt: number };

/** `finishedAt` is when the notify Worker had the webhook's 2xx; it is on record a moment after the webhook is here. */
async function readTimes({ stack }: TestDiarist, id: string): Promise<Times> {
  for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
    const times = await stack.db
      .prepare(
        `SELECT stored_at AS storedAt, started_at AS startedAt, deliveries.finished_at AS finishedAt
         FROM jobs JOIN deliveries ON deliveries.job_id = jobs.id WHERE jobs.id = ? AND finished_at IS NOT NULL`,
      )
      .bind(id)
      .first<Times>();
    if (times) return times;
  }
  throw new Error(`${id} has no delivery that ended`);
}

/** What the stand-in took for the job, which its prompt tells. */
async function speechTime(prompt: string): Promise<number> {
  const calls = await diarist.calls();
  const call = calls.find(({ fields }) =>
    fields.some((field) => field.name === "prompt" && field.value === prompt),
  );
  if (!call || call.took_ms === null) throw new Error(`the stand-in has no call with the prompt ${prompt}`);
  return call.took_ms;
}

/** A POST of the clip to a server that does nothing but read it. */
async function measureRoundTrips(body: Uint8Array<ArrayBuffer>, count: number): Promise<number[]> {
  const server = createServer((request, response) => request.resume().on("end", () => response.end("{}")));
  const url = await listen(server);
  const times: number[] = [];
  for (let n = 0; n < WARM_UP + count; n++) {
    const started = performance.now();
    await (await fetch(url, { method: "POST", body })).text();
    times.push(performance.now() - started);
  }
  server.close();
  return times.slice(WARM_UP);
}

async function json<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T; // our own API's documented shape
}
