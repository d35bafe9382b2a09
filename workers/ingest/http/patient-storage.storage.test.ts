import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { seedTenant } from "../../../dev/local/seed-tenant.ts";
import { type CallKey, signLink } from "../../../shared/secrets/signed-link.ts";
import { openCall } from "../../../shared/storage/calls.ts";
import { storageAwaySince } from "../../../shared/storage/gates.ts";
import { insertNewJob } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../../tests/support/stack/storage.ts";
import { SIGNING_KEY } from "../../../tests/support/stack/tenant.ts";
import { type Around, bucketAround, databaseAround } from "../../../tests/support/workers/around-storage.ts";
import { askIngest } from "../../../tests/support/workers/ask-ingest.ts";

const storage = await useStorage();
useLogs();
const { db, bucket } = storage;
const D1_AWAY = "D1_ERROR: Network connection lost.";
const R2_AWAY = "We encountered an internal error. Please try again. (10001)";

beforeEach(async () => {
  await seedTenant(db, SIGNING_KEY);
  // What waits between two tries waits no longer than the storage that it asks.
  vi.stubGlobal("scheduler", { wait: () => new Promise((resolve) => setImmediate(resolve)) });
});
afterEach(() => vi.unstubAllGlobals());

/** What fits fails this number of times, and then works. */
function failing(message: string, times: number, fits = /./): Around {
  let left = times;
  return async (name, act) => {
    if (left > 0 && fits.test(name)) {
      left--;
      throw new Error(message);
    }
    return act();
  };
}

const works: Around = (_, act) => act();

function ask(path: string, init: RequestInit, around: { d1?: Around; r2?: Around }): Promise<Response> {
  const bindings = {
    DB: databaseAround(db, around.d1 ?? works),
    BUCKET: bucketAround(bucket, around.r2 ?? works),
  };
  return askIngest(bindings, path, init);
}

const JSON_TYPE = { "content-type": "application/json" };
const newJob = {
  method: "POST",
  headers: JSON_TYPE,
  body: JSON.stringify({ file: "https://example.com/a.wav" }),
};

describe("a request that meets storage", () => {
  test("which fails once in passing, is answered all the same", async () => {
    expect((await ask("/v1/jobs", {}, { d1: failing(D1_AWAY, 1) })).status).toBe(200);
  });

  test("which fails at a write, makes nothing and says when to come again", async () => {
    const response = await ask("/v1/jobs", newJob, { d1: failing(D1_AWAY, 1, /^batch$/) });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.json()).toMatchObject({ code: "storage_unavailable" });
    expect(await count(db, "SELECT count(*) AS n FROM jobs")).toBe(0);
  });

  test("which is away, is told so and not how", async () => {
    const response = await ask("/v1/jobs", {}, { d1: failing(D1_AWAY, 100) });
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain("D1_ERROR");
  });

  test("which fails for a reason of ours, is answered 500 at once", async () => {
    expect((await ask("/v1/jobs", {}, { d1: failing("D1_ERROR: no such column", 1) })).status).toBe(500);
  });
});

describe("the audio of a call to the speech API", () => {
  let path: string;
  let started: number;

  beforeEach(async () => {
    const job = await insertNewJob(db);
    const key = job.audioKey ?? "";
    await bucket.put(key, "RIFF");
    started = Date.now();
    await openCall(db, { job, attempt: 1, part: 0, purpose: "text", seconds: 1 }, started);
    const call: CallKey = [job.id, 1, 0, "text"];
    const expires = Math.floor(started / 1000) + 60;
    const grant = { kind: "audio", key, contentType: "audio/wav", expires, call } as const;
    path = await signLink(SIGNING_KEY, grant, "recording.wav");
  });

  const fetched = () => count(db, "SELECT count(*) AS n FROM calls WHERE fetched_at IS NOT NULL");

  test("is noted as fetched when it is asked for", async () => {
    expect(await fetched()).toBe(0);
    expect(await (await ask(path, {}, {})).text()).toBe("RIFF");
    expect(await fetched()).toBe(1);
  });

  test("is served though R2 fails in passing", async () => {
    expect(await (await ask(path, {}, { r2: failing(R2_AWAY, 2) })).text()).toBe("RIFF");
    expect(await storageAwaySince(db, started)).toBeNull();
  });

  test("cannot be served while R2 is away, which closes the gate before the speech API can refuse the call", async () => {
    expect((await ask(path, {}, { r2: failing(R2_AWAY, 100) })).status).toBe(503);
    expect(await storageAwaySince(db, started)).toMatchObject({ reason: "storage_unavailable" });
  });
});
