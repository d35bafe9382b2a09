/**
 * Sends a large file through tus-js-client in chunks of 50 MB, over a line that breaks every few chunks and to a
 * server that is killed twice on the way; before that undisturbed, and as one plain upload. Fails when a byte differs
 * or the Worker's isolate, which is what Cloudflare's 128 MB are about, grows too far.
 *
 *     npm run bench -- resumable-upload [--gb 1]
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { Upload } from "tus-js-client";
import { findWorkerd } from "../dev/local/guard-workerd.ts";
import { DEV_API_KEY } from "../dev/local/seed-tenant.ts";
import { startCuttingProxy } from "../tests/support/stack/cutting-proxy.ts";
import { startDiarist, type TestDiarist } from "../tests/support/stack/diarist.ts";
import { sumUp, watchOperations } from "./operations/watch-operations.ts";
import { watchIsolate } from "./support/isolate-memory.ts";
import { printTable, requireAtMost } from "./support/table.ts";

const { values: flags } = parseArgs({ options: { gb: { type: "string", default: "1" } } });
const BYTES = Math.round(Number(flags.gb) * 1e9);
const CHUNK = 50_000_000;
/** Each connection is cut after this many bytes: in the middle of its third chunk. */
const CUT_AFTER = 2.4 * CHUNK;
const RESTARTS = [0.33, 0.66];
const MAX_ISOLATE_MB = 64;
const SAMPLE_MS = 200;

const folder = await mkdtemp(join(tmpdir(), "diarist-resumable-"));
const file = join(folder, "recording.bin");
const sha256 = await writeRandom(file, BYTES);
const operations = watchOperations();
let diarist = await start({ counted: true });
const proxy = await startCuttingProxy(diarist.url);

try {
  const plain = await watched(sendPlain);
  const calm: Watched[] = [];
  const done = await operations.during(async () => {
    calm.push(await watched(() => sendResumable(diarist.url)));
  });
  await restart();
  const broken = await watched(sendBroken);
  for (const watchedCalm of calm) report(plain, { ...watchedCalm, operations: done }, broken);
} finally {
  await proxy.close();
  await diarist.close();
  await rm(folder, { recursive: true, force: true });
}
process.exit();

function report(
  plain: Watched,
  calm: Watched & { operations: Parameters<typeof sumUp>[0] },
  broken: Watched & Breaks,
): void {
  const chunks = Math.ceil(BYTES / CHUNK);
  console.log(`${BYTES / 1e9} GB in ${chunks} chunks\n`);
  const row = (what: string, { seconds, peak, isolate }: Watched) => [
    what,
    seconds.toFixed(1),
    (BYTES / 1e6 / seconds).toFixed(0),
    (seconds / plain.seconds).toFixed(2),
    peak.toFixed(0),
    isolate === 0 ? "" : isolate.toFixed(0),
  ];
  printTable(
    ["", "seconds", "MB/s", "against plain", "workerd at most, MB", "isolate at most, MB"],
    [
      row("plain upload", plain),
      row("tus, undisturbed", calm),
      row(`tus, ${broken.cuts} cuts and ${broken.restarts} kills of the server`, broken),
    ],
  );
  const patches = calm.operations.filter(({ at }) => at.startsWith("PATCH"));
  const { d1Trips, rowsRead, rowsWritten, classA, classB } = sumUp(patches);
  const perChunk = (count: number) => (count / chunks).toFixed(1);
  console.log("\nA chunk of 50 MB on average, the last one's work of putting together included\n");
  printTable(
    ["D1 trips", "D1 rows read", "D1 rows written", "R2 class A", "R2 class B"],
    [[d1Trips, rowsRead, rowsWritten, classA, classB].map(perChunk)],
  );
  requireAtMost("the isolate, MB,", broken.isolate, MAX_ISOLATE_MB);
}

async function sendPlain(): Promise<{ seconds: number }> {
  const { seconds, value: job } = await timed(postPlain);
  if (job.audio?.sha256 !== sha256) throw new Error(`plain upload: ${JSON.stringify(job)}`);
  await diarist.call(`/v1/jobs/${job.id}`, { method: "DELETE" });
  return { seconds };
}

async function postPlain(): Promise<{ id: string; audio?: { sha256: string } }> {
  const answer = await fetch(`${diarist.url}/v1/jobs`, {
    method: "POST",
    headers: { authorization: `Bearer ${DEV_API_KEY}`, "content-type": "application/octet-stream" },
    body: Readable.toWeb(createReadStream(file)),
    duplex: "half",
  } as unknown as RequestInit);
  return (await answer.json()) as { id: string; audio?: { sha256: string } }; // our own API's documented shape
}

/** Sends with tus-js-client, compares what is in R2 byte for byte, removes it. */
async function sendResumable(origin: string, onSent?: (bytes: number) => void): Promise<{ seconds: number }> {
  const { seconds, value: url } = await timed(() => transfer(origin, onSent));
  const id = String(url.split("/").at(-1));
  const row = await diarist.stack.db
    .prepare("SELECT key, hash FROM uploads WHERE id = ?")
    .bind(id)
    .first<{ key: string; hash: string }>();
  if (!row) throw new Error(`${id} is gone`);
  const stored = await hashOfObject(row.key);
  if (stored !== sha256 || row.hash !== sha256) {
    throw new Error(`sent ${sha256}, in R2 ${stored}, on record ${row.hash}`);
  }
  await diarist.call(`/v1/uploads/${id}`, { method: "DELETE", headers: { "tus-resumable": "1.0.0" } });
  return { seconds };
}

function transfer(origin: string, onSent?: (bytes: number) => void): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const upload = new Upload(createReadStream(file), {
      endpoint: `${origin}/v1/uploads`,
      chunkSize: CHUNK,
      uploadSize: BYTES,
      retryDelays: [0, 500, 1000, 3000, 5000, 5000, 10_000],
      headers: { authorization: `Bearer ${DEV_API_KEY}` },
      onChunkComplete: (_, accepted) => onSent?.(accepted),
      onError: reject,
      onSuccess: () => resolve(String(upload.url)),
    });
    upload.start();
  });
}

async function sendBroken(): Promise<{ seconds: number } & Breaks> {
  const left = RESTARTS.map((share) => share * BYTES);
  const before = proxy.cuts;
  let restarting = Promise.resolve();
  proxy.cutAfter(CUT_AFTER);
  const { seconds } = await sendResumable(proxy.url, (accepted) => {
    if (accepted < (left[0] ?? Number.POSITIVE_INFINITY)) return;
    left.shift();
    restarting = restart();
  });
  proxy.cutAfter(null);
  await restarting;
  return { seconds, restarts: RESTARTS.length - left.length, cuts: proxy.cuts - before };
}

/** While the next chunk is on its way: the runtime is gone from one moment to the next. */
async function restart(): Promise<void> {
  const { port } = new URL(diarist.url);
  await diarist.close();
  diarist = await start({ port: Number(port), counted: false });
}

/** Either operations are counted or the isolate is asked what it holds: with a debugger each line is logged twice. */
function start({ port, counted }: { port?: number; counted: boolean }): Promise<TestDiarist> {
  return startDiarist({
    statePath: join(folder, "state"),
    ...(port ? { port } : {}),
    ...(counted
      ? { entries: { ingest: "bench/operations/ingest.ts" }, onLog: operations.onLog }
      : { inspect: true }),
  });
}

async function hashOfObject(key: string): Promise<string> {
  const hash = createHash("sha256");
  const step = 16 * 1024 * 1024;
  for (let offset = 0; offset < BYTES; offset += step) {
    const object = await diarist.stack.bucket.get(key, { range: { offset, length: step } });
    hash.update(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer(0)));
  }
  return hash.digest("hex");
}

async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; value: T }> {
  const started = performance.now();
  const value = await work();
  return { seconds: (performance.now() - started) / 1000, value };
}

/** What a transfer took, and the most that workerd and the Worker's isolate held, over all lives of the server. */
type Watched = { seconds: number; peak: number; isolate: number };
type Breaks = { restarts: number; cuts: number };

async function watched<T extends { seconds: number }>(work: () => Promise<T>): Promise<T & Watched> {
  let [watchedPid] = findWorkerd();
  let peak = 0;
  let isolate = 0;
  const attach = async () => {
    const inspector = diarist.stack.inspectorUrl;
    return inspector && (await watchIsolate(inspector, "diarist-ingest").catch(() => null));
  };
  let attached = await attach();
  const timer = setInterval(async () => {
    const [pid] = findWorkerd();
    peak = Math.max(peak, await residentMegabytes(pid));
    if (pid === undefined || pid === watchedPid) return;
    watchedPid = pid;
    isolate = Math.max(isolate, attached?.stop() ?? 0);
    attached = await attach();
  }, SAMPLE_MS);
  const done = await work();
  clearInterval(timer);
  return { ...done, peak, isolate: Math.max(isolate, attached?.stop() ?? 0) };
}

async function residentMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Writes that many bytes, each megabyte different, and gives their SHA-256. */
async function writeRandom(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  const block = randomBytes(1_000_000);
  async function* blocks() {
    for (let written = 0; written < bytes; written += block.length) {
      block.writeDoubleLE(written, 0);
      const piece = Buffer.from(block.subarray(0, Math.min(block.length, bytes - written)));
      hash.update(piece);
      yield piece;
    }
  }
  await pipeline(blocks, createWriteStream(path));
  return hash.digest("hex");
}
