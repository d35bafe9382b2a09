/** Shows `storeAudio` and `readForm` over HTTP, so that tests can drive them in workerd over a real connection. */

import { patientBucket, REQUEST_WAITS } from "../../../shared/storage/patient.ts";
import {
  abortUpload,
  removeAudio,
  type StoreAudioOptions,
  storeAudio,
} from "../../../shared/storage/store-audio.ts";
import { readForm } from "../../../workers/ingest/multipart/form-body.ts";

type Env = { BUCKET: R2Bucket };

/** What became of uploads whose client did not wait for it. */
const outcomes = new Map<string, unknown>();

export default {
  async fetch(request, { BUCKET: bucket }, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    const key = searchParams.get("key") ?? "";
    switch (pathname) {
      case "/store":
        return hold(ctx, key, storeRequest(request, bucket, searchParams));
      case "/form":
        return hold(ctx, key, readFormRequest(request, bucket, searchParams));
      case "/slow-form":
        return Response.json(await measureReadAhead(request));
      case "/outcome":
        return Response.json(outcomes.get(key) ?? null);
      case "/abort":
        await abortUpload(bucket, key, searchParams.get("upload") ?? "");
        return new Response();
      case "/remove":
        await removeAudio(bucket, searchParams.getAll("key"));
        return new Response();
      default:
        return new Response(null, { status: 404 });
    }
  },
} satisfies ExportedHandler<Env>;

/** Keeps the work alive when the client goes, and its result or error for later requests. */
async function hold(ctx: ExecutionContext, key: string, work: Promise<object>): Promise<Response> {
  const finished = work.catch((error: unknown) => ({ error: describe(error) }));
  const kept = finished.then((outcome) => outcomes.set(key, outcome));
  ctx.waitUntil(kept);
  return Response.json(await finished);
}

function describe(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  return { ...error, name: error.name, message: error.message, cause: error.cause && String(error.cause) };
}

async function storeRequest(request: Request, bucket: R2Bucket, query: URLSearchParams): Promise<object> {
  const seen = { uploads: 0, beats: 0 };
  const declared = query.get("declared") ?? request.headers.get("content-length");
  const stepMs = Number(query.get("stepMs"));
  let clock = 0;
  const options: StoreAudioOptions = {
    contentType: request.headers.get("content-type") ?? "application/octet-stream",
    maxBytes: Number(query.get("maxBytes") ?? Number.POSITIVE_INFINITY),
    ...(declared === null ? {} : { declaredBytes: Number(declared) }),
    onUploadStarted: async () => {
      seen.uploads++;
    },
    beat: async () => {
      seen.beats++;
      if (query.has("beatFails")) throw new Error("the lease is lost");
    },
    now: () => (clock += stepMs),
  };
  const body = reshape(request.body ?? new Blob([]).stream(), query.get("stream"));
  const failing = patientBucket(breakBucket(bucket, Number(query.get("failures")), query.has("lost")), {
    pause: (ms) => scheduler.wait(ms / 10),
    random: Math.random,
    waits: REQUEST_WAITS,
  });
  return { ...(await storeAudio(failing, query.get("key") ?? "", body, options)), ...seen };
}

async function readFormRequest(request: Request, bucket: R2Bucket, query: URLSearchParams): Promise<object> {
  const files: object[] = [];
  const chunked = query.has("chunk") ? rechunk(request, Number(query.get("chunk"))) : request;
  const { fields } = await readForm(chunked, {
    async onFile({ body, ...part }) {
      if (query.has("refuse")) throw new Error("not this one");
      if (query.has("ignore")) return;
      const stored = await storeAudio(bucket, query.get("key") ?? "", body, {
        contentType: part.contentType ?? "application/octet-stream",
        maxBytes: Number(query.get("maxBytes") ?? Number.POSITIVE_INFINITY),
      });
      files.push({ ...part, ...stored });
    },
  });
  return { fields, files };
}

/** The same bytes in the other kinds of stream that a caller may have. */
function reshape(body: ReadableStream<Uint8Array>, kind: string | null): ReadableStream<Uint8Array> {
  if (kind === "transform") return body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>());
  if (kind === "script") return scriptStream(body);
  if (kind === "script-bytes") return scriptByteStream(body);
  return body;
}

function scriptStream(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

function scriptByteStream(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    type: "bytes",
    async pull(controller: ReadableByteStreamController) {
      const { value, done } = await reader.read();
      if (!done) return controller.enqueue(value);
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

/** The same request, whose body comes in chunks of `size` bytes. */
function rechunk(request: Request, size: number): Request {
  const reader = request.body?.getReader();
  let rest: Uint8Array = new Uint8Array(0);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (rest.byteLength === 0) {
        const read = await reader?.read();
        if (!read || read.done) return controller.close();
        rest = read.value;
      }
      controller.enqueue(rest.slice(0, size));
      rest = rest.subarray(size);
    },
  });
  return new Request(request.url, { method: "POST", headers: request.headers, body });
}

/**
 * R2 that fails in passing: every call that stores something fails `failures` times before it works, or after it did when
 * only answers are `lost`. (An upload whose id is lost is R2's to clear up.)
 */
function breakBucket(bucket: R2Bucket, failures: number, isLost: boolean): R2Bucket {
  const failed = new Map<string, number>();
  const breakCalls = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, property) {
        const member: unknown = Reflect.get(target, property);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          const call = `${String(property)} ${args[0]}`;
          const count = failed.get(call) ?? 0;
          const isSpared = property === "abort" || (isLost && property === "createMultipartUpload");
          if (count < failures && !isSpared) {
            failed.set(call, count + 1);
            if (isLost) await member.apply(target, args);
            throw new Error("We encountered an internal error. Please try again. (10001)");
          }
          const result: unknown = await member.apply(target, args);
          return property === "createMultipartUpload" && result instanceof Object
            ? breakCalls(result)
            : result;
        };
      },
    });
  return failures > 0 ? breakCalls(bucket) : bucket;
}

/** How far the body has been read when the file's consumer has taken only its first byte. */
async function measureReadAhead(request: Request): Promise<object> {
  let pulled = 0;
  let atRest = 0;
  const reader = request.body?.getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const read = await reader?.read();
        if (!read || read.done) return controller.close();
        pulled += read.value.byteLength;
        controller.enqueue(read.value);
      },
    },
    { highWaterMark: 0 },
  );
  await readForm(new Request(request.url, { method: "POST", headers: request.headers, body }), {
    async onFile(part) {
      const bytes = part.body.getReader({ mode: "byob" });
      await bytes.read(new Uint8Array(1));
      await scheduler.wait(300);
      atRest = pulled;
      bytes.releaseLock();
      await part.body.pipeTo(new WritableStream());
    },
  });
  return { atRest, pulled };
}
