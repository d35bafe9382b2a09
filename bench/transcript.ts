/**
 * What it costs to take a transcript in and lay it down (parse, summarize, serialize, slice), beside what bare
 * JSON.parse and JSON.stringify of the same text cost in the same run. Run: node bench/transcript.ts
 * Fails when the work costs more than the stated multiples of the bare one.
 */
import { setTimeout as pause } from "node:timers/promises";
import { GCProfiler, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseTranscript } from "../shared/transcript/parse-transcript.ts";
import { serializeTranscript } from "../shared/transcript/serialize-transcript.ts";
import { sliceText } from "../shared/transcript/slices.ts";
import { summarizeTranscript } from "../shared/transcript/transcript.ts";
import { generateTranscript } from "../tests/support/audio/generated-transcript.ts";

const WORD_COUNTS = [40_000, 100_000];
const ROUNDS = 9;
const MAX_TIME_RATIO = 3;
const MAX_HEAP_RATIO = 2;

type Cost = { milliseconds: number; heapMegabytes: number };

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

function bare(json: string): number {
  return JSON.stringify(JSON.parse(json)).length;
}

function take(json: string): number {
  const parsed = parseTranscript(json);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  const summary = summarizeTranscript(parsed.value);
  return summary.words + sliceText(serializeTranscript(parsed.value)).length;
}

/** Heap is the highest use seen before any collection or at the end, garbage included, above what was there before. */
async function costOf(work: (json: string) => number, json: string): Promise<Cost> {
  if (typeof collectGarbage === "function") collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const profiler = new GCProfiler();
  profiler.start();
  const start = performance.now();
  work(json);
  const milliseconds = performance.now() - start;
  const after = process.memoryUsage().heapUsed;
  const peaks = (profiler.stop()?.statistics ?? []).map((each) => each.beforeGC.heapStatistics.usedHeapSize);
  // Lets the collector finish on its own time, not on that of the next round.
  await pause(20);
  return { milliseconds, heapMegabytes: (Math.max(after, ...peaks) - before) / 1e6 };
}

async function medianCosts(json: string): Promise<{ bare: Cost; take: Cost }> {
  const bareCosts: Cost[] = [];
  const takeCosts: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bareCosts.push(await costOf(bare, json));
    takeCosts.push(await costOf(take, json));
  }
  return { bare: median(bareCosts), take: median(takeCosts) };
}

function median(costs: readonly Cost[]): Cost {
  const middle = (values: number[]) =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  return {
    milliseconds: middle(costs.map((cost) => cost.milliseconds)),
    heapMegabytes: middle(costs.map((cost) => cost.heapMegabytes)),
  };
}

function show(cost: Cost): string {
  return `${cost.milliseconds.toFixed(0)} ms, ${cost.heapMegabytes.toFixed(0)} MB of heap`;
}

console.log(`Node ${process.version}, ${process.platform} ${process.arch}, median of ${ROUNDS} rounds`);
for (const words of WORD_COUNTS) {
  const json = JSON.stringify(generateTranscript(words));
  const costs = await medianCosts(json);
  const timeRatio = costs.take.milliseconds / costs.bare.milliseconds;
  const heapRatio = costs.take.heapMegabytes / costs.bare.heapMegabytes;
  console.log(`${words} words, ${(json.length / 1e6).toFixed(1)} MB of JSON`);
  console.log(`  JSON.parse + JSON.stringify            ${show(costs.bare)}`);
  console.log(`  parse + summarize + serialize + slice  ${show(costs.take)}`);
  console.log(
    `  ratio                                  ${timeRatio.toFixed(2)} in time, ${heapRatio.toFixed(2)} in heap`,
  );
  if (!(timeRatio <= MAX_TIME_RATIO && heapRatio <= MAX_HEAP_RATIO)) {
    console.error(`  above the limit of ${MAX_TIME_RATIO} in time or ${MAX_HEAP_RATIO} in heap`);
    process.exitCode = 1;
  }
}
