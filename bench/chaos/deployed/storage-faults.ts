import { createRandom, pick } from "../../../dev/marker-speech/random.ts";
import { log } from "../../../shared/log.ts";
import type { Around } from "../../../tests/support/workers/around-storage.ts";
import { type Conditions, FAULT_EVENT } from "./conditions.ts";

/** In Cloudflare's words: see shared/storage/passing-error.ts for where they stand. */
const MESSAGES = {
  d1: [
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
    "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
    "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.",
    "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
    "D1_ERROR: internal error; reference = chaos",
  ],
  r2: [
    "We encountered an internal error. Please try again. (10001)",
    "Service temporarily unavailable. (10043)",
    "The connection was lost. (10054)",
    "Unexpected HTTP status 503 from R2",
    "Network connection lost.",
  ],
} as const;

/** Makes some operations fail in passing: before they were done, or after, so that only their answer is lost. */
export function storageFaults(store: "d1" | "r2", conditions: () => Conditions | null): Around {
  const random = createRandom(Math.floor(Math.random() * 2 ** 31));
  const fail = (operation: string, when: string, uploadId: string | null = null): never => {
    log(FAULT_EVENT, { store, when, operation: operation.trim().slice(0, 60), upload_id: uploadId });
    throw new Error(pick(random, MESSAGES[store]));
  };
  return async (name, act) => {
    const now = conditions();
    if (!now) return act();
    if (now[`${store}AwayUntil`] > Date.now()) return fail(name, "away");
    if (random() >= now[store]) return act();
    if (random() < 0.5) return fail(name, "before");
    const done = await act();
    if (hasBody(done)) await done.body.cancel();
    // Nobody ever knows of an upload whose id was lost; R2 gives it up in a week (docs/architecture.md).
    return fail(name, "after", name === "createMultipartUpload" && isUpload(done) ? done.uploadId : null);
  };
}

function hasBody(value: unknown): value is { body: ReadableStream } {
  return (
    typeof value === "object" && value !== null && "body" in value && value.body instanceof ReadableStream
  );
}

function isUpload(value: unknown): value is { uploadId: string } {
  return typeof value === "object" && value !== null && "uploadId" in value;
}
