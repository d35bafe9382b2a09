/**
 * Plans one of the ten-hour recordings and makes its last part and reference audio, in a Node process of its own with 96 MB of
 * heap, and prints what it held: `node --max-old-space-size=96 --expose-gc heap.ts '<json>'`. Garbage is collected
 * before each look.
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installFixedLengthStream } from "../../tests/support/audio/memory-bucket.ts";
import { planCuts } from "../../workers/transcribe/cut/plan-cuts.ts";
import { writeReference } from "../../workers/transcribe/cut/reference/write-reference.ts";
import { writePart } from "../../workers/transcribe/cut/write-part.ts";
import { LIMITS } from "./limits.ts";
import type { BenchRecording } from "./recordings.ts";

export type HeapReport = {
  planning: Cost;
  lastPart: Cost;
  reference: Cost;
  parts: number;
  planBytes: number;
};

export type Cost = {
  /** CPU of this process, the garbage collections for looking included. */
  cpuSeconds: number;
  reads: number;
  /** Asked for, in MB; a stream may be left before its end. */
  megabytesRead: number;
  /** Highest seen after a collection, in MB: JavaScript objects, and with array buffers. */
  heap: number;
  withBuffers: number;
};

type Get = { range: { offset: number; length: number } };

const LOOK_MS = 100;
const CHUNK_BYTES = 64 * 1024;
const R2_PART_BYTES = 5 * 1024 * 1024;
const RECORDING = "recording";
const CLIPS = Array.from({ length: 100 }, (_, i) => ({ start: 100 + i * 355, end: 106 + i * 355 }));

installFixedLengthStream();
const { path, facts }: BenchRecording = JSON.parse(process.argv[2] ?? "");
const asked = { reads: 0, bytes: 0 };
const output = await open(join(tmpdir(), `diarist-bench-cut-${process.pid}`), "w+");
const bucket = createFileBucket(await open(path), output);
const [plan, planning] = await watch(() => planCuts(bucket, RECORDING, facts, LIMITS));
const last = plan.parts.length - 1;
const [, lastPart] = await watch(() => writePart(bucket, RECORDING, plan, last, "part"));
const [, reference] = await watch(() => writeReference(bucket, RECORDING, plan, CLIPS, "reference"));
const report: HeapReport = {
  planning,
  lastPart,
  reference,
  parts: plan.parts.length,
  planBytes: JSON.stringify(plan).length,
};
console.log(JSON.stringify(report));
await rm(join(tmpdir(), `diarist-bench-cut-${process.pid}`));
process.exit();

async function watch<T>(work: () => Promise<T>): Promise<[T, Cost]> {
  Object.assign(asked, { reads: 0, bytes: 0 });
  const most = { heap: 0, buffers: 0 };
  const look = () => {
    gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    most.heap = Math.max(most.heap, heapUsed);
    most.buffers = Math.max(most.buffers, heapUsed + arrayBuffers);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  look();
  clearInterval(timer);
  const cost = {
    cpuSeconds: (user + system) / 1e6,
    reads: asked.reads,
    megabytesRead: asked.bytes / 1e6,
    heap: most.heap / 2 ** 20,
    withBuffers: most.buffers / 2 ** 20,
  };
  return [result, cost];
}

/** The recording on disk as an R2 bucket, with room for one more object, which the last one written is. */
function createFileBucket(recording: FileHandle, made: FileHandle): R2Bucket {
  async function get(key: string, { range: { offset, length } }: Get) {
    const file = key === RECORDING ? recording : made;
    const read = async (at: number, bytes: number) => {
      const { buffer, bytesRead } = await file.read(new Uint8Array(bytes), 0, bytes, offset + at);
      return buffer.subarray(0, bytesRead);
    };
    asked.reads++;
    asked.bytes += length;
    return {
      body: streamOf((at) => read(at, Math.min(CHUNK_BYTES, length - at))),
      arrayBuffer: async () => (await read(0, length)).buffer,
    };
  }

  async function put(_key: string, value: ReadableStream<Uint8Array> | Uint8Array) {
    let at = 0;
    for await (const bytes of value instanceof Uint8Array ? [value] : value) {
      await made.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    }
  }

  async function createMultipartUpload() {
    return {
      uploadPart: async (partNumber: number, bytes: Uint8Array) => {
        await made.write(bytes, 0, bytes.length, (partNumber - 1) * R2_PART_BYTES);
        return { partNumber, etag: "" };
      },
      complete: async () => {},
      abort: async () => {},
    };
  }
  // Only what cutting calls is there.
  return { get, put, createMultipartUpload } as unknown as R2Bucket;
}

/** Reads no further than it is asked to, as R2 does. */
function streamOf(read: (at: number) => Promise<Uint8Array>): ReadableStream<Uint8Array> {
  let at = 0;
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      const bytes = await read(at);
      at += bytes.length;
      if (bytes.length === 0) controller.close();
      else controller.enqueue(bytes);
    },
  };
  return new ReadableStream<Uint8Array>(source, { highWaterMark: 0 });
}
