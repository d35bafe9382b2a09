import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { PART_BYTES } from "../../shared/storage/store-audio.ts";
import { chunk, postAndVanish, postChunked } from "../support/clients/raw-http.ts";
import { readBundle } from "../support/run/prepared.ts";
import { type AudioWorker, startAudioWorker } from "../support/workers/start-audio-worker.ts";

let worker: AudioWorker;
beforeAll(async () => {
  worker = await startAudioWorker(await readBundle("audio-worker"));
});
afterAll(() => worker.close());

type Stored = {
  bytes?: number;
  sha256?: string;
  uploads?: number;
  beats?: number;
  error?: { name: string; message: string; maxBytes?: number; cause?: string };
};

/** Sends the bytes chunked, without a length, unless a length is to be declared. */
async function store(
  bytes: Uint8Array,
  query: Record<string, string> = {},
): Promise<Stored & { key: string }> {
  const key = newKey();
  const url = new URL(`/store?${new URLSearchParams({ key, ...query })}`, worker.url);
  const response = await postChunked(url, [bytes]);
  return { key, ...((await response.json()) as Stored) };
}

function newKey(): string {
  return `audio/${randomBytes(6).toString("hex")}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function readBack(key: string): Promise<Uint8Array | null> {
  const object = await worker.bucket.get(key);
  return object && new Uint8Array(await object.arrayBuffer());
}

async function expectStored(stored: Stored & { key: string }, bytes: Uint8Array): Promise<void> {
  expect(stored.error).toBeUndefined();
  expect(stored.bytes).toBe(bytes.byteLength);
  expect(stored.sha256).toBe(sha256(bytes));
  expect(sha256((await readBack(stored.key)) ?? new Uint8Array())).toBe(sha256(bytes));
  expect(await worker.openUploads()).toBe(0);
}

async function expectNothingLeft(key: string): Promise<void> {
  expect(await worker.bucket.head(key)).toBeNull();
  expect(await worker.openUploads()).toBe(0);
}

describe("how long a body is", () => {
  test("no byte at all is refused as an empty body", async () => {
    const { key, error } = await store(new Uint8Array(0));
    expect(error?.name).toBe("EmptyBodyError");
    await expectNothingLeft(key);
  });

  test("one byte is stored with one put", async () => {
    const bytes = randomBytes(1);
    const stored = await store(bytes);
    await expectStored(stored, bytes);
    expect(stored.uploads).toBe(0);
  });

  test("a body one byte short of a part is stored with one put", async () => {
    const bytes = randomBytes(PART_BYTES - 1);
    const stored = await store(bytes);
    await expectStored(stored, bytes);
    expect(stored.uploads).toBe(0);
  });

  test("a body of exactly one part is stored with one put", async () => {
    const bytes = randomBytes(PART_BYTES);
    const stored = await store(bytes);
    await expectStored(stored, bytes);
    expect(stored.uploads).toBe(0);
  });

  test("a body one byte longer than a part becomes a multipart upload", async () => {
    const bytes = randomBytes(PART_BYTES + 1);
    const stored = await store(bytes);
    await expectStored(stored, bytes);
    expect(stored.uploads).toBe(1);
  });

  test("a body of exactly two parts has no empty third one", async () => {
    const bytes = randomBytes(2 * PART_BYTES);
    const stored = await store(bytes);
    await expectStored(stored, bytes);
    expect((await worker.bucket.head(stored.key))?.etag).toMatch(/-2$/);
  });

  test("a body of two parts and a byte has a third part of one byte", async () => {
    const bytes = randomBytes(2 * PART_BYTES + 1);
    const stored = await store(bytes);
    await expectStored(stored, bytes);
    expect((await worker.bucket.head(stored.key))?.etag).toMatch(/-3$/);
  });

  test("the stored object has the content type that was given", async () => {
    const { key } = await store(randomBytes(10));
    expect((await worker.bucket.head(key))?.httpMetadata?.contentType).toBe("audio/mpeg");
  });
});

describe("how long a body may be", () => {
  test("a body of exactly maxBytes is stored", async () => {
    const bytes = randomBytes(1000);
    await expectStored(await store(bytes, { maxBytes: "1000" }), bytes);
  });

  test("a body one byte over maxBytes is refused", async () => {
    const { key, error } = await store(randomBytes(1001), { maxBytes: "1000" });
    expect(error).toMatchObject({ name: "AudioTooLargeError", maxBytes: 1000 });
    await expectNothingLeft(key);
  });

  test("a long body of exactly maxBytes is stored", async () => {
    const bytes = randomBytes(PART_BYTES + 1000);
    await expectStored(await store(bytes, { maxBytes: String(PART_BYTES + 1000) }), bytes);
  });

  test("a long body one byte over maxBytes is refused, and its multipart upload aborted", async () => {
    const { key, error } = await store(randomBytes(PART_BYTES + 1001), {
      maxBytes: String(PART_BYTES + 1000),
    });
    expect(error).toMatchObject({ name: "AudioTooLargeError" });
    await expectNothingLeft(key);
  });

  test("a declared length over maxBytes is refused before the body is there", async () => {
    const { key, error } = await store(randomBytes(10), { maxBytes: "1000", declared: "1001" });
    expect(error?.name).toBe("AudioTooLargeError");
    await expectNothingLeft(key);
  });
});

test("a client that sends far too much, all of it before it listens, still hears of the refusal", async () => {
  const url = new URL(`/store?key=${newKey()}&maxBytes=1000`, worker.url);
  const response = await fetch(url, { method: "POST", body: randomBytes(8 * PART_BYTES) });
  expect(await response.json()).toMatchObject({ error: { name: "AudioTooLargeError" } });
});

describe("a declared length", () => {
  test("that is the body's own is fine, with a Content-Length too", async () => {
    const bytes = randomBytes(PART_BYTES + 7);
    const key = newKey();
    const response = await fetch(new URL(`/store?key=${key}`, worker.url), { method: "POST", body: bytes });
    await expectStored({ key, ...((await response.json()) as Stored) }, bytes);
  });

  test("one byte above the body's is a broken body", async () => {
    const { key, error } = await store(randomBytes(1000), { declared: "1001" });
    expect(error).toMatchObject({ name: "BodyBrokenError", message: expect.stringContaining("1001") });
    await expectNothingLeft(key);
  });

  test("one byte below the body's is a broken body", async () => {
    const { key, error } = await store(randomBytes(1000), { declared: "999" });
    expect(error?.name).toBe("BodyBrokenError");
    await expectNothingLeft(key);
  });

  test("below a long body's aborts the multipart upload", async () => {
    const { key, error } = await store(randomBytes(2 * PART_BYTES), { declared: String(2 * PART_BYTES - 1) });
    expect(error?.name).toBe("BodyBrokenError");
    await expectNothingLeft(key);
  });

  test("that is no number is ignored", async () => {
    const bytes = randomBytes(1000);
    await expectStored(await store(bytes, { declared: "many" }), bytes);
  });
});

describe("a client that goes away", () => {
  test("in the middle of a chunked body leaves no object and no multipart upload", async () => {
    const key = newKey();
    const body = chunk(randomBytes(2 * PART_BYTES));
    await postAndVanish(storeUrl(key), { "Transfer-Encoding": "chunked" }, body, "close");
    expect(await outcomeOf(key)).toMatchObject({
      error: { name: "BodyBrokenError", cause: expect.any(String) },
    });
    await expectNothingLeft(key);
  });

  test("before its Content-Length is reached leaves no object and no multipart upload", async () => {
    const key = newKey();
    const length = String(3 * PART_BYTES);
    await postAndVanish(storeUrl(key), { "Content-Length": length }, randomBytes(2 * PART_BYTES), "close");
    expect(await outcomeOf(key)).toMatchObject({ error: { name: "BodyBrokenError" } });
    await expectNothingLeft(key);
  });

  test("with a reset connection leaves no object and no multipart upload", async () => {
    const key = newKey();
    const length = String(3 * PART_BYTES);
    await postAndVanish(storeUrl(key), { "Content-Length": length }, randomBytes(2 * PART_BYTES), "reset");
    expect(await outcomeOf(key)).toMatchObject({ error: { name: "BodyBrokenError" } });
    await expectNothingLeft(key);
  });

  test("within the first part leaves no object", async () => {
    const key = newKey();
    await postAndVanish(storeUrl(key), { "Content-Length": "1000" }, randomBytes(999), "close");
    expect(await outcomeOf(key)).toMatchObject({ error: { name: "BodyBrokenError" } });
    await expectNothingLeft(key);
  });

  function storeUrl(key: string): URL {
    return new URL(`/store?key=${key}`, worker.url);
  }

  async function outcomeOf(key: string): Promise<unknown> {
    return vi.waitUntil(async () => (await fetch(new URL(`/outcome?key=${key}`, worker.url))).json(), {
      timeout: 10_000,
    });
  }
});

describe("the other kinds of stream", () => {
  test("a TransformStream's readable, which has no byte reader, is stored all the same", async () => {
    const bytes = randomBytes(PART_BYTES + 1);
    await expectStored(await store(bytes, { stream: "transform" }), bytes);
  });

  test("a stream made by a script is stored all the same", async () => {
    const bytes = randomBytes(PART_BYTES + 1);
    await expectStored(await store(bytes, { stream: "script" }), bytes);
  });

  test("a byte stream made by a script is stored all the same", async () => {
    const bytes = randomBytes(PART_BYTES + 1);
    await expectStored(await store(bytes, { stream: "script-bytes" }), bytes);
  });

  test("an empty stream made by a script is an empty body", async () => {
    expect((await store(new Uint8Array(0), { stream: "script-bytes" })).error?.name).toBe("EmptyBodyError");
  });
});

describe("signs of life", () => {
  test("no beat is sent while less than a minute has passed", async () => {
    expect((await store(randomBytes(1000), { stepMs: "29999" })).beats).toBe(0);
  });

  test("a beat is sent once a minute has passed", async () => {
    expect((await store(randomBytes(1000), { stepMs: "60000" })).beats).toBeGreaterThan(0);
  });

  test("a beat that throws ends the upload and leaves nothing", async () => {
    const { key, error } = await store(randomBytes(2 * PART_BYTES), { stepMs: "30000", beatFails: "" });
    expect(error?.message).toBe("the lease is lost");
    await expectNothingLeft(key);
  });
});

describe("when R2 fails", () => {
  test("once on every call of a long body, it is stored all the same", async () => {
    const bytes = randomBytes(PART_BYTES + 1);
    await expectStored(await store(bytes, { failures: "1" }), bytes);
  });

  test("twice on a put, the body is stored all the same", async () => {
    const bytes = randomBytes(10);
    await expectStored(await store(bytes, { failures: "2" }), bytes);
  });

  test("and only its answers are lost, a long body is stored all the same", async () => {
    const bytes = randomBytes(PART_BYTES + 1);
    await expectStored(await store(bytes, { failures: "1", lost: "" }), bytes);
  });

  test("for good, its own error comes through and nothing is left", async () => {
    const { key, error } = await store(randomBytes(10), { failures: "5" });
    expect(error?.message).toContain("10001");
    await expectNothingLeft(key);
  });
});

describe("cleaning up", () => {
  test("removing is safe to repeat, and takes many keys", async () => {
    const first = await store(randomBytes(10));
    const second = await store(randomBytes(10));
    const url = new URL(`/remove?key=${first.key}&key=${second.key}`, worker.url);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url)).status).toBe(200);
    await expectNothingLeft(first.key);
    await expectNothingLeft(second.key);
  });

  test("aborting an upload is safe to repeat", async () => {
    const { uploadId } = await worker.bucket.createMultipartUpload("left-behind");
    const url = new URL(`/abort?key=left-behind&upload=${uploadId}`, worker.url);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url)).status).toBe(200);
    await expectNothingLeft("left-behind");
  });

  test("aborting a completed upload keeps its object", async () => {
    const upload = await worker.bucket.createMultipartUpload("complete");
    await upload.complete([await upload.uploadPart(1, "bytes")]);
    expect((await fetch(new URL(`/abort?key=complete&upload=${upload.uploadId}`, worker.url))).status).toBe(
      200,
    );
    expect(await worker.bucket.head("complete")).not.toBeNull();
  });
});
