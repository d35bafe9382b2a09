import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Upload } from "tus-js-client";
import { afterAll, describe, expect, test } from "vitest";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { compareWithTruth } from "../support/audio/compare-with-truth.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { append, begin, sendWithTus, sha256, storedHashes } from "../support/clients/tus.ts";
import { createUppy } from "../support/clients/uppy.ts";
import { startCuttingProxy } from "../support/stack/cutting-proxy.ts";
import type { TestDiarist } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const talk = await record(TALK);
const clip = Buffer.from(await bytesOf(talk));
const MIB = 1024 * 1024;

const state = await mkdtemp(join(tmpdir(), "diarist-uploads-"));
const start = (port?: number) =>
  openDiarist({ recognise: createRecogniser(), statePath: state, ...(port ? { port } : {}) });
let diarist: TestDiarist = await start();
const proxy = await startCuttingProxy(diarist.url);
afterAll(async () => {
  await proxy.close();
  await diarist.close();
  await rm(state, { recursive: true, force: true });
});
const endpoint = `${proxy.url}/v1/uploads`;

function idOf(url: string | null): string {
  return String(url?.split("/").at(-1));
}

async function expectTranscript(jobId: string): Promise<void> {
  expect(await diarist.finished(jobId)).toMatchObject({ status: "completed" });
  const answer = await diarist.call(`/v1/jobs/${jobId}/transcript`);
  expect(compareWithTruth((await answer.json()) as Transcript, talk.truth)).toEqual([]);
}

test.for([
  ["a prime number of bytes around R2's part", 13 * MIB + 7, 1_048_583],
  ["chunks larger than a part", 20 * MIB, 7 * MIB + 1],
  ["one chunk, exactly two parts", 12 * MIB, Number.POSITIVE_INFINITY],
  ["one byte more than two parts", 12 * MIB + 1, 12 * MIB],
])("tus-js-client sends %s, byte for byte", async ([, size, chunkSize]) => {
  const bytes = randomBytes(size as number);
  const upload = await sendWithTus(bytes, { endpoint, chunkSize: chunkSize as number });
  expect(await storedHashes(diarist, idOf(upload.url))).toEqual([sha256(bytes), sha256(bytes)]);
});

test("tus-js-client comes through a line that breaks in the middle of every chunk", async () => {
  const bytes = randomBytes(24 * MIB + 5);
  const before = proxy.cuts;
  proxy.cutAfter(5 * MIB);
  const upload = await sendWithTus(bytes, { endpoint, chunkSize: 8 * MIB });
  proxy.cutAfter(null);
  expect(proxy.cuts - before).toBeGreaterThan(3);
  expect(await storedHashes(diarist, idOf(upload.url))).toEqual([sha256(bytes), sha256(bytes)]);
});

test("an upload goes on where it was when the server restarts", async () => {
  const bytes = randomBytes(16 * MIB + 11);
  const url = await new Promise<string>((resolve, reject) => {
    const { port } = new URL(diarist.url);
    let isRestarted = false;
    const sending = sendWithTus(bytes, {
      endpoint,
      chunkSize: 5 * MIB,
      async onAfterResponse(request) {
        if (request.getMethod() !== "PATCH" || isRestarted) return;
        isRestarted = true;
        await diarist.close();
        diarist = await start(Number(port));
      },
    });
    sending.then((upload) => resolve(String(upload.url)), reject);
  });
  expect(await storedHashes(diarist, idOf(url))).toEqual([sha256(bytes), sha256(bytes)]);
});

describe("tus-js-client understands", () => {
  /** Begins an upload and stops behind its first chunk; the rest goes on at `url`. */
  async function begun(bytes: Buffer): Promise<string> {
    const path = await begin(diarist, bytes.length);
    await append(diarist, path, 0, new Uint8Array(bytes.subarray(0, 1000)));
    return diarist.url + path;
  }

  async function resume(bytes: Buffer, uploadUrl: string, headers = {}, meddle = async () => {}) {
    const answers: string[] = [];
    const sent = await sendWithTus(bytes, {
      endpoint: `${diarist.url}/v1/uploads`,
      uploadUrl,
      headers,
      onAfterResponse: async (request, response) => {
        answers.push(`${request.getMethod()} ${response.getStatus()}`);
        await meddle();
        if (response.getStatus() === 423) await setRow(uploadUrl, "lease_until = NULL");
      },
    }).catch((error: Error) => error);
    return { sent, answers };
  }

  async function setRow(url: string, set: string): Promise<void> {
    await diarist.stack.db.prepare(`UPDATE uploads SET ${set} WHERE id = ?`).bind(idOf(url)).run();
  }

  test("423: it waits, asks for the offset again and goes on", async () => {
    const bytes = randomBytes(3000);
    const url = await begun(bytes);
    await setRow(url, `lease_until = ${Date.now() + 3_600_000}`);
    const { answers } = await resume(bytes, url);
    expect(answers).toEqual(["HEAD 200", "PATCH 423", "HEAD 200", "PATCH 204"]);
    expect(await storedHashes(diarist, idOf(url))).toEqual([sha256(bytes), sha256(bytes)]);
  });

  test("409: it asks for the offset again and goes on from there", async () => {
    const bytes = randomBytes(3000);
    const url = await begun(bytes);
    let isOvertaken = false;
    const overtake = async () => {
      if (isOvertaken) return;
      isOvertaken = true;
      await append(diarist, new URL(url).pathname, 1000, new Uint8Array(bytes.subarray(1000, 1500)));
    };
    const { answers } = await resume(bytes, url, {}, overtake);
    expect(answers).toEqual(["HEAD 200", "PATCH 409", "HEAD 200", "PATCH 204"]);
    expect(await storedHashes(diarist, idOf(url))).toEqual([sha256(bytes), sha256(bytes)]);
  });

  test("410: it begins a new upload", async () => {
    const bytes = randomBytes(3000);
    const url = await begun(bytes);
    await setRow(url, "expires_at = 1");
    const { sent, answers } = await resume(bytes, url);
    expect(answers).toEqual(["HEAD 410", "POST 201", "PATCH 204"]);
    expect((sent as Upload).url).not.toBe(url);
  });

  test("412: it gives up at once and says so", async () => {
    const bytes = randomBytes(3000);
    const { sent, answers } = await resume(bytes, await begun(bytes), { "Tus-Resumable": "0.2.2" });
    expect(answers.every((answer) => answer.endsWith("412"))).toBe(true);
    expect(answers.length).toBeLessThan(3);
    expect(sent).toBeInstanceOf(Error);
  });
});

test("a recording becomes a job in one go, which its last answer names", async () => {
  let jobId: string | undefined;
  await sendWithTus(clip, {
    endpoint,
    chunkSize: 50_001,
    metadata: {
      filename: "stand up é.wav",
      filetype: "audio/wav",
      diarist: JSON.stringify({ external_id: "tus-1", reuse: false }),
    },
    onAfterResponse: (_, response) => {
      jobId = response.getHeader("Diarist-Job") ?? jobId;
    },
  });
  await expectTranscript(String(jobId));
  expect(await (await diarist.call(`/v1/jobs/${jobId}`)).json()).toMatchObject({
    external_id: "tus-1",
    audio: {
      filename: "stand up é.wav",
      content_type: "audio/wav",
      bytes: clip.length,
      sha256: sha256(clip),
    },
  });
});

test("Uppy's tus plugin sends a file, and makes a job of it by its id", async () => {
  const uppy = await createUppy({ endpoint, chunkSize: 60_000 });
  uppy.addFile({
    name: "uppy.wav",
    type: "audio/wav",
    data: Object.assign(Buffer.from(clip), { size: clip.length }),
  });
  const result = await uppy.upload();
  expect(result.failed).toEqual([]);
  const upload = idOf(result.successful[0]?.uploadURL ?? null);
  const answer = await diarist.call("/v1/jobs", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ upload, reuse: false }),
  });
  expect(answer.status).toBe(202);
  const job = (await answer.json()) as { id: string; audio: object };
  expect(job.audio).toMatchObject({ filename: "uppy.wav", content_type: "audio/wav" });
  await expectTranscript(job.id);
});
