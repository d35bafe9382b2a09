import { openAsBlob } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import {
  ApiError,
  createDiarist,
  JobFailedError,
  UnreachableError,
  verifyWebhook,
  type WebhookVerificationError,
} from "../../client/index.ts";
import { buildClient } from "../../dev/bundle/build-client.ts";
import { readDocument, writeTypes } from "../../dev/bundle/client-types.ts";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import { ROOT } from "../../dev/root.ts";
import { createPausableRecogniser } from "../support/audio/recogniser.ts";
import { record, TALK } from "../support/audio/recordings.ts";
import { makeWav } from "../support/audio/wav.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const talk = await record(TALK);

const recogniser = createPausableRecogniser();
const diarist = await openDiarist(recogniser);
afterAll(() => diarist.close());
const client = createDiarist({ url: diarist.url, apiKey: DEV_API_KEY });

/** A client whose first requests end as told; the waits between are kept and not waited. */
function flaky(...answers: (Response | Error)[]) {
  const waits: number[] = [];
  let requests = 0;
  const shaky = createDiarist({
    url: diarist.url,
    apiKey: DEV_API_KEY,
    fetch: async (...request) => {
      const answer = answers[requests++] ?? (await fetch(...request));
      if (answer instanceof Error) throw answer;
      return answer;
    },
    pause: async (ms) => void waits.push(ms),
  });
  return { client: shaky, waits, requests: () => requests };
}

const lost = () => new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
const busy = (headers = {}) => new Response(null, { status: 503, headers });

test("the committed types are those of the OpenAPI document", async () => {
  const committed = await readFile(join(ROOT, "client", "api.ts"), "utf8");
  // If not: npm run client-types
  expect(writeTypes(await readDocument())).toBe(committed);
});

describe("transcribe", () => {
  test("sends a recording, tells how it goes, and gives the completed job with its transcript", async () => {
    const sent: [number, number][] = [];
    const statuses: string[] = [];
    const recording = await openAsBlob(talk.path);
    const job = await client.transcribe(recording, {
      filename: "talk.wav",
      tags: ["a", "b"],
      metadata: { week: 47, name: "ä&=" },
      max_speakers: 2,
      onUpload: (...progress) => sent.push(progress),
      onProgress: ({ status }) => statuses.push(status),
    });
    expect(job).toMatchObject({
      status: "completed",
      audio: { filename: "talk.wav", bytes: recording.size },
      tags: ["a", "b"],
      metadata: { week: 47, name: "ä&=" },
      options: { max_speakers: 2, min_speakers: null },
    });
    expect(sent.at(-1)).toEqual([recording.size, recording.size]);
    expect(statuses.at(-1)).toBe("completed");
    expect(await (await client.transcript(job.id, "text")).text()).toMatch(/good morning/i);
    expect(await (await client.transcript(job.id)).json()).toHaveProperty("speaker_segments");
  });

  test("says why there is no transcript", async () => {
    const failing = client.transcribe(new Blob(["no audio"]));
    await expect(failing).rejects.toThrow(JobFailedError);
    await expect(failing).rejects.toMatchObject({ job: { error: { code: "unsupported_format" } } });
  });

  test("stops when its signal is aborted", async () => {
    recogniser.hold();
    const stopping = new AbortController();
    const stopped = client.transcribe(await openAsBlob(talk.path), {
      signal: stopping.signal,
      reuse: false,
      onProgress: () => stopping.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
  });
});

describe("a request", () => {
  test("that is refused throws what was said", async () => {
    const refused = client.api.GET("/v1/jobs/{id}", { params: { path: { id: "job_1" } } });
    await expect(refused).rejects.toThrow(ApiError);
    await expect(refused).rejects.toMatchObject({
      status: 404,
      code: "not_found",
      action: expect.stringMatching(/\w/),
      requestId: expect.stringMatching(/^req_/),
    });
    const wrong = client.submit("https://10.0.0.1/a.mp3");
    await expect(wrong).rejects.toMatchObject({ status: 422, code: "destination_refused" });
  });

  test("that reads is repeated after what passes, ever later and no sooner than asked", async () => {
    const { client: shaky, waits } = flaky(lost(), busy(), busy({ "retry-after": "7" }));
    expect((await shaky.api.GET("/v1/jobs")).data).toHaveProperty("data");
    expect(waits).toEqual([500, 1_000, 7_000]);
  });

  test("is given up after seven tries", async () => {
    const seven = flaky(...Array.from({ length: 7 }, lost));
    const given = seven.client.api.GET("/v1/jobs");
    await expect(given).rejects.toThrow(UnreachableError);
    await expect(given).rejects.toThrow(`${diarist.url} could not be reached: ECONNRESET`);
    const six = flaky(...Array.from({ length: 6 }, lost));
    expect((await six.client.api.GET("/v1/jobs")).response.status).toBe(200);
    expect([seven.requests(), six.requests()]).toEqual([7, 7]);
  });

  test("that makes something is repeated as the same one: when its answer was lost, there is still one job", async () => {
    const recording = await openAsBlob(talk.path);
    const keys = new Set<string | null>();
    const accepted: string[] = [];
    let requests = 0;
    const losing = createDiarist({
      url: diarist.url,
      apiKey: DEV_API_KEY,
      fetch: async (request) => {
        keys.add((request as Request).headers.get("idempotency-key"));
        const answer = await fetch(request);
        accepted.push(((await answer.clone().json()) as { id: string }).id);
        if (++requests < 3) throw lost();
        return answer;
      },
      pause: async () => {},
    });
    const tags = ["sent-three-times"];
    const job = await losing.submit(recording, { tags });
    expect(accepted).toEqual([job.id, job.id, job.id]);
    expect(keys.size).toBe(1);
    const { data } = await client.api.GET("/v1/jobs", { params: { query: { tag: "sent-three-times" } } });
    expect(data?.data.map(({ id }) => id)).toEqual([job.id]);

    const another = await losing.submit(recording, { tags: ["another"] });
    expect(another.id).not.toBe(job.id);
    expect(keys.size).toBe(2);
  });

  test("that makes something takes the caller's own name for it", async () => {
    const idempotencyKey = "meeting-of-monday";
    const recording = await openAsBlob(talk.path);
    const first = await client.submit(recording, { idempotencyKey });
    expect((await client.submit(recording, { idempotencyKey })).id).toBe(first.id);
    const other = client.submit("https://example.com/a.mp3", { idempotencyKey });
    await expect(other).rejects.toMatchObject({ status: 409, code: "idempotency_key_reused" });
  });

  test("whose first try still runs waits for that", async () => {
    const running = Response.json(
      { code: "request_in_progress" },
      { status: 409, headers: { "retry-after": "2" } },
    );
    const { client: patient, waits } = flaky(running);
    expect(await patient.submit(await openAsBlob(talk.path))).toHaveProperty("id");
    expect(waits).toEqual([2_000]);
  });

  test("that changes something is repeated only when the server says that it did nothing", async () => {
    const { id } = await client.submit(await openAsBlob(talk.path));
    const change = (of: typeof client) =>
      of.api.PATCH("/v1/jobs/{id}", { params: { path: { id } }, body: { tags: ["changed"] } });
    const refused = flaky(busy(), new Response(null, { status: 429 }));
    expect((await change(refused.client)).data?.tags).toEqual(["changed"]);
    expect(refused.requests()).toBe(3);
    const broken = flaky(lost());
    await expect(change(broken.client)).rejects.toThrow(UnreachableError);
    expect(broken.requests()).toBe(1);
    const cut = flaky(new Response(null, { status: 502 }));
    await expect(change(cut.client)).rejects.toMatchObject({ status: 502 });
    expect(cut.requests()).toBe(1);
    const open = flaky(Response.json({ code: "storage_unavailable" }, { status: 503 })); // it may have been written
    await expect(change(open.client)).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(open.requests()).toBe(1);
  });

  test("that a proxy answers with a page is an error that says so", async () => {
    const { client: shaky } = flaky(new Response("<html>Sign in</html>", { status: 403 }));
    await expect(shaky.api.GET("/v1/jobs")).rejects.toMatchObject({ status: 403, code: "http_403" });
  });
});

test("an address or a key that cannot be one is refused at once", () => {
  expect(() => createDiarist({ url: "diarist", apiKey: "x" })).toThrow("must be a URL");
  expect(() => createDiarist({ url: "ftp://diarist.example.com", apiKey: "x" })).toThrow("must be a URL");
  expect(() => createDiarist({ url: diarist.url, apiKey: "two words" })).toThrow("no spaces");
  expect(() => createDiarist({ url: diarist.url, apiKey: "" })).toThrow("no spaces");
});

describe("verifyWebhook", () => {
  test("gives the event of a genuine webhook, whichever of the secrets fits, and of no other", async () => {
    const receiver = await diarist.receiver();
    onTestFinished(() => receiver.close());
    const { id } = await client.submit(await openAsBlob(talk.path), { webhook_url: receiver.url });
    const { body, headers } = await receiver.waitFor((request) => request.body.includes(id));
    const { data } = await client.api.GET("/v1/webhooks/secret");
    const secret = data?.secret ?? "";
    const other = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;

    expect(await verifyWebhook(body, headers, secret)).toMatchObject({
      type: "job.completed",
      data: { id, sequence: 2, result: { download_url: expect.stringMatching(/^http/) } },
    });
    expect(await verifyWebhook(Buffer.from(body), new Headers(headers), [other, secret])).toHaveProperty(
      "data",
    );
    const refused = async (...args: Parameters<typeof verifyWebhook>) =>
      verifyWebhook(...args).catch((error: WebhookVerificationError) => error.problem);
    expect(await refused(body.replace("completed", "complete"), headers, secret)).toBe("signature_wrong");
    expect(await refused(body, headers, other)).toBe("signature_wrong");
    const at = Number(headers["webhook-timestamp"]) * 1000;
    expect(await refused(body, headers, secret, at + 301_000)).toBe("too_old");
    expect(await refused(body, headers, secret, at - 301_000)).toBe("too_new");
    expect(await verifyWebhook(body, headers, secret, at + 300_000)).toHaveProperty("type");
    expect(await refused(body, {}, secret)).toBe("headers_missing");
  });
});

test("the bundle runs in a Worker, with nothing of Node", async () => {
  const folder = await mkdtemp(join(tmpdir(), "diarist-client-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await buildClient(folder);
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      modules: [
        {
          type: "ESModule",
          path: "worker.js",
          contents: `import { createDiarist } from "./index.js";
            export default { async fetch(request, { url, apiKey }) {
              const diarist = createDiarist({ url, apiKey });
              const job = await diarist.transcribe(new Blob([await request.arrayBuffer()]), { filename: "w.wav" });
              return new Response(await (await diarist.transcript(job.id, "text")).text());
            } };`,
        },
        { type: "ESModule", path: "index.js", contents: await readFile(join(folder, "index.js"), "utf8") },
      ],
      compatibilityDate: "2026-10-20",
      bindings: { url: diarist.url, apiKey: DEV_API_KEY },
    }),
  );
  onTestFinished(() => worker.dispose());
  const body = new Uint8Array(await readFile(talk.path));
  const answer = await worker.dispatchFetch("http://worker/", { method: "POST", body });
  expect(await answer.text()).toMatch(/good morning/i);
});

const { paths } = await readDocument();
const hasUploads = "/v1/uploads" in paths;

describe.skipIf(!hasUploads)("a large recording", () => {
  test("goes in pieces, and another try goes on where the first was stopped", async () => {
    const recording = new Blob([makeWav(60 * 60)]); // 28.8 MB: more than goes in one request
    const stopping = new AbortController();
    let uploadUrl = "";
    const first = client.submit(recording, {
      filename: "long.wav",
      signal: stopping.signal,
      onResumable: (url) => {
        uploadUrl = url;
      },
      onUpload: () => stopping.abort(new Error("train in tunnel")),
    });
    await expect(first).rejects.toThrow("train in tunnel");
    expect(uploadUrl).toMatch(/\/v1\/uploads\/upl_/);

    const sent: number[] = [];
    const job = await client.submit(recording, {
      filename: "long.wav",
      resume: uploadUrl,
      onUpload: (bytes) => sent.push(bytes),
    });
    expect(job).toMatchObject({ audio: { filename: "long.wav", bytes: recording.size } });
    expect(Math.min(...sent)).toBeGreaterThan(8 * 1024 * 1024);
    expect(sent.at(-1)).toBe(recording.size);
  });

  test("whose beginning was answered in vain is begun once", async () => {
    const begun: string[] = [];
    const losing = createDiarist({
      url: diarist.url,
      apiKey: DEV_API_KEY,
      fetch: async (...request) => {
        const answer = await fetch(...request);
        if (answer.status !== 201) return answer;
        begun.push(answer.headers.get("location") ?? "");
        if (begun.length === 1) throw lost();
        return answer;
      },
    });
    const recording = new Blob([makeWav(60 * 60)]);
    const stopping = new AbortController();
    const sent = losing.submit(recording, { signal: stopping.signal, onUpload: () => stopping.abort() });
    await expect(sent).rejects.toThrow();
    expect(begun).toEqual([begun[0], begun[0]]);
  });
});
