import { afterAll, describe, expect, test } from "vitest";
import { createPausableRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept } from "../support/clients/expect-problem.ts";
import { eventually } from "../support/eventually.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const talk = await bytesOf(await record(TALK));
const recogniser = createPausableRecogniser();
const diarist = await openDiarist({ recognise: recogniser.recognise });
afterAll(() => diarist.close());

const ROUTE = "/v1/audio/transcriptions";

function send(
  fields: Record<string, string> = {},
  key?: string | null,
  file: Uint8Array<ArrayBuffer> = talk,
  headers: Record<string, string> = {},
) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([file], { type: "audio/wav" }), "talk.wav");
  return diarist.call(ROUTE, { method: "POST", body: form, headers }, key);
}

async function expectEnvelope(sent: Promise<Response>, status: number, error: Record<string, unknown>) {
  const response = await sent;
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  expect({ status: response.status, body: await response.json() }).toEqual({
    status,
    body: {
      id: response.headers.get("x-request-id"),
      error: { type: "invalid_request_error", param: null, message: expect.stringMatching(/\w/), ...error },
    },
  });
  return response;
}

describe("a refusal is in the envelope that SDKs read", () => {
  test("without a key, or with a wrong one", async () => {
    await expectNothingKept(diarist, async () => {
      const refused = await expectEnvelope(send({}, null), 401, { code: "invalid_api_key" });
      expect(refused.headers.get("www-authenticate")).toBe("Bearer");
      await expectEnvelope(send({}, "wrong"), 401, { code: "invalid_api_key" });
    });
  });

  test("for what is wrong with a field, behind the file or before it", async () => {
    await expectNothingKept(diarist, async () => {
      const wrong = { code: "invalid_params", param: "response_format" };
      await expectEnvelope(send({ response_format: "docx" }), 400, wrong);
      const typo = { code: "invalid_params", param: "langauge" };
      const refused = await expectEnvelope(send({ langauge: "en" }), 400, typo);
      expect(refused.headers.get("x-should-retry")).toBe("false");
    });
  });

  test("without a recording, with an empty one, with another body", async () => {
    await expectNothingKept(diarist, async () => {
      const form = new FormData();
      form.append("model", "whisper-1");
      const post = (init: RequestInit) => diarist.call(ROUTE, { method: "POST", ...init });
      await expectEnvelope(post({ body: form }), 400, { code: "empty_body" });
      await expectEnvelope(send({}, undefined, new Uint8Array()), 400, { code: "empty_body" });
      const plain = { body: "hello", headers: { "content-type": "text/plain" } };
      await expectEnvelope(post(plain), 415, { code: "unsupported_media_type" });
    });
  });
});

test("the answer names its job, which is read like any other", async () => {
  const response = await send({ model: "whisper-1", tags: "calls" });
  const { text } = (await response.json()) as { text: string };
  const id = response.headers.get("x-job-id") ?? "";
  const job = await diarist.finished(id);
  expect(job).toMatchObject({ status: "completed", tags: ["calls"], options: { diarize: false } });
  const transcript = await diarist.call(`/v1/jobs/${id}/transcript?format=verbose_json`);
  expect(await transcript.json()).toMatchObject({ text, words: expect.any(Array) });
});

test("a recording that fails is refused with the job's own code, and named", async () => {
  const noAudio = new Uint8Array(Buffer.from("no audio at all"));
  const refused = await expectEnvelope(send({}, undefined, noAudio), 400, { code: "unsupported_format" });
  const job = await diarist.finished(refused.headers.get("x-job-id") ?? "");
  expect(job).toMatchObject({ status: "failed", error: { code: "unsupported_format" } });
});

test("the same recording is paid for once in all formats, also while the first is being transcribed", async () => {
  const release = recogniser.hold();
  const calls = (await diarist.calls()).length;
  const first = send({ prompt: "once" });
  const second = send({ prompt: "once", response_format: "srt" });
  await eventually(async () => (await diarist.calls()).length).toBe(calls + 1);
  release();
  const [json, srt] = await Promise.all([first, second]);
  expect([json.status, srt.status]).toEqual([200, 200]);
  expect(srt.headers.get("content-type")).toMatch(/^application\/x-subrip/);
  expect((await send({ prompt: "once", response_format: "verbose_json" })).status).toBe(200);
  expect(await diarist.calls()).toHaveLength(calls + 1);
});

test("a job that is canceled or deleted while the caller waits ends the waiting", async () => {
  const release = recogniser.hold();
  const canceled = send({ prompt: "canceled" });
  const deleted = send({ prompt: "deleted" });
  const find = async (prompt: string) => {
    const { data } = (await (await diarist.call("/v1/jobs?limit=5")).json()) as {
      data: { id: string; options: { prompt: string | null } }[];
    };
    return data.find((job) => job.options.prompt === prompt)?.id;
  };
  await eventually(() => find("canceled")).toBeDefined();
  await eventually(() => find("deleted")).toBeDefined();
  await diarist.call(`/v1/jobs/${await find("canceled")}/cancel`, { method: "POST" });
  await diarist.call(`/v1/jobs/${await find("deleted")}`, { method: "DELETE" });
  await expectEnvelope(canceled, 400, { code: "job_canceled" });
  await expectEnvelope(deleted, 404, { code: "not_found" });
  release();
});

test("speakers come with plain json, too, when they are asked for", async () => {
  const answer = await (await send({ diarize: "true" })).json();
  expect(answer).toMatchObject({ text: expect.any(String), speaker_segments: expect.any(Array) });
});

describe("the same request again, by its Idempotency-Key", () => {
  test.each([
    ["was kept", "SELECT 1"],
    ["was too large to be kept", "UPDATE idempotent_requests SET body = NULL"],
    [
      "was lost with its Worker",
      "UPDATE idempotent_requests SET status = NULL, body = NULL, content = NULL, lease_until = 0",
    ],
  ])("has the same transcript when the first answer %s; another recording is refused", async (why, sql) => {
    const name = { "idempotency-key": why.replaceAll(" ", "-") };
    const ask = (file = talk) =>
      send({ prompt: why, response_format: "srt", tags: name["idempotency-key"] }, undefined, file, name);
    const first = await ask();
    const srt = await first.text();
    expect(srt).toMatch(/-->/);
    await (await ask()).text(); // who waits for the first has seen that its answer is kept
    const calls = await diarist.calls();
    await diarist.stack.db.prepare(sql).run();

    const other = talk.with(talk.length - 1, 1) as Uint8Array<ArrayBuffer>;
    await expectEnvelope(ask(other), 409, { code: "idempotency_key_reused" });
    await diarist.stack.db.prepare(sql).run();

    const again = await ask();
    expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
    expect(again.headers.get("x-job-id")).toBe(first.headers.get("x-job-id"));
    expect(await again.text()).toBe(srt);
    expect(await diarist.calls()).toHaveLength(calls.length);
    const jobs = await diarist.call(`/v1/jobs?tag=${name["idempotency-key"]}`);
    expect((await jobs.json()) as { data: unknown[] }).toMatchObject({ data: [{ status: "completed" }] });
  });
});
