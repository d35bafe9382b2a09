/**
 * Sends 1 GiB of unknown length to a local Worker that stores it, as a raw body and as a form, and watches how much
 * workerd grows, R2 simulator included. Fails when it grows by 64 MB or more, or a hash differs. Linux only.
 *
 *     npm run bench -- upload-memory [--mib 1024] [--default-flags] [--heap]
 *
 * --default-flags leaves V8 as it is; --heap also asks the Worker's own isolate what it holds, which is what
 * Cloudflare's 128 MB are about.
 */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { bundleWorker } from "../dev/bundle/bundle-worker.ts";
import { findWorkerd } from "../dev/local/guard-workerd.ts";
import { tightenWorkerdMemory } from "../dev/local/workerd-memory.ts";
import { startAudioWorker } from "../tests/support/workers/start-audio-worker.ts";
import { watchIsolate } from "./support/isolate-memory.ts";

const MAX_GROWTH_MB = 64;
const SAMPLE_MS = 100;
const BLOCK = randomBytes(1024 * 1024);
const FORM_HEAD =
  '--bound\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n';
const FORM_TAIL = "\r\n--bound--\r\n";
const WAYS = {
  raw: { path: "/store?key=bench", type: "audio/wav", head: "", tail: "" },
  form: {
    path: "/form?key=bench",
    type: "multipart/form-data; boundary=bound",
    head: FORM_HEAD,
    tail: FORM_TAIL,
  },
};

const { values: flags } = parseArgs({
  options: {
    mib: { type: "string", default: "1024" },
    "default-flags": { type: "boolean", default: false },
    heap: { type: "boolean", default: false },
  },
});
if (!flags["default-flags"]) tightenWorkerdMemory();
console.log(`V8 flags: ${process.env["MINIFLARE_WORKERD_V8_FLAGS"] ?? "none"}; ${flags.mib} MiB; RSS in MB`);
for (const way of ["raw", "form"] as const) {
  const { growth, isExact, ...row } = await measure(way);
  const numbers = Object.entries({ ...row, growth }).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  console.log(`${way.padEnd(4)}  ${numbers.join("  ")}  hash ${isExact ? "ok" : "DIFFERS"}`);
  if (!isExact || growth >= MAX_GROWTH_MB) process.exitCode = 1;
}

async function measure(way: keyof typeof WAYS) {
  const worker = await startAudioWorker(await bundleWorker("tests/support/workers/audio-worker.ts"), {
    inspect: flags.heap,
  });
  const [pid] = findWorkerd();
  if (pid === undefined) throw new Error("no workerd among the child processes");
  await send(worker.url, way, 1); // so that the code is loaded and R2 has its tables
  await sleep(1000);
  const before = readMemory(pid, "VmRSS");
  let peak = before;
  const sampler = setInterval(() => {
    peak = Math.max(peak, readMemory(pid, "VmRSS"));
  }, SAMPLE_MS);
  const isolate = worker.inspectorUrl ? await watchIsolate(worker.inspectorUrl, "") : null;
  const started = performance.now();
  const isExact = await send(worker.url, way, Number(flags.mib));
  const seconds = (performance.now() - started) / 1000;
  clearInterval(sampler);
  peak = Math.max(peak, readMemory(pid, "VmHWM"));
  const ownHeap = isolate ? { isolate: isolate.stop() } : {};
  await worker.close();
  return { seconds, before, peak, growth: peak - before, ...ownHeap, isExact };
}

/** Chunked, so that the Worker does not know the length. Resolves to whether it stored the bytes that were sent. */
async function send(url: URL, way: keyof typeof WAYS, blocks: number): Promise<boolean> {
  const { path, type, head, tail } = WAYS[way];
  const out = request(new URL(path, url).href, { method: "POST", headers: { "content-type": type } });
  const answered = once(out, "response");
  const hash = createHash("sha256");
  if (head) out.write(head);
  for (let block = 0; block < blocks; block++) {
    hash.update(BLOCK);
    if (!out.write(BLOCK)) await once(out, "drain");
  }
  out.end(tail);
  const [response] = await answered;
  const text = (await response.setEncoding("utf8").toArray()).join("");
  return text.includes(hash.digest("hex"));
}

/** In MB. */
function readMemory(pid: number, name: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
}
