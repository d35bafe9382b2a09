// The official SDK against the stand-in: what a program that works with Together sees here.

import Together, { APIError } from "together-ai";
import { expect, test } from "vitest";
import { hostFiles, MODEL, sendFile, start, TALK_TEXT, talk, talkFile } from "./testing/harness.ts";

type Transcription = Together.Audio.TranscriptionCreateResponse;
type Verbose = Together.Audio.TranscriptionCreateResponse.AudioTranscriptionVerboseJsonResponse;

function verbose(answer: Transcription): Verbose {
  if (!("segments" in answer)) throw new Error(`not verbose: ${JSON.stringify(answer)}`);
  return answer;
}

async function failure(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof APIError) return error;
  throw new Error(`no API error but ${String(error)}`);
}

/** The error object inside the envelope, which the SDK gives as a whole. */
function inner(error: APIError): unknown {
  const body: unknown = error.error;
  return typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
}

test("a binary file comes back as its words", async () => {
  const { client, lastCall } = await start();
  const answer = await client.audio.transcriptions.create({ model: MODEL, file: await talkFile() });
  expect(answer).toEqual({ text: TALK_TEXT });
  expect(lastCall()).toMatchObject({
    outcome: "ok",
    status: 200,
    path: "/v1/audio/transcriptions",
    user_agent: expect.stringMatching(/^Together\/JS /),
    model_before_file: true,
    file: { kind: "binary", filename: "talk.wav", bytes: (await talk()).length },
  });
});

test("a URL file is fetched and comes back as its words", async () => {
  const { client, lastCall } = await start();
  const wav = await talk();
  const host = await hostFiles((_, request, response) => sendFile(wav, request, response));
  const file = host.url("/recordings/talk.wav?signature=x");
  const answer = await client.audio.transcriptions.create({ file, model: MODEL });
  expect(answer).toEqual({ text: TALK_TEXT });
  expect(host.asked).toEqual(["GET /recordings/talk.wav?signature=x"]);
  expect(lastCall()).toMatchObject({
    model_before_file: false,
    file: { kind: "url", url: file, bytes: wav.length },
    fields: [
      { name: "file", value: file },
      { name: "model", value: MODEL },
    ],
  });
});

test("verbose_json with word granularity and diarization has everything, with times from the samples", async () => {
  const { client } = await start({ random: () => 0 });
  const answer = verbose(
    await client.audio.transcriptions.create({
      model: MODEL,
      response_format: "verbose_json",
      language: "auto",
      timestamp_granularities: ["segment", "word"],
      diarize: true,
      file: await talkFile(),
    }),
  );
  expect(answer.language).toBe("en");
  expect(answer.duration).toBeCloseTo(((await talk()).length - 44) / 32_000, 3);
  expect(answer.words?.map(({ word, speaker_id }) => [word, speaker_id])).toEqual([
    ["good", "SPEAKER_00"],
    ["morning", "SPEAKER_00"],
    ["all", "SPEAKER_00"],
    ["hello", "SPEAKER_01"],
    ["where", "SPEAKER_00"],
    ["were", "SPEAKER_00"],
    ["we", "SPEAKER_00"],
  ]);
  expect(answer.speaker_segments?.map(({ id, speaker_id, text }) => [id, speaker_id, text])).toEqual([
    [1, "SPEAKER_00", "good morning all"],
    [2, "SPEAKER_01", "hello"],
    [3, "SPEAKER_00", "where were we"],
  ]);
  const starts = answer.words?.map(({ start }) => start) ?? [];
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
});

test("verbose_json without diarization and words has neither", async () => {
  const { client } = await start();
  const answer = await client.audio.transcriptions.create({
    model: MODEL,
    response_format: "verbose_json",
    file: await talkFile(),
  });
  expect(Object.keys(answer)).toEqual(["language", "duration", "text", "segments"]);
  expect(verbose(answer).segments[0]).toMatchObject({ id: 0, text: TALK_TEXT });
});

test("a translation has the words, English as its language, and no speakers", async () => {
  const { client, lastCall } = await start();
  expect(await client.audio.translations.create({ model: MODEL, file: await talkFile() })).toEqual({
    text: TALK_TEXT,
  });
  const answer = await client.audio.translations.create({
    model: MODEL,
    response_format: "verbose_json",
    language: "de",
    timestamp_granularities: ["segment", "word"],
    file: await talkFile(),
  });
  expect(Object.keys(answer)).toEqual(["language", "duration", "text", "segments", "words"]);
  expect(answer).toMatchObject({ language: "en", text: TALK_TEXT });
  expect(lastCall().path).toBe("/v1/audio/translations");
});

test("a URL file can be translated", async () => {
  const { client } = await start();
  const wav = await talk();
  const host = await hostFiles((_, request, response) => sendFile(wav, request, response));
  const answer = await client.audio.translations.create({ model: MODEL, file: host.url("/talk.wav") });
  expect(answer.text).toBe(TALK_TEXT);
});

test("400 invalid_params arrives as BadRequestError with the slug in error.code", async () => {
  const { client } = await start();
  const request: Together.Audio.TranscriptionCreateParams = {
    model: MODEL,
    temperature: 2,
    file: await talkFile(),
  };
  const error = await failure(client.audio.transcriptions.create(request));
  expect(error).toBeInstanceOf(Together.BadRequestError);
  expect(inner(error)).toEqual({
    message: '`temperature` must be a number from 0 to 1, got "2".',
    type: "invalid_request_error",
    param: null,
    code: "invalid_params",
  });
  const ray = error.headers?.get("cf-ray")?.split("-")[0];
  expect(error.error).toMatchObject({ id: `oStub01-2kFHot-${ray}` });
});

test("a bare Uint8Array, which the SDK takes apart, is told as a missing file", async () => {
  const { client, lastCall } = await start();
  // The SDK's types refuse this; plain JavaScript does not.
  const body: Together.Audio.TranscriptionCreateParams = JSON.parse(`{"model":"${MODEL}","file":[82,73,70]}`);
  const error = await failure(client.audio.transcriptions.create(body));
  expect(inner(error)).toMatchObject({
    code: "invalid_params",
    message: expect.stringContaining("`file` is missing"),
  });
  expect(lastCall().file).toBeNull();
});

test("400 unsupported_format arrives for a file that is no audio", async () => {
  const { client } = await start();
  const file = new File(["this is a text, not a recording"], "talk.wav", { type: "audio/wav" });
  const error = await failure(client.audio.transcriptions.create({ model: MODEL, file }));
  expect(error).toBeInstanceOf(Together.BadRequestError);
  expect(inner(error)).toMatchObject({ code: "unsupported_format" });
});

test("400 audio_too_long arrives just over the limit, and at the limit the words do", async () => {
  const seconds = ((await talk()).length - 44) / 32_000;
  const { client, standIn } = await start({ settings: { limits: { max_seconds: seconds } } });
  const request: Together.Audio.TranscriptionCreateParams = { model: MODEL, file: await talkFile() };
  expect(await client.audio.transcriptions.create(request)).toEqual({ text: TALK_TEXT });
  standIn.configure({ limits: { max_seconds: seconds - 0.01 } });
  const error = await failure(client.audio.transcriptions.create({ ...request, file: await talkFile() }));
  expect(error).toBeInstanceOf(Together.BadRequestError);
  expect(inner(error)).toMatchObject({ code: "audio_too_long" });
});

test("400 file_too_large arrives for a URL over the limit", async () => {
  const { client } = await start({ settings: { limits: { max_url_bytes: 1000 } } });
  const wav = await talk();
  const host = await hostFiles((_, request, response) => sendFile(wav, request, response));
  const error = await failure(
    client.audio.transcriptions.create({ model: MODEL, file: host.url("/talk.wav") }),
  );
  expect(error).toBeInstanceOf(Together.BadRequestError);
  expect(inner(error)).toMatchObject({ code: "file_too_large" });
});

test("401 arrives as AuthenticationError when the key is not on the list", async () => {
  const { client, lastCall } = await start({ apiKeys: ["another-key"] });
  const error = await failure(client.audio.transcriptions.create({ model: MODEL, file: await talkFile() }));
  expect(error).toBeInstanceOf(Together.AuthenticationError);
  expect(inner(error)).toMatchObject({ code: "invalid_api_key" });
  expect(lastCall()).toMatchObject({ status: 401, outcome: "invalid_api_key", authorization: "bearer" });
});

test("404 arrives as NotFoundError for an unknown model, 400 for a dedicated one", async () => {
  const { client } = await start();
  const ask = (model: string) => {
    const request: Together.Audio.TranscriptionCreateParams = JSON.parse(
      JSON.stringify({ model, file: "https://x.test" }),
    );
    return failure(client.audio.transcriptions.create(request));
  };
  const unknown = await ask("acme/whisper-99");
  expect(unknown).toBeInstanceOf(Together.NotFoundError);
  expect(inner(unknown)).toMatchObject({ code: "model_not_available" });
  const dedicated = await ask("deepgram/nova-3-en");
  expect(dedicated).toBeInstanceOf(Together.BadRequestError);
  expect(inner(dedicated)).toMatchObject({ code: "model_not_available" });
});

test("413 arrives as HTML or as JSON, and the SDK has no class for it", async () => {
  const { client, standIn, lastCall } = await start({ settings: { limits: { max_upload_bytes: 1000 } } });
  const html = await failure(client.audio.transcriptions.create({ model: MODEL, file: await talkFile() }));
  expect(html.status).toBe(413);
  expect(html.error).toBeUndefined();
  expect(html.message).toContain("413 Request Entity Too Large");
  expect(lastCall()).toMatchObject({ status: 413, outcome: "request_too_large" });

  standIn.configure({ flags: { request_too_large_shape: "json" } });
  const json = await failure(client.audio.transcriptions.create({ model: MODEL, file: await talkFile() }));
  expect(json.status).toBe(413);
  expect(inner(json)).toMatchObject({ code: "request_too_large" });
});

test("429 arrives as RateLimitError with the header the script gives it", async () => {
  const faults = [{ match: { nth: 1 }, do: { status: 429, headers: { "x-ratelimit-reset": "2.5" } } }];
  const { client } = await start({ settings: { faults } });
  const error = await failure(client.audio.transcriptions.create({ model: MODEL, file: await talkFile() }));
  expect(error).toBeInstanceOf(Together.RateLimitError);
  expect(error.headers?.get("x-ratelimit-reset")).toBe("2.5");
  expect(error.error).toMatchObject({ error_type: "dynamic_request_limited" });
  const answer = await client.audio.transcriptions.create({ model: MODEL, file: await talkFile() });
  expect(answer).toEqual({ text: TALK_TEXT });
});

test("the SDK retries a 429 by itself and is answered", async () => {
  const faults = [{ match: { nth: 1 }, do: { status: 429, headers: { "retry-after-ms": "1" } } }];
  const { client, standIn } = await start({ settings: { faults } });
  const request: Together.Audio.TranscriptionCreateParams = { model: MODEL, file: await talkFile() };
  expect(await client.audio.transcriptions.create(request, { maxRetries: 1 })).toEqual({ text: TALK_TEXT });
  expect(standIn.calls().map(({ outcome }) => outcome)).toEqual(["fault:429", "ok"]);
  expect(standIn.calls()[1]?.headers["x-stainless-retry-count"]).toBe("1");
});

test("500 and 503 arrive as InternalServerError", async () => {
  const faults = [
    { match: { nth: 1 }, do: { status: 500 } },
    { match: { nth: 2 }, do: { status: 503 } },
  ];
  const { client } = await start({ settings: { faults } });
  const failed = await failure(client.audio.transcriptions.create({ model: MODEL, file: await talkFile() }));
  expect(failed).toBeInstanceOf(Together.InternalServerError);
  expect(inner(failed)).toMatchObject({ type: "server_error", code: "processing_failed" });
  const busy = await failure(client.audio.transcriptions.create({ model: MODEL, file: await talkFile() }));
  expect(busy).toBeInstanceOf(Together.InternalServerError);
  expect(busy.status).toBe(503);
});

test("a 200 with HTML comes out of the SDK as a string, not as an error", async () => {
  const { client } = await start({ settings: { faults: [{ do: { kind: "html200" } }] } });
  const answer: unknown = await client.audio.transcriptions.create({ model: MODEL, file: await talkFile() });
  expect(answer).toContain("<html>");
});

test("a dropped connection arrives as APIConnectionError", async () => {
  const { client, lastCall } = await start({ settings: { faults: [{ do: { kind: "drop" } }] } });
  const error = await failure(client.audio.transcriptions.create({ model: MODEL, file: await talkFile() }));
  expect(error).toBeInstanceOf(Together.APIConnectionError);
  expect(lastCall()).toMatchObject({ status: null, outcome: "fault:drop" });
});

test("the speech models are listed with their price per minute", async () => {
  const { client } = await start();
  const models = await client.models.list();
  expect(models.find(({ id }) => id === MODEL)).toMatchObject({
    type: "transcribe",
    pricing: { transcribe: { price_per_minute: 0.0015 } },
  });
});
