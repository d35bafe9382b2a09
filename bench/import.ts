/**
 * Imports a file from a local server that breaks the connection every so often, and once kills the Worker in the
 * middle: how much is fetched beyond the file, how large the Worker's isolate gets, whether the digest is right. Fails
 * when more than 2 % and a part are fetched again, the isolate holds 64 MB or more, or the digest differs.
 *
 *     npm run bench -- import [--mb 1000] [--break-every 100]
 */
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { bundleWorker } from "../dev/bundle/bundle-worker.ts";
import { migrate } from "../dev/local/migrate.ts";
import { tightenWorkerdMemory } from "../dev/local/workerd-memory.ts";
import { close, listen } from "../dev/stand-in/serve.ts";
import { readAnyJob } from "../shared/storage/job-work.ts";
import { PART_BYTES } from "../shared/storage/store-audio.ts";
import { insertNewJob, NOW } from "../tests/support/stack/jobs.ts";
import { TENANT } from "../tests/support/stack/tenant.ts";
import { createOriginFile } from "../tests/support/workers/origin-file.ts";
import { watchIsolate } from "./support/isolate-memory.ts";
import { printTable, requireAtMost } from "./support/table.ts";
import { cpuSecondsOfWorkerd } from "./support/workerd-cpu.ts";
import { peakMegabytesOfWorkerd } from "./support/workerd-memory.ts";

const MB = 1_000_000;
const MOST_ISOLATE_MB = 64;

const { values: flags } = parseArgs({
  options: { mb: { type: "string", default: "1000" }, "break-every": { type: "string", default: "100" } },
});
const size = Number(flags.mb) * MB + 12_345;
const block = randomBytes(MB);
/** The block again and again. */
const read = (from: number, to: number) => {
  const pieces: Buffer[] = [];
  for (let at = from; at < to; ) {
    const piece = block.subarray(at % MB, Math.min(MB, (at % MB) + to - at));
    pieces.push(piece);
    at += piece.byteLength;
  }
  return Buffer.concat(pieces);
};

tightenWorkerdMemory();
const file = createOriginFile({ size, read, etag: '"bench"', breakEvery: Number(flags["break-every"]) * MB });
const server = createServer((request, response) => {
  if (request.url?.startsWith("/files.")) void file.respond(request, response);
  else response.writeHead(404).end();
});
const { origin } = await listen(server);

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    script: await bundleWorker("tests/support/workers/import-worker.ts"),
    compatibilityDate: "2026-10-20",
    compatibilityFlags: ["nodejs_compat"],
    d1Databases: ["DB"],
    r2Buckets: ["BUCKET"],
    inspectorPort: 0,
  }),
);
const db = await miniflare.getD1Database("DB");
await migrate(db, "migrations");
await db.prepare("INSERT INTO tenants (id, name, created_at) VALUES (?, 'Bench', 0)").bind(TENANT).run();
const { id } = await insertNewJob(db, { audioKey: null, sourceUrl: "https://files.example.com/a.bin" });

const attempt = async (now: number, steps?: number) => {
  const query = new URLSearchParams({
    job: id,
    now: String(now),
    stepMs: "0",
    server: origin,
  });
  if (steps !== undefined) query.set("steps", String(steps));
  await (await miniflare.dispatchFetch(`http://worker/?${query}`)).json();
};
const isolate = await watchIsolate(await miniflare.getInspectorURL(), "");
const cpuBefore = cpuSecondsOfWorkerd();
const started = performance.now();
const halfOfTheSteps = Math.round(size / PART_BYTES); // two a part: the upload, and the row that keeps it
await attempt(NOW, halfOfTheSteps);
await db.prepare("UPDATE jobs SET status = 'queued', not_before = NULL").run(); // what the sweep does when the lease is over
let attempts = 1;
for (; (await readAnyJob(db, id))?.audioKey === null; attempts++) await attempt(NOW + attempts * 60_000);
const seconds = (performance.now() - started) / 1000;
const cpu = cpuSecondsOfWorkerd() - cpuBefore;
const isolateMb = isolate.stop();
const rss = await peakMegabytesOfWorkerd();
const job = await readAnyJob(db, id);
await miniflare.dispose();
await close(server);

const hash = createHash("sha256");
for (let at = 0; at < size; at += MB) hash.update(read(at, Math.min(size, at + MB)));
const isRight = job?.audio.sha256 === hash.digest("hex") && job.audio.bytes === size;
printTable(
  [
    "MB",
    "attempts",
    "requests",
    "fetched / size",
    "s",
    "CPU s of workerd",
    "isolate, MB",
    "RSS of workerd, MB",
    "digest",
  ],
  [
    [
      (size / MB).toFixed(0),
      attempts,
      file.asked.length,
      (file.sent / size).toFixed(4),
      seconds.toFixed(1),
      cpu.toFixed(1),
      isolateMb.toFixed(0),
      rss?.toFixed(0) ?? "—",
      isRight ? "right" : "WRONG",
    ],
  ],
);
if (!isRight) process.exitCode = 1;
// What the server has sent and the dead Worker has not read lies in the sockets' buffers.
requireAtMost("fetched / size", file.sent / size, 1.02 + (2 * PART_BYTES) / size);
requireAtMost("the isolate in MB", isolateMb, MOST_ISOLATE_MB);
