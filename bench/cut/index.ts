/**
 * Cutting ten hours, 0.35 to 1.3 GB, into parts of 20 minutes: `npm run bench -- cut [--folder DIR] [--only heap|cpu]`.
 *
 * CPU of workerd with R2's simulator, against a bare copy of as many bytes from R2 to R2 in as many pieces, and against
 * `ffmpeg -c copy -f segment`; and the heap of Node at the last part and for reference audio of 100 ranges, under a hard limit of
 * 96 MB. Fails when cutting WAV, MP3, ADTS or FLAC costs more than 1.15 times the bare copy, or the heap reaches 64 MB.
 * The recordings are made in a folder of their own and deleted; in a folder that is named they are kept. Needs ffmpeg,
 * Linux for CPU times, and 12 GB of disk.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { openAsBlob, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { bundleWorker } from "../../dev/bundle/bundle-worker.ts";
import { findWorkerd } from "../../dev/local/guard-workerd.ts";
import { printTable, requireAtMost } from "../support/table.ts";
import type { Cost, HeapReport } from "./heap.ts";
import { LIMITS } from "./limits.ts";
import { type BenchRecording, makeRecordings } from "./recordings.ts";
import type { CutReport } from "./worker.ts";

const MOST_CPU_RATIO = 1.15;
const MOST_HEAP_MB = 64;
const NATIVE = ["wav", "mp3", "aac", "flac"];
/** Of /proc's times. */
const TICKS_PER_SECOND = 100;

const { values } = parseArgs({
  options: {
    folder: { type: "string" },
    only: { type: "string" },
  },
});
const folder = values.folder ?? (await mkdtemp(join(tmpdir(), "diarist-bench-cut-")));
try {
  const recordings = makeRecordings(folder);
  if (values.only !== "cpu") measureHeaps(recordings);
  if (values.only !== "heap") await measureCpu(recordings);
} finally {
  if (!values.folder) await rm(folder, { recursive: true, force: true });
}
process.exit();

function measureHeaps(all: BenchRecording[]): void {
  console.log("\nNode with --max-old-space-size=96; heap in MB after collection, and with array buffers\n");
  const rows = all.map((recording) => {
    const report = runHeap(recording);
    for (const cost of [report.planning, report.lastPart, report.reference]) {
      requireAtMost(`the heap for ${recording.name}`, cost.heap, MOST_HEAP_MB);
    }
    const { parts, planBytes } = report;
    const columns = [report.planning, report.lastPart, report.reference].flatMap(describe);
    return [recording.name, megabytes(recording.facts.bytes), parts, planBytes, ...columns];
  });
  const costs = ["plan", "last part", "reference"].flatMap((step) => [
    `${step}: CPU s`,
    "reads",
    "MB read",
    "heap",
    "+ buffers",
  ]);
  printTable(["", "MB", "parts", "plan, bytes", ...costs], rows);
}

function describe({ cpuSeconds, reads, megabytesRead, heap, withBuffers }: Cost): (string | number)[] {
  return [cpuSeconds.toFixed(2), reads, Math.round(megabytesRead), heap.toFixed(1), withBuffers.toFixed(1)];
}

function runHeap(recording: BenchRecording): HeapReport {
  const script = join(import.meta.dirname, "heap.ts");
  const args = ["--max-old-space-size=96", "--expose-gc", script, JSON.stringify(recording)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

async function measureCpu(all: BenchRecording[]): Promise<void> {
  console.log("\nworkerd with R2's simulator: CPU s for all parts\n");
  const rows: (string | number)[][] = [];
  for (const recording of all) {
    console.error(`${recording.name} …`);
    rows.push(await measureOne(recording));
  }
  printTable(
    [
      "",
      "MB",
      "parts",
      "MB written",
      "plan and cut",
      "bare copy",
      "ratio",
      "ffmpeg segment",
      "plan: reads",
      "MB read",
      "cut: reads",
      "MB read",
      "wall s",
    ],
    rows,
  );
}

async function measureOne({ name, path, facts }: BenchRecording): Promise<(string | number)[]> {
  const state = await mkdtemp(join(tmpdir(), "diarist-bench-cut-state-"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: await bundleWorker("bench/cut/worker.ts"),
      compatibilityDate: "2026-10-20",
      compatibilityFlags: ["nodejs_compat"],
      r2Buckets: ["BUCKET"],
      resourcePersistencePath: state,
    }),
  );
  try {
    const url = await miniflare.ready;
    const post = async (target: string, body: Blob | string) => {
      const response = await fetch(new URL(target, url), { method: "POST", body });
      if (!response.ok) throw new Error(`${target}: ${response.status} ${await response.text()}`);
      return response;
    };
    await post(`/store?key=${name}`, await openAsBlob(path));
    const started = performance.now();
    const cutting = await cpuOf(async () => {
      const response = await post(`/cut?key=${name}`, JSON.stringify(facts));
      return (await response.json()) as CutReport; // from our own Worker
    });
    const wall = (performance.now() - started) / 1000;
    const { bytes, planning, cutting: asked } = cutting.result;
    const copying = await cpuOf(() => post(`/copy?key=${name}`, JSON.stringify(bytes)));
    const ratio = cutting.seconds / copying.seconds;
    if (NATIVE.includes(name)) {
      requireAtMost(`CPU of cutting ${name} by that of a bare copy`, ratio, MOST_CPU_RATIO);
    }
    return [
      name,
      megabytes(facts.bytes),
      bytes.length,
      megabytes(bytes.reduce((sum, part) => sum + part, 0)),
      cutting.seconds.toFixed(1),
      copying.seconds.toFixed(1),
      ratio.toFixed(2),
      cpuOfFfmpeg(path, state, name).toFixed(1),
      planning.reads,
      megabytes(planning.bytes),
      asked.reads,
      megabytes(asked.bytes),
      wall.toFixed(1),
    ];
  } finally {
    await miniflare.dispose();
    await rm(state, { recursive: true, force: true });
  }
}

/** Of workerd, whose simulator of R2 does most of the work. */
async function cpuOf<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const before = cpuSecondsOfWorkerd();
  const result = await work();
  return { result, seconds: cpuSecondsOfWorkerd() - before };
}

function cpuSecondsOfWorkerd(): number {
  const ticks = findWorkerd().map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]); // utime, stime
  });
  return ticks.reduce((sum, own) => sum + own, 0) / TICKS_PER_SECOND;
}

function cpuOfFfmpeg(path: string, folder: string, extension: string): number {
  const output = join(folder, `segment-%03d.${extension}`);
  const segment = `-c copy -f segment -segment_time ${LIMITS.partSeconds}`;
  const command = `TIMEFORMAT='%U %S'; time ffmpeg -nostdin -v error -i '${path}' ${segment} '${output}'`;
  const { stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" });
  const [user = 0, system = 0] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return user + system;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
