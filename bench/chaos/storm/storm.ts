import { setTimeout as sleep } from "node:timers/promises";
import { pick, type Random } from "../../../dev/marker-speech/random.ts";
import { parseTranscript } from "../../../shared/transcript/parse-transcript.ts";
import { compareWithTruth } from "../../../tests/support/audio/compare-with-truth.ts";
import { padWav } from "../../../tests/support/audio/padded-wav.ts";
import { bytesOf, type Recording } from "../../../tests/support/audio/recordings.ts";
import { startFileHost } from "../../../tests/support/stack/file-host.ts";
import { originFileOf } from "../../../tests/support/workers/origin-file.ts";
import { audit, countGaps, countUnmade, isQuiet } from "../audit.ts";
import type { Weather } from "../deployed/weather.ts";
import { readKeptState } from "../kept-state.ts";
import type { Scene } from "../scene.ts";
import { createClient } from "./client.ts";
import { COMPLETED, drawOrders, type End, follow, orderer } from "./orders.ts";

type Options = {
  scene: Scene;
  weather: Weather;
  statePath: string;
  recording: Recording;
  longRecording: Recording;
  jobs: number;
  random: Random;
};

/** Customers that are served at the same time. */
const AT_ONCE = 24;
/** The share of storage operations that fail in passing, of messages that come twice, and so on. */
const D1_SHARE = 0.01;
const R2_SHARE = 0.03;
const REPEATED = 0.1;
const REFUSED = 0.15;
const BROKEN_OFF = 0.3;
/** Orders that are taken between two kills, and between two outages: the same on a slow machine. */
const BETWEEN_KILLS: [number, number] = [15, 30];
const BETWEEN_OUTAGES: [number, number] = [8, 16];
/** And then some time passes. */
const AIM_MS = 4_000;
const OUTAGE_MS: [number, number] = [2_000, 12_000];
const LARGE_BYTES = 7 * 1024 * 1024;
const QUIET_TIMEOUT_MS = 300_000;
/** What expires last: uploads, a complete one after 6 days more. */
const EXPIRY_MS = 7 * 24 * 60 * 60_000;
const EXPIRIES = 3;

/**
 * Orders of all kinds while storage, the speech API, receivers and sources fail by chance and the process is killed. Then
 * all is waited for and cleared up, and audited. Gives what broke.
 */
export async function runStorm(options: Options): Promise<string[]> {
  const { scene, weather, statePath, random, jobs } = options;
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
  const between = ([from, to]: [number, number]) => from + random() * (to - from);
  const short = await bytesOf(options.recording);
  const long = await bytesOf(options.longRecording);
  const host = await startFileHost();
  const hosted = (name: string, bytes: Uint8Array) => {
    const file = originFileOf(bytes, { etag: `"${name}"` });
    return host.serve(`${name}.wav`, (request, response) => {
      const { breakEvery: _, ...rest } = file.options;
      file.options = random() < BROKEN_OFF ? { ...rest, breakEvery: bytes.byteLength * random() } : rest;
      void file.respond(request, response);
    });
  };
  const sources = { short: hosted("short", short), large: hosted("large", padWav(short, LARGE_BYTES)) };
  const ends = new Map<string, End>();
  const killedAt: number[] = [];
  const broken: string[] = [];
  let isOver = false;
  let outages = 0;

  scene.answerWebhooks((verified) => ({
    status: verified ? (random() < REFUSED ? pick(random, [500, 503, 429]) : 204) : 401,
  }));
  await scene.start().ready;
  await scene.readSecret();
  weather.change({ d1: D1_SHARE, r2: R2_SHARE, repeat: REPEATED });
  const place = orderer(scene, { short, long }, sources);
  const client = createClient(scene.base, scene.headers.authorization);
  const orders = drawOrders(jobs, random);
  const waiting = [...orders];

  async function serve(): Promise<void> {
    for (let order = waiting.shift(); order; order = waiting.shift()) {
      try {
        const placed = await place(order);
        for (const [id, end] of placed) ends.set(id, end);
        for (const [id] of placed) await follow(client, id);
      } catch (error) {
        broken.push(`${order.name} (${order.kind}) could not be placed: ${describe(error)}`);
      }
    }
  }

  async function strike(): Promise<void> {
    while (!isOver) {
      await ordersTaken(between(BETWEEN_KILLS));
      if (isOver) return;
      scene.diarist().kill("all");
      if (!(await scene.diarist().isGone(10_000))) broken.push("processes were left after a kill");
      killedAt.push(Date.now());
      // Sometimes leases run out while nothing runs, sometimes while others work.
      if (random() < 0.7) scene.outlastLeases();
      const failure = await scene.start().ready.catch(String);
      if (failure !== undefined) broken.push(`a start failed: ${failure}`);
      console.log(`  ${seconds()}: kill ${killedAt.length}, ${orders.length - waiting.length} orders taken`);
    }
  }

  async function takeAway(): Promise<void> {
    while (!isOver) {
      await ordersTaken(between(BETWEEN_OUTAGES));
      if (isOver) return;
      const until = Date.now() + between(OUTAGE_MS);
      const what = pick(random, ["d1", "r2", "both"]);
      weather.change({
        ...(what === "r2" ? {} : { d1AwayUntil: until }),
        ...(what === "d1" ? {} : { r2AwayUntil: until }),
      });
      outages++;
    }
  }

  async function ordersTaken(more: number): Promise<void> {
    for (const left = waiting.length - more; waiting.length > left && !isOver; ) await sleep(100);
    await sleep(random() * AIM_MS);
  }

  const troubles = [strike(), takeAway()];
  await Promise.all(Array.from({ length: AT_ONCE }, serve));
  isOver = true;
  await Promise.all(troubles);
  console.log(`  ${seconds()}: all orders placed`);

  const end = performance.now() + QUIET_TIMEOUT_MS;
  while (!isQuiet(readKeptState(statePath)) && performance.now() < end) await scene.passTime();
  console.log(`  ${seconds()}: all quiet`);
  weather.change({ d1: 0, r2: 0, repeat: 0 });
  for (let n = 0; n < EXPIRIES; n++) await scene.passTime(EXPIRY_MS);
  await scene.passTime();
  await scene.passTime();

  const kept = readKeptState(statePath);
  const calls = scene.standIn.calls();
  const observed = {
    ...scene,
    calls,
    received: scene.receiver.received,
    killedAt,
    endOf: (id: string) => (ends.has(id) ? (ends.get(id) ?? null) : [...(COMPLETED ?? []), "failed"]),
  };
  broken.push(...audit(kept, observed));
  for (const { id, status } of kept.jobs) {
    if (status === "completed") broken.push(...(await checkTranscript(options, id)));
  }
  await host.close();
  const count = (status: string) => kept.jobs.filter((job) => job.status === status).length;
  const ok = calls.filter(({ outcome }) => outcome === "ok").length;
  console.log(
    `  ${orders.length} orders, ${kept.jobs.length} jobs kept (${count("completed")} completed, ${count("failed")} failed, ` +
      `${count("canceled")} canceled), ${killedAt.length} kills, ${outages} outages, faults: D1 ${scene.faults.d1}, ` +
      `R2 ${scene.faults.r2}, speech API ${calls.length - ok}\n` +
      `  ${calls.length} calls, ${ok} answered, ${countGaps(calls)} bought again because the answer died with its Worker; ` +
      `${kept.calls.length} rows in the ledger, ${countUnmade(kept, calls)} of calls that were never made; ` +
      `${scene.receiver.received.length} webhooks; ${seconds()}`,
  );
  return broken;
}

async function checkTranscript({ scene, recording, longRecording }: Options, id: string): Promise<string[]> {
  const response = await fetch(`${scene.base}/v1/jobs/${id}/transcript`, { headers: scene.headers });
  const parsed = parseTranscript(await response.text());
  if (!parsed.ok) return [`${id}'s transcript is none: ${parsed.error.detail}`];
  const isLong = parsed.value.duration > 2 * recording.truth.duration;
  return compareWithTruth(parsed.value, (isLong ? longRecording : recording).truth).map(
    (problem) => `${id}: ${problem}`,
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
