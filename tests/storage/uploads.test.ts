import { createHash, randomBytes } from "node:crypto";
import { afterAll, describe, expect, test, vi } from "vitest";
import { PURGE_AGAIN_MS, UPLOAD_LEASE_MS, UPLOAD_LIFE_MS } from "../../shared/limits.ts";
import { resumeSha256, stateOf } from "../../shared/secrets/resumable-sha256.ts";
import { finishUpload, receiveBytes, UPLOAD_PART_BYTES } from "../../shared/storage/upload-bytes.ts";
import {
  claimUpload,
  commitProgress,
  deleteUpload,
  dueUploads,
  insertUpload,
  MAX_UNCOMMITTED_PARTS,
  readUpload,
  releaseUpload,
  renewUpload,
  type Upload,
  UploadLostError,
} from "../../shared/storage/uploads.ts";
import { NOW } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";
import { databaseAround } from "../support/workers/around-storage.ts";
import { crashing, crashingDatabase, type Life, startLife } from "../support/workers/crash-after.ts";
import { KILLS, killAfterEach } from "../support/workers/kill-after.ts";

const { db, bucket, keys } = await useStorage();
afterAll(() => void vi.unstubAllGlobals());
vi.stubGlobal("scheduler", { wait: async () => {} }); // R2's pauses between two tries

const bytes = randomBytes(UPLOAD_PART_BYTES + 1000);
const sha256 = createHash("sha256").update(bytes).digest("hex");

function begin(of: Partial<Upload> = {}): Promise<Upload> {
  return insertUpload(db, {
    id: "upl_1",
    tenantId: TENANT,
    keyId: "key_1",
    jobId: "job_1",
    key: `audio/${TENANT}/job_1/source.wav`,
    filename: "a.wav",
    contentType: "audio/wav",
    metadata: "",
    request: null,
    bytes: bytes.length,
    multipart: null,
    direct: false,
    createdAt: NOW,
    ...of,
  });
}

async function claim(now = NOW): Promise<Upload> {
  const claimed = await claimUpload(db, "upl_1", now);
  if (!claimed) throw new Error("the upload is taken");
  return claimed;
}

async function stored(): Promise<string> {
  const object = await bucket.get(`audio/${TENANT}/job_1/source.wav`);
  return createHash("sha256")
    .update(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer(0)))
    .digest("hex");
}

/** The bytes from `offset` on, in pieces that fit nothing; it breaks off behind `until`. */
function bodyOf(offset: number, until = bytes.length, breaks = false): ReadableStream<Uint8Array> {
  let at = offset;
  return new ReadableStream({
    pull(controller) {
      const piece = bytes.subarray(at, Math.min(at + 1_000_003, until));
      at += piece.length;
      if (piece.length > 0) controller.enqueue(new Uint8Array(piece));
      else if (breaks) controller.error(new Error("the line broke"));
      else controller.close();
    },
  });
}

/** R2 for as long as this life lasts. */
function crashingBucket(life: Life): R2Bucket {
  return new Proxy(crashing(bucket, life), {
    get: (target, name) =>
      name === "resumeMultipartUpload"
        ? (key: string, id: string) => crashing(bucket.resumeMultipartUpload(key, id), life)
        : Reflect.get(target, name),
  });
}

/** One request: claims, appends, and finishes with the last byte. */
async function send(
  life: Life,
  now: number,
  body: (offset: number) => ReadableStream<Uint8Array>,
): Promise<Upload> {
  const crashingDb = crashingDatabase(db, life);
  const claimed = await claimUpload(crashingDb, "upl_1", now);
  if (!claimed) throw new Error("the upload is taken");
  const store = { db: crashingDb, bucket: crashingBucket(life), now: () => now };
  const { upload } = await receiveBytes(store, claimed, body(claimed.offset), {
    room: bytes.length - claimed.offset,
  });
  if (upload.offset === upload.bytes) return finishUpload(store, upload);
  await releaseUpload(crashingDb, upload);
  return upload;
}

const IMMORTAL = Number.POSITIVE_INFINITY;

test("a Worker that dies behind any of its steps loses no byte and doubles none", {
  timeout: 600_000,
}, async () => {
  const steps = await killAfterEach(async (most) => {
    await begin();
    const life = startLife(most);
    await send(life, NOW, bodyOf).catch(() => undefined);
    const later = NOW + UPLOAD_LEASE_MS;
    const left = await readUpload(db, TENANT, "upl_1");
    const end =
      left?.status === "stored" ? left : await send(startLife(IMMORTAL), later, (offset) => bodyOf(offset));
    expect({ most, KILLS, status: end.status, hash: end.hash, object: await stored() }).toEqual({
      most,
      KILLS,
      status: "stored",
      hash: sha256,
      object: sha256,
    });
    await deleteUpload(db, end, NOW);
    await bucket.delete(await keys());
    return life.steps.length;
  });
  expect(steps).toBeGreaterThan(8);
});

test("what came before the line broke is kept to the byte, in whole parts and a tail", async () => {
  await begin();
  const first = await send(startLife(IMMORTAL), NOW, () => bodyOf(0, UPLOAD_PART_BYTES + 77, true));
  expect(first.offset).toBe(UPLOAD_PART_BYTES + 77);
  const second = await send(startLife(IMMORTAL), NOW, (offset) => bodyOf(offset, offset + 1));
  expect(second.offset).toBe(UPLOAD_PART_BYTES + 78);
  expect((await keys()).filter((key) => key.includes("tail"))).toHaveLength(1);
  const end = await send(startLife(IMMORTAL), NOW, (offset) => bodyOf(offset));
  expect([end.status, end.hash, await stored()]).toEqual(["stored", sha256, sha256]);
  expect((await keys()).filter((key) => key.includes("tail"))).toEqual([]);
});

describe("a multipart upload that R2 begins while the database is away", () => {
  const body = () => bodyOf(0);
  const stepsOf = (sql: string, times: number, isLate = false) => {
    let left = times;
    return databaseAround(db, async (name, act) => {
      if (!name.includes(sql) || left-- <= 0) return act();
      if (isLate) await act();
      throw new Error("D1_ERROR: Network connection lost.");
    });
  };
  const send = async (own: D1Database) =>
    receiveBytes({ db: own, bucket, now: () => NOW }, await claim(), body(), { room: bytes.length });

  test("is ended, and the next request begins another", async () => {
    await begin();
    await expect(send(stepsOf("UPDATE uploads SET bytes", 1))).rejects.toThrow("D1_ERROR");
    expect((await readUpload(db, TENANT, "upl_1"))?.multipart).toBeNull();
    const { upload } = await receiveBytes(
      { db, bucket, now: () => NOW },
      await claim(NOW + UPLOAD_LEASE_MS),
      body(),
      { room: bytes.length },
    );
    await finishUpload({ db, bucket, now: () => NOW }, upload);
    expect(await stored()).toBe(sha256);
  });

  test("goes on when only the answer of its note was lost", async () => {
    await begin();
    const { upload } = await send(stepsOf("UPDATE uploads SET bytes", 1, true));
    await finishUpload({ db, bucket, now: () => NOW }, upload);
    expect(await stored()).toBe(sha256);
  });

  test("and that was ended though the row names it, is replaced by another", async () => {
    const key = `audio/${TENANT}/job_1/source.wav`;
    const ended = await bucket.createMultipartUpload(key);
    await ended.abort();
    await begin({ multipart: ended.uploadId });
    const { upload } = await send(db);
    expect(upload.multipart).not.toBe(ended.uploadId);
    await finishUpload({ db, bucket, now: () => NOW }, upload);
    expect(await stored()).toBe(sha256);
  });
});

describe("two who write at once", () => {
  test("one has the upload until its lease is over, or it lets go", async () => {
    await begin();
    const claimed = await claim();
    expect(await claimUpload(db, "upl_1", NOW + UPLOAD_LEASE_MS - 1)).toBeNull();
    await renewUpload(db, claimed, claimed.nextPart, NOW + 5_000);
    expect(await claimUpload(db, "upl_1", NOW + UPLOAD_LEASE_MS)).toBeNull();
    await releaseUpload(db, claimed);
    expect(await claimUpload(db, "upl_1", NOW + UPLOAD_LEASE_MS)).not.toBeNull();
  });

  test("a Worker that lost the upload changes nothing, and its late parts come into no object", async () => {
    await begin();
    await send(startLife(IMMORTAL), NOW, () => bodyOf(0, UPLOAD_PART_BYTES));
    const slow = await claim();
    const slowStore = { db, bucket, now: () => NOW };
    let goOn = () => {};
    const stalled = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const wrong = new Uint8Array(UPLOAD_PART_BYTES);
    const lost = receiveBytes(
      slowStore,
      slow,
      new ReadableStream({
        async pull(controller) {
          await stalled; // its client has gone silent
          controller.enqueue(wrong);
          controller.close();
        },
      }),
      { room: wrong.length },
    );
    lost.catch(() => undefined); // looked at below
    const end = await send(startLife(IMMORTAL), NOW + UPLOAD_LEASE_MS, (offset) => {
      goOn();
      return bodyOf(offset);
    });
    await expect(lost).rejects.toThrow();
    expect([end.status, end.hash, await stored()]).toEqual(["stored", sha256, sha256]);
  });

  test("the next Worker skips the part numbers that may still be in use, after a clean end none", async () => {
    await begin();
    expect((await claim()).nextPart).toBe(1);
    const taken = await claim(NOW + UPLOAD_LEASE_MS);
    expect(taken.nextPart).toBe(1 + MAX_UNCOMMITTED_PARTS);
    await releaseUpload(db, taken);
    expect((await claim()).nextPart).toBe(1 + MAX_UNCOMMITTED_PARTS);
  });

  test("a commit under an old fence writes neither offset nor parts", async () => {
    await begin();
    const old = await claim();
    await claim(NOW + UPLOAD_LEASE_MS);
    const progress = { offset: 5, nextPart: 2, tail: null, hash: null, parts: [{ n: 1, etag: "e" }] };
    await expect(commitProgress(db, old, progress, NOW)).rejects.toThrow(UploadLostError);
    expect(await readUpload(db, TENANT, "upl_1")).toMatchObject({
      offset: 0,
      nextPart: 1 + MAX_UNCOMMITTED_PARTS,
    });
    expect((await db.prepare("SELECT * FROM upload_parts").all()).results).toEqual([]);
  });
});

describe("the sweep finds an upload", () => {
  test("when it has expired and no Worker can be writing any more, not before", async () => {
    await begin();
    const due = NOW + UPLOAD_LIFE_MS + PURGE_AGAIN_MS;
    expect(await dueUploads(db, due - 1, 10)).toEqual([]);
    expect(await dueUploads(db, due, 10)).toHaveLength(1);
    await claim(due);
    expect(await dueUploads(db, due, 10)).toEqual([]);
    expect(await dueUploads(db, due + UPLOAD_LEASE_MS, 10)).toHaveLength(1);
  });

  test("no more than asked at a time, the oldest first", async () => {
    for (const n of [3, 1, 2]) await begin({ id: `upl_${n}`, jobId: `job_${n}`, createdAt: NOW + n });
    const due = await dueUploads(db, NOW + 2 * UPLOAD_LIFE_MS, 2);
    expect(due.map(({ id }) => id)).toEqual(["upl_1", "upl_2"]);
  });
});

describe("a hash that is put away", () => {
  test.for([0, 64, 4096, UPLOAD_PART_BYTES])("behind %d bytes goes on as if it had not been", (at) => {
    const state = at === 0 ? null : stateOf(resumeSha256(null, 0).update(bytes.subarray(0, at)));
    const hash = resumeSha256(state, at).update(bytes.subarray(at));
    expect(Buffer.from(hash.digest()).toString("hex")).toBe(sha256);
  });

  test("stands behind a whole block, nowhere else", () => {
    expect(() => stateOf(resumeSha256(null, 0).update(bytes.subarray(0, 65)))).toThrow(RangeError);
    expect(() => resumeSha256("00".repeat(32), 65)).toThrow(RangeError);
  });
});
