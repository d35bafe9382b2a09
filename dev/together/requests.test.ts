// Requests written byte by byte: encodings, the order of checks, headers, and what is put on record.

import { expect, test } from "vitest";
import {
  MODEL,
  type RawPart,
  type Started,
  sendExactly,
  start,
  TALK_TEXT,
  talk,
  writeForm,
} from "./testing/harness.ts";

async function send({ url }: Pick<Started, "url">, parts: RawPart[], headers: Record<string, string> = {}) {
  const form = writeForm(parts);
  const answer = await sendExactly(new URL("/v1/audio/transcriptions", url), {
    headers: { ...form.headers, ...headers },
    body: form.body,
  });
  return { ...answer, json: (): Record<string, unknown> => JSON.parse(answer.body) };
}

async function filePart(): Promise<RawPart> {
  return { name: "file", value: await talk(), filename: "talk.wav", type: "audio/wav" };
}

const VERBOSE: RawPart = { name: "response_format", value: "verbose_json" };

async function keysFor(parts: RawPart[]): Promise<string[]> {
  const answer = await send(await start(), [VERBOSE, ...parts, await filePart()]);
  return Object.keys(answer.json());
}

const WITH_WORDS = ["language", "duration", "text", "segments", "words"];

test("granularities sent bare are understood", async () => {
  expect(await keysFor([{ name: "timestamp_granularities", value: "word" }])).toEqual(WITH_WORDS);
});

test("granularities sent as a repeated bare name are understood", async () => {
  const parts = ["segment", "word"].map((value) => ({ name: "timestamp_granularities", value }));
  expect(await keysFor(parts)).toEqual(WITH_WORDS);
});

test("granularities sent with brackets are understood", async () => {
  const parts = ["segment", "word"].map((value) => ({ name: "timestamp_granularities[]", value }));
  expect(await keysFor(parts)).toEqual(WITH_WORDS);
});

test("granularities sent with indices are understood", async () => {
  const parts = ["segment", "word"].map((value, index) => ({
    name: `timestamp_granularities[${index}]`,
    value,
  }));
  expect(await keysFor(parts)).toEqual(WITH_WORDS);
});

test("granularities sent as a comma list are understood", async () => {
  expect(await keysFor([{ name: "timestamp_granularities", value: "segment,word" }])).toEqual(WITH_WORDS);
});

test("Python's True diarizes, and unknown fields change nothing", async () => {
  const parts = [
    { name: "diarize", value: "True" },
    { name: "diarization_model", value: "pyannote" },
    { name: "chunk", value: "1", filename: "chunk.bin" },
  ];
  expect(await keysFor(parts)).toEqual(["language", "duration", "text", "segments", "speaker_segments"]);
});

test("the model may come behind the file, and both orders are on record", async () => {
  const started = await start();
  const model: RawPart = { name: "model", value: MODEL };
  expect((await send(started, [await filePart(), model])).json()).toEqual({ text: TALK_TEXT });
  expect(started.lastCall()).toMatchObject({
    model_before_file: false,
    fields: [
      { name: "file", filename: "talk.wav", content_type: "audio/wav", bytes: (await talk()).length },
      { name: "model", value: MODEL },
    ],
  });
  await send(started, [model, await filePart()]);
  expect(started.lastCall().model_before_file).toBe(true);
  await send(started, [await filePart()]);
  expect(started.lastCall().model_before_file).toBeNull();
});

test("a 200 carries the edge's headers and no rate limit", async () => {
  const answer = await send(await start(), [await filePart()]);
  expect(answer.headers).toMatchObject({
    server: "cloudflare",
    "cf-ray": expect.stringMatching(/^[0-9a-f]{16}-[A-Z]{3}$/),
    "x-api-received": expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    "content-type": "application/json; charset=utf-8",
  });
  expect(
    Object.keys(answer.headers).filter((name) => /ratelimit|tokenlimit|retry-after|stand-in/.test(name)),
  ).toEqual([]);
});

test("each check comes before the next: key, size, form, model, fields, audio", async () => {
  const started = await start({ settings: { limits: { max_upload_bytes: 2000 } } });
  const big: RawPart = { name: "prompt", value: "x".repeat(2000) };
  const parts: RawPart[] = [
    { name: "model", value: "acme/none" },
    { name: "temperature", value: "9" },
    { name: "file", value: "not audio", filename: "a.wav" },
  ];
  const slug = async (sent: RawPart[], headers = {}) => {
    await send(started, sent, headers);
    return started.lastCall().outcome;
  };
  expect(await slug([big, ...parts], { authorization: "" })).toBe("missing_api_key");
  expect(await slug([big, ...parts], { authorization: "Basic abc" })).toBe("invalid_api_key");
  expect(await slug([big, ...parts], { "content-type": "text/plain" })).toBe("request_too_large");
  expect(await slug(parts, { "content-type": "text/plain" })).toBe("invalid_params");
  expect(await slug(parts)).toBe("model_not_available");
  expect(await slug(parts.slice(1))).toBe("invalid_params");
  expect(started.lastCall().message).toContain("`temperature`");
  expect(await slug(parts.slice(2))).toBe("unsupported_format");
  expect(await slug([{ name: "model", value: MODEL }])).toBe("invalid_params");
  expect(started.lastCall().message).toContain("`file` is missing");
});

test("a body of exactly the limit passes and one byte more is refused, with a length and without", async () => {
  const parts = [await filePart()];
  const { body, headers } = writeForm(parts);
  const { "content-length": _, ...chunked } = headers;
  const started = await start({ settings: { limits: { max_upload_bytes: body.length } } });
  const url = new URL("/v1/audio/transcriptions", started.url);
  expect((await sendExactly(url, { headers, body })).status).toBe(200);
  expect(
    (await sendExactly(url, { headers: { ...chunked, "transfer-encoding": "chunked" }, body })).status,
  ).toBe(200);
  expect(started.lastCall()).toMatchObject({ body_bytes: body.length });

  started.standIn.configure({ limits: { max_upload_bytes: body.length - 1 } });
  const refused = await sendExactly(url, { headers, body });
  expect(refused.status).toBe(413);
  expect(refused.headers["content-type"]).toBe("text/html");
  expect(refused.body).toContain("<title>413 Request Entity Too Large</title>");
  expect(
    (await sendExactly(url, { headers: { ...chunked, "transfer-encoding": "chunked" }, body })).status,
  ).toBe(413);
});

test("an upload that is broken off before its closing boundary is refused", async () => {
  const started = await start();
  const { body, headers } = writeForm([await filePart()]);
  const cut = body.subarray(0, body.length - 10);
  const answer = await sendExactly(new URL("/v1/audio/transcriptions", started.url), {
    headers: { ...headers, "content-length": String(cut.length) },
    body: cut,
  });
  expect(answer.status).toBe(400);
  expect(started.lastCall().message).toContain("closing boundary");
});

test("a request without User-Agent passes, or is turned away like a bot under the flag", async () => {
  const started = await start();
  const { body, headers } = writeForm([await filePart()]);
  const { "user-agent": _, ...bare } = headers;
  const url = new URL("/v1/audio/transcriptions", started.url);
  expect((await sendExactly(url, { headers: bare, body })).status).toBe(200);
  expect(started.lastCall().user_agent).toBeNull();

  started.standIn.configure({ flags: { require_user_agent: true } });
  const refused = await sendExactly(url, { headers: bare, body });
  expect(refused).toMatchObject({ status: 403, body: "error code: 1010" });
  expect(refused.headers["content-type"]).toMatch(/^text\/plain/);
  expect(started.lastCall()).toMatchObject({ status: 403, outcome: "missing_user_agent" });
  expect((await sendExactly(url, { headers, body })).status).toBe(200);
});

test("speakers are named afresh for every request", async () => {
  const turns = [0, 0, 0.99];
  const started = await start({ random: () => turns.shift() ?? 0 });
  const names = async () => {
    const parts = [VERBOSE, { name: "diarize", value: "true" }, await filePart()];
    const body = (await send(started, parts)).body;
    return [...body.matchAll(/"id":\d,"speaker_id":"(SPEAKER_\d\d)"/g)].map((match) => match[1]);
  };
  expect(await names()).toEqual(["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"]);
  expect(await names()).toEqual(["SPEAKER_01", "SPEAKER_00", "SPEAKER_01"]);
});

test("silence is answered with an empty text and the header that says nothing was marked", async () => {
  const wav = Buffer.from(await talk());
  wav.fill(0, 44);
  const answer = await send(await start(), [VERBOSE, { name: "file", value: wav, filename: "silence.wav" }]);
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({ text: "", segments: [] });
  expect(answer.headers["x-stand-in"]).toBe("unmarked-audio");
});

test("an empty file is an unsupported format", async () => {
  const answer = await send(await start(), [{ name: "file", value: "", filename: "empty.wav" }]);
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({ error: { code: "unsupported_format" } });
});

test("a container that is not on the list is an unsupported format", async () => {
  const started = await start({ settings: { flags: { accepted_containers: ["mp3"] } } });
  expect((await send(started, [await filePart()])).json()).toMatchObject({
    error: { code: "unsupported_format" },
  });
});

test("an error of the stand-in itself is a 500 that says so on record", async () => {
  const started = await start({ recognise: () => Promise.reject(new Error("out of ideas")) });
  expect((await send(started, [await filePart()])).json()).toMatchObject({
    error: { code: "processing_failed" },
  });
  expect(started.lastCall()).toMatchObject({
    outcome: "internal_error",
    message: "Internal error: Error: out of ideas",
  });
});

test("GET /v1/models with a bad key answers the bare error of the real one", async () => {
  const { url } = await start();
  const answer = await sendExactly(new URL("/v1/models", url), { method: "GET" });
  expect(answer.status).toBe(401);
  expect(JSON.parse(answer.body)).toEqual({ error: { message: "Unauthorized" } });
});

test("an unknown route is 404 and on record", async () => {
  const { url, lastCall } = await start();
  const answer = await sendExactly(new URL("/v1/audio/speech", url), {
    headers: { authorization: "Bearer k" },
  });
  expect(answer.status).toBe(404);
  expect(lastCall()).toMatchObject({ method: "POST", path: "/v1/audio/speech", outcome: "not_found" });
});
