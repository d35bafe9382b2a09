import { createHash, randomBytes } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { MAX_AUDIO_BYTES, UPLOAD_LEASE_MS } from "../../shared/limits.ts";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { compareWithTruth } from "../support/audio/compare-with-truth.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendJson } from "../support/clients/send-job.ts";
import { append, begin, metadata, offsetOf, sha256, storedHashes, tus } from "../support/clients/tus.ts";
import { takeInventory } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { R2_SETTINGS, startR2StandIn } from "../support/stack/r2-stand-in.ts";
import { createTenant } from "../support/stack/tenants.ts";

const MIB = 1024 * 1024;
const CHUNK = "application/offset+octet-stream";
const talk = await record(TALK);
const clip = await bytesOf(talk);

const diarist = await openDiarist({ recognise: createRecogniser(), vars: R2_SETTINGS });
const r2 = await startR2StandIn(diarist.stack.bucket);
const stranger = await createTenant(diarist, "stranger");
afterAll(() => Promise.all([diarist.close(), r2.close()]));

function random(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(bytes));
}

function idOf(path: string): string {
  return String(path.split("/").at(-1));
}

async function setRow(path: string, set: string): Promise<void> {
  await diarist.stack.db.prepare(`UPDATE uploads SET ${set} WHERE id = ?`).bind(idOf(path)).run();
}

async function expectTranscript(jobId: string): Promise<void> {
  expect(await diarist.finished(jobId)).toMatchObject({ status: "completed" });
  const answer = await diarist.call(`/v1/jobs/${jobId}/transcript`);
  expect(compareWithTruth((await answer.json()) as Transcript, talk.truth)).toEqual([]);
}

/** A body whose bytes come when the test says so. */
function heldBody() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
  });
  return {
    stream,
    send: (bytes: Uint8Array) => controller?.enqueue(bytes),
    end: () => controller?.close(),
  };
}

describe("what the server says of itself", () => {
  test("OPTIONS needs no key and lists version, extensions, size and checksums", async () => {
    const answer = await fetch(`${diarist.url}/v1/uploads`, { method: "OPTIONS" });
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
      204,
      expect.objectContaining({
        "tus-resumable": "1.0.0",
        "tus-version": "1.0.0",
        "tus-extension":
          "creation,creation-with-upload,creation-defer-length,expiration,termination,checksum",
        "tus-max-size": String(MAX_AUDIO_BYTES),
        "tus-checksum-algorithm": "sha1,sha256,md5",
      }),
    ]);
  });

  test("a browser may send what tus needs from any page, and see what it answers, refusals too", async () => {
    const preflight = await fetch(`${diarist.url}/v1/uploads/upl_1`, {
      method: "OPTIONS",
      headers: { origin: "https://app.example", "access-control-request-method": "PATCH" },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PATCH");
    for (const name of ["Authorization", "Tus-Resumable", "Upload-Offset", "Upload-Metadata"])
      expect(preflight.headers.get("access-control-allow-headers")).toContain(name);
    const refused = await tus(diarist, "HEAD", "/v1/uploads/upl_1", { origin: "https://app.example" });
    expect(refused.status).toBe(404);
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
    expect(refused.headers.get("access-control-expose-headers")).toMatch(
      /Diarist-Job.*Location.*Upload-Offset/,
    );
    expect(refused.headers.get("tus-resumable")).toBe("1.0.0");
  });
});

describe("a request that is wrong", () => {
  const length = { "upload-length": "10" };
  test.for<[string, Record<string, string>, number, Parameters<typeof expectProblem>[2]]>([
    ["no version of tus", { ...length, "tus-resumable": "" }, 412, "tus_version"],
    ["another version", { ...length, "tus-resumable": "0.2.2" }, 412, "tus_version"],
    ["no length", {}, 400, "invalid_upload"],
    [
      "a length and the word that it comes later",
      { ...length, "upload-defer-length": "1" },
      400,
      "invalid_upload",
    ],
    ["a length that is no number", { "upload-length": "1e3" }, 400, "invalid_upload"],
    ["nothing to send", { "upload-length": "0" }, 400, "empty_body"],
    ["a byte too many", { "upload-length": String(MAX_AUDIO_BYTES + 1) }, 413, "file_too_large"],
    ["metadata that is no base64", { ...length, "upload-metadata": "filename a.wav" }, 400, "invalid_upload"],
    ["a key twice", { ...length, "upload-metadata": "a YQ==,a YQ==" }, 400, "invalid_upload"],
    [
      "options that are no JSON",
      { ...length, "upload-metadata": metadata({ diarist: "{" }) },
      400,
      "invalid_json",
    ],
    [
      "an option that is none",
      { ...length, "upload-metadata": metadata({ diarist: '{"x":1}' }) },
      422,
      "invalid_params",
    ],
    ["a body of another type", { ...length, "content-type": "audio/wav" }, 415, "unsupported_media_type"],
  ])("of creation, %s, is refused", async ([, headers, status, code]) => {
    await expectProblem(tus(diarist, "POST", "/v1/uploads", headers), status, code);
  });

  test("the largest length is taken", async () => {
    await tus(diarist, "DELETE", await begin(diarist, MAX_AUDIO_BYTES));
  });

  test("another tenant's upload is not there", async () => {
    const path = await begin(diarist, 10, {}, stranger.key);
    expect(await offsetOf(diarist, path)).toBe(-404);
    await expectProblem(diarist.call(path), 404, "not_found");
    await expectProblem(append(diarist, path, 0, random(10)), 404, "not_found");
    await expectProblem(tus(diarist, "DELETE", path), 404, "not_found");
    await expectProblem(sendJson(diarist, { upload: idOf(path) }), 404, "not_found");
    await expectProblem(diarist.call(path, {}, null), 401, "unauthorized");
    expect((await tus(diarist, "HEAD", path, {}, { key: stranger.key })).headers.get("upload-offset")).toBe(
      "0",
    );
  });

  test("a chunk for another offset, of another type, too long, or without its headers changes nothing", async () => {
    const path = await begin(diarist, 10);
    await append(diarist, path, 0, random(4));
    await expectProblem(append(diarist, path, 3, random(6)), 409, "upload_conflict");
    await expectProblem(append(diarist, path, 5, random(5)), 409, "upload_conflict");
    await expectProblem(append(diarist, path, 4, random(7)), 413, "file_too_large");
    await expectProblem(
      append(diarist, path, 4, random(6), { "content-type": "text/plain" }),
      415,
      "unsupported_media_type",
    );
    await expectProblem(
      append(diarist, path, 4, random(6), { "tus-resumable": "2.0.0" }),
      412,
      "tus_version",
    );
    await expectProblem(
      append(diarist, path, 4, random(6), { "upload-offset": "-1" }),
      400,
      "invalid_upload",
    );
    await expectProblem(
      append(diarist, path, 4, random(6), { "upload-length": "11" }),
      400,
      "invalid_upload",
    );
    await expectProblem(append(diarist, path, 4, new Blob([random(7)]).stream()), 413, "file_too_large");
    expect(await offsetOf(diarist, path)).toBe(4);
    expect((await append(diarist, path, 4, random(6))).status).toBe(204);
  });
});

describe("a chunk", () => {
  test("may be one byte long", async () => {
    const bytes = random(23);
    const path = await begin(diarist, bytes.length);
    for (const [offset, byte] of bytes.entries()) {
      const answer = await append(diarist, path, offset, Uint8Array.of(byte));
      expect(answer.headers.get("upload-offset")).toBe(String(offset + 1));
    }
    expect(await storedHashes(diarist, idOf(path))).toEqual([sha256(bytes), sha256(bytes)]);
  });

  test("may come with the creation, by POST with the method in a header, and with the length told last", async () => {
    const bytes = random(30);
    const created = await tus(
      diarist,
      "POST",
      "/v1/uploads",
      { "upload-defer-length": "1", "content-type": CHUNK },
      { body: bytes.slice(0, 10) },
    );
    const path = String(created.headers.get("location"));
    expect([created.status, created.headers.get("upload-offset")]).toEqual([201, "10"]);
    expect(created.headers.get("upload-defer-length")).toBe("1");
    const override = { "x-http-method-override": "PATCH", "upload-offset": "10", "content-type": CHUNK };
    expect((await tus(diarist, "POST", path, override, { body: bytes.slice(10, 20) })).status).toBe(204);
    await append(diarist, path, 20, bytes.slice(20), { "upload-length": "30" });
    expect(await storedHashes(diarist, idOf(path))).toEqual([sha256(bytes), sha256(bytes)]);
  });

  test.for(["sha1", "sha256", "md5"])(
    "with its %s is kept, with another nothing of it is",
    async (algorithm) => {
      const bytes = random(7 * MIB); // across R2's part
      const path = await begin(diarist, bytes.length + 5);
      await append(diarist, path, 0, random(5));
      const of = (what: Uint8Array) => ({
        "upload-checksum": `${algorithm} ${createHash(algorithm).update(what).digest("base64")}`,
      });
      await expectProblem(append(diarist, path, 5, bytes, of(random(3))), 460, "checksum_mismatch");
      expect(await offsetOf(diarist, path)).toBe(5);
      const kept = await append(diarist, path, 5, bytes, of(bytes));
      expect([kept.status, kept.headers.get("upload-offset")]).toEqual([204, String(bytes.length + 5)]);
    },
  );

  test("with a checksum of another kind or length is refused", async () => {
    const path = await begin(diarist, 5);
    for (const checksum of ["crc32 AAAA", "sha1", "sha1 AAAA", "__proto__ AAAA"]) {
      const sent = append(diarist, path, 0, random(5), { "upload-checksum": checksum });
      await expectProblem(sent, 400, "invalid_upload");
    }
    expect(await offsetOf(diarist, path)).toBe(0);
  });

  test("that comes while another is being written is told to wait, and then fits or conflicts", async () => {
    const bytes = random(20);
    const path = await begin(diarist, bytes.length);
    const slow = heldBody();
    const first = append(diarist, path, 0, slow.stream);
    slow.send(bytes.slice(0, 5));
    await expect
      .poll(
        async () =>
          await diarist.stack.db
            .prepare("SELECT lease_until FROM uploads WHERE id = ?")
            .bind(idOf(path))
            .first("lease_until"),
        { timeout: 20_000 },
      )
      .not.toBeNull();
    await expectProblem(append(diarist, path, 0, bytes), 423, "upload_locked");
    slow.send(bytes.slice(5, 12));
    slow.end();
    expect((await first).headers.get("upload-offset")).toBe("12");
    await expectProblem(append(diarist, path, 0, bytes), 409, "upload_conflict");
    expect((await append(diarist, path, 12, bytes.slice(12))).status).toBe(204);
    expect(await storedHashes(diarist, idOf(path))).toEqual([sha256(bytes), sha256(bytes)]);
  });

  test("takes over from one that hangs once its lease is over; the one that hung changes nothing more", async () => {
    const bytes = random(20);
    const path = await begin(diarist, bytes.length);
    const hanging = heldBody();
    const first = append(diarist, path, 0, hanging.stream);
    hanging.send(random(5));
    await expect
      .poll(
        async () =>
          await diarist.stack.db
            .prepare("SELECT lease_until FROM uploads WHERE id = ?")
            .bind(idOf(path))
            .first("lease_until"),
        { timeout: 20_000 },
      )
      .not.toBeNull();
    await setRow(path, `lease_until = lease_until - ${UPLOAD_LEASE_MS}`);
    expect((await append(diarist, path, 0, bytes)).status).toBe(204);
    hanging.send(random(15));
    hanging.end();
    await expectProblem(first, 423, "upload_locked");
    expect(await storedHashes(diarist, idOf(path))).toEqual([sha256(bytes), sha256(bytes)]);
  });
});

describe("an upload that is whole", () => {
  async function uploaded(meta: Record<string, string> = {}): Promise<string> {
    const path = await begin(diarist, clip.length, {
      "upload-metadata": metadata({ filename: "a talk.wav", filetype: "audio/wav", ...meta }),
    });
    expect((await append(diarist, path, 0, clip)).status).toBe(204);
    return path;
  }

  test("becomes a job once, byte for byte, and the job's deletion takes it along", async () => {
    const path = await uploaded();
    const upload = idOf(path);
    expect(await (await diarist.call(path)).json()).toMatchObject({
      status: "stored",
      sha256: sha256(clip),
      job_id: null,
    });
    const job = await accepted(sendJson(diarist, { upload, reuse: false, tags: ["x"] }));
    await expectTranscript(job.id);
    expect(job).toMatchObject({
      tags: ["x"],
      audio: { filename: "a talk.wav", content_type: "audio/wav", bytes: clip.length, sha256: sha256(clip) },
    });
    const { detail } = await expectProblem(sendJson(diarist, { upload }), 409, "upload_used");
    expect(detail).toContain(job.id);
    await expectProblem(tus(diarist, "DELETE", path), 409, "upload_used");
    const head = await tus(diarist, "HEAD", path);
    expect([head.headers.get("upload-offset"), head.headers.get("diarist-job")]).toEqual([
      String(clip.length),
      job.id,
    ]);
    await diarist.call(`/v1/jobs/${job.id}`, { method: "DELETE" });
    expect(await offsetOf(diarist, path)).toBe(-404);
    expect((await takeInventory(diarist)).objects.filter((key) => key.includes(job.id))).toEqual([]);
  });

  test("becomes a job by itself when it came with options, and says which", async () => {
    const path = await uploaded({ diarist: JSON.stringify({ reuse: false, external_id: "in-one-go" }) });
    const shown = (await (await diarist.call(path)).json()) as { status: string; job_id: string };
    expect(shown.status).toBe("used");
    await expectTranscript(shown.job_id);
  });

  test("is put together by the next request for it, or by the sweep, when its Worker died at the last byte", async () => {
    for (const look of [(path: string) => offsetOf(diarist, path), () => diarist.stack.sweep()]) {
      const path = await begin(diarist, clip.length, { "upload-metadata": metadata({ diarist: "" }) });
      await append(diarist, path, 0, clip.slice(0, 5000));
      // What a Worker leaves that stored the last byte and no more.
      const tail = await diarist.stack.db
        .prepare("SELECT tail FROM uploads WHERE id = ?")
        .bind(idOf(path))
        .first<string>("tail");
      await diarist.stack.bucket.put(String(tail), clip);
      await setRow(path, "offset = bytes, sweep_at = 0");
      await look(path);
      const shown = (await (await diarist.call(path)).json()) as { status: string; sha256: string };
      expect(shown).toMatchObject({ status: "used", sha256: sha256(clip) });
    }
  });

  test("makes no job while it is not: the problem tells how far it is", async () => {
    const path = await begin(diarist, 20);
    await append(diarist, path, 0, random(7));
    const { detail } = await expectProblem(
      sendJson(diarist, { upload: idOf(path) }),
      409,
      "upload_unfinished",
    );
    expect(detail).toContain("7 of 20 bytes");
    await expectProblem(
      sendJson(diarist, { upload: idOf(path), file: "https://a.example/b" }),
      422,
      "invalid_params",
    );
    await expectProblem(sendJson(diarist, { upload: "upl_none" }), 404, "not_found");
  });
});

describe("an upload that is given up", () => {
  const ofUploads = async () =>
    (await takeInventory(diarist)).objects.filter((key) => /source|tail/.test(key));

  test("by its client leaves nothing", async () => {
    const before = await ofUploads();
    const path = await begin(diarist, 20 * MIB);
    await append(diarist, path, 0, random(7 * MIB));
    expect(await ofUploads()).toHaveLength(before.length + 1);
    expect((await tus(diarist, "DELETE", path)).status).toBe(204);
    expect(await offsetOf(diarist, path)).toBe(-404);
    expect(await ofUploads()).toEqual(before);
  });

  test("by time answers 410, says before when that will be, and is swept with all its parts", async () => {
    const before = await ofUploads();
    const path = await begin(diarist, 20 * MIB);
    await append(diarist, path, 0, random(7 * MIB));
    const row = await diarist.stack.db
      .prepare("SELECT * FROM uploads WHERE id = ?")
      .bind(idOf(path))
      .first<{ key: string; multipart: string; expires_at: number }>();
    const head = await tus(diarist, "HEAD", path);
    expect(Date.parse(String(head.headers.get("upload-expires")))).toBe(
      Math.floor(Number(row?.expires_at) / 1000) * 1000,
    );
    await setRow(path, "expires_at = 1, sweep_at = 1");
    expect(await offsetOf(diarist, path)).toBe(-410);
    await expectProblem(append(diarist, path, 7 * MIB, random(5)), 410, "upload_expired");
    await expectProblem(sendJson(diarist, { upload: idOf(path) }), 410, "upload_expired");
    await diarist.stack.sweep();
    expect(await offsetOf(diarist, path)).toBe(-404);
    expect(await ofUploads()).toEqual(before);
    const multipart = diarist.stack.bucket.resumeMultipartUpload(String(row?.key), String(row?.multipart));
    await expect(multipart.uploadPart(2, random(5))).rejects.toThrow(/does not exist/);
  });
});

describe("a direct upload", () => {
  type Begun = { id: string; part_bytes: number; parts: { n: number; bytes: number; url: string }[] };
  const ask = (body: object) =>
    diarist.call("/v1/uploads", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ direct: true, ...body }),
    });
  const complete = (id: string, body: object) =>
    diarist.call(`/v1/uploads/${id}/complete`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  test("puts its parts where AWS's own signer would let it, and becomes a job", async () => {
    const answer = await ask({
      bytes: clip.length,
      filename: "direct.wav",
      content_type: "audio/wav",
      job: { reuse: false },
    });
    expect(answer.status).toBe(201);
    const { id, parts } = (await answer.json()) as Begun;
    const etags = await Promise.all(
      parts.map(async ({ n, url }) => ({ n, etag: (await r2.put(url, clip)).etag })),
    );
    const done = await complete(id, { parts: etags });
    expect(done.status).toBe(204);
    const jobId = String(done.headers.get("diarist-job"));
    expect((await complete(id, { parts: etags })).headers.get("diarist-job")).toBe(jobId);
    await expectTranscript(jobId);
    expect(await (await diarist.call(`/v1/jobs/${jobId}`)).json()).toMatchObject({
      audio: { filename: "direct.wav", bytes: clip.length, sha256: sha256(clip) },
    });
  });

  test("has a URL for each part, which fits no other part and no changed one", async () => {
    const { id, parts, part_bytes } = (await (await ask({ bytes: 150_000_000 })).json()) as Begun;
    expect(parts.map(({ n, bytes }) => [n, bytes])).toEqual([
      [1, part_bytes],
      [2, part_bytes],
      [3, 150_000_000 - 2 * part_bytes],
    ]);
    const url = new URL(parts[0]?.url ?? "");
    url.searchParams.set("partNumber", "2");
    expect((await r2.put(url.href, clip)).status).toBe(403);
    await expectProblem(append(diarist, `/v1/uploads/${id}`, 0, random(5)), 409, "upload_conflict");
    expect((await tus(diarist, "DELETE", `/v1/uploads/${id}`)).status).toBe(204);
  });

  test("has no URL that works once it is given up", async () => {
    const { id, parts } = (await (await ask({ bytes: clip.length })).json()) as Begun;
    expect((await tus(diarist, "DELETE", `/v1/uploads/${id}`)).status).toBe(204);
    expect((await r2.put(parts[0]?.url ?? "", clip)).status).toBe(404);
  });

  test("has URLs that take no more than was declared", async () => {
    const { parts } = (await (await ask({ bytes: 1 })).json()) as Begun;
    expect((await r2.put(parts[0]?.url ?? "", clip)).status).toBe(403);
    expect((await r2.put(parts[0]?.url ?? "", clip.slice(0, 1))).status).toBe(200);
  });

  test("is refused with the digest of other bytes, and taken with its own", async () => {
    const { id, parts } = (await (await ask({ bytes: clip.length })).json()) as Begun;
    const { etag } = await r2.put(parts[0]?.url ?? "", clip);
    const wrong = complete(id, { parts: [{ n: 1, etag }], sha256: sha256(random(5)) });
    await expectProblem(wrong, 460, "checksum_mismatch");
    expect((await complete(id, { parts: [{ n: 1, etag }], sha256: sha256(clip) })).status).toBe(204);
  });

  test("is refused with wrong fields, and with parts that R2 does not know", async () => {
    await expectProblem(ask({ bytes: 0 }), 422, "invalid_params");
    await expectProblem(ask({ bytes: MAX_AUDIO_BYTES + 1 }), 413, "file_too_large");
    await expectProblem(ask({ bytes: 5, job: { x: 1 } }), 422, "invalid_params");
    const { id, parts } = (await (await ask({ bytes: clip.length })).json()) as Begun;
    await expectProblem(complete(id, { parts: [{ n: 1, etag: "none" }] }), 409, "upload_conflict");
    await expectProblem(complete(id, { parts: [] }), 422, "invalid_params");
    expect((await r2.put(parts[0]?.url ?? "", clip.slice(1))).status).toBe(403);
  });
});
