import { createReadStream, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createOpenAI } from "@ai-sdk/openai";
import { transcribe } from "ai";
import OpenAI, { APIError, AuthenticationError, BadRequestError, toFile } from "openai";
import Together from "together-ai";
import { afterAll, describe, expect, test } from "vitest";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import { createPausableRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { readStrictSrt, readStrictVtt } from "../support/audio/strict-subtitles.ts";
import { eventually } from "../support/eventually.ts";
import { startFileHost } from "../support/stack/file-host.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

/** The clients as they are published; only key and base URL are ours. */
const talk = await record(TALK);
const bytes = await bytesOf(talk);
const words = talk.truth.words.map(({ word }) => word);
const text = words.join(" ");

const recogniser = createPausableRecogniser();
const diarist = await openDiarist({ recognise: recogniser.recognise });
const files = await startFileHost();
afterAll(() => Promise.all([diarist.close(), files.close()]));
const ours = { apiKey: DEV_API_KEY, baseURL: `${diarist.url}/v1` };

const { resolve } = createRequire(import.meta.url);
function versionOf(name: string): string {
  const folder = resolve(name).replace(new RegExp(`(node_modules/${name})/.*`), "$1");
  return JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).version;
}

async function newestJob() {
  const answer = await diarist.call("/v1/jobs?limit=1");
  return ((await answer.json()) as { data: Awaited<ReturnType<typeof diarist.finished>>[] }).data[0];
}

describe(`openai ${versionOf("openai")}`, () => {
  const openai = new OpenAI(ours);
  const file = () => toFile(bytes, "talk.wav", { type: "audio/wav" });

  test("transcribes a file, and the job is there to be read", async () => {
    const answer = await openai.audio.transcriptions.create({ file: await file(), model: "whisper-1" });
    expect(answer.text).toBe(text);
    expect(await newestJob()).toMatchObject({
      status: "completed",
      audio: { filename: "talk.wav" },
      options: { model: "openai/whisper-large-v3", diarize: false, response_format: "json" },
    });
  });

  test("streams a file from disk", async () => {
    const answer = await openai.audio.transcriptions.create({
      file: createReadStream(talk.path),
      model: "gpt-4o-mini-transcribe",
    });
    expect(answer.text).toBe(text);
  });

  test("gets every key of a segment and of a word", async () => {
    const answer = await openai.audio.transcriptions.create({
      file: await file(),
      model: "whisper-1",
      response_format: "verbose_json",
      timestamp_granularities: ["word", "segment"],
    });
    expect(answer).toMatchObject({
      text,
      language: "english",
      duration: expect.closeTo(talk.truth.duration, 2),
    });
    expect(answer.words?.map(({ word }) => word)).toEqual(words);
    for (const segment of answer.segments ?? []) {
      expect(segment).toMatchObject({
        id: expect.any(Number),
        seek: Math.floor(segment.start * 100),
        tokens: [],
        temperature: 0,
        avg_logprob: 0,
        compression_ratio: expect.any(Number),
        no_speech_prob: 0,
      });
    }
    expect(answer.segments?.map((segment) => segment.text.trim()).join(" ")).toBe(text);
  });

  test("gets plain text, and subtitles that a strict reader takes", async () => {
    const ask = async (response_format: "text" | "srt" | "vtt"): Promise<string> =>
      (await openai.audio.transcriptions.create({
        file: await file(),
        model: "whisper-1",
        response_format,
      })) as unknown as string;
    expect(await ask("text")).toBe(text);
    const srt = readStrictSrt(await ask("srt"));
    expect(srt.flatMap((cue) => cue.lines).join(" ")).toBe(text);
    expect(
      readStrictVtt(await ask("vtt"))
        .flatMap((cue) => cue.lines)
        .join(" "),
    ).toBe(text);
  });

  test("hears who speaks, with OpenAI's model for it", async () => {
    const answer = (await openai.audio.transcriptions.create({
      file: await file(),
      model: "gpt-4o-transcribe-diarize",
      response_format: "diarized_json",
      chunking_strategy: "auto",
    })) as unknown as OpenAI.Audio.TranscriptionDiarized; // its own types forget this format
    expect(answer.segments.map(({ speaker, text }) => [speaker, text.trim()])).toEqual([
      ["A", "good morning all"],
      ["B", "hello there"],
      ["A", "where were we yesterday"],
      ["B", "naïve résumé 😀"],
    ]);
    expect(answer.segments[0]).toMatchObject({ type: "transcript.text.segment", id: "seg_0" });
  });

  test("translates", async () => {
    const answer = await openai.audio.translations.create({
      file: await file(),
      model: "whisper-1",
      response_format: "verbose_json",
    });
    expect(answer).toMatchObject({ text: expect.stringContaining("good"), language: "english" });
    expect(await newestJob()).toMatchObject({ task: "translate", options: { diarize: false } });
  });

  test("raises its own errors, and does not send again what cannot succeed", async () => {
    const jobs = async () => (await newestJob())?.id;
    const wrongKey = new OpenAI({ ...ours, apiKey: "wrong" }).audio.transcriptions;
    const refused = wrongKey.create({ file: await file(), model: "whisper-1" });
    await expect(refused).rejects.toThrow(AuthenticationError);
    await expect(refused).rejects.toMatchObject({ code: "invalid_api_key", type: "invalid_request_error" });

    const before = await jobs();
    const hot = openai.audio.transcriptions.create({
      file: await file(),
      model: "whisper-1",
      temperature: 2,
    });
    await expect(hot).rejects.toThrow(BadRequestError);
    await expect(hot).rejects.toMatchObject({ status: 400, param: "temperature", code: "invalid_params" });
    expect(await jobs()).toBe(before);

    const noAudio = openai.audio.transcriptions.create({
      file: await toFile(Buffer.from("no audio at all"), "talk.wav"),
      model: "whisper-1",
    });
    await expect(noAudio).rejects.toMatchObject({ status: 400, code: "unsupported_format" });
  });

  test("pays once for a recording that the speech API fails on", async () => {
    await diarist.control({ faults: [{ do: { status: 500 } }] });
    const before = (await diarist.call("/v1/jobs?limit=100")).json() as Promise<{ data: unknown[] }>;
    const failing = openai.audio.transcriptions.create({
      file: await file(),
      model: "whisper-1",
      prompt: "failing",
    });
    await expect(failing).rejects.toThrow(APIError);
    await expect(failing).rejects.toMatchObject({ status: 500, code: "processing_failed" });
    await diarist.control({ reset: true });
    const after = (await (await diarist.call("/v1/jobs?limit=100")).json()) as { data: unknown[] };
    expect(after.data).toHaveLength((await before).data.length + 1);
  });

  test("leaves a job that goes on when it goes away", async () => {
    const release = recogniser.hold();
    const leaving = new AbortController();
    const request = openai.audio.transcriptions.create(
      { file: await file(), model: "whisper-1", prompt: "leaving" },
      { signal: leaving.signal },
    );
    const left = expect(request).rejects.toThrow(/aborted/);
    await eventually(async () => (await newestJob())?.options.prompt).toBe("leaving");
    leaving.abort();
    await left;
    release();
    expect(await diarist.finished((await newestJob())?.id ?? "")).toMatchObject({ status: "completed" });
  });
});

describe(`together-ai ${versionOf("together-ai")}`, () => {
  const together = new Together(ours);

  test("transcribes with speakers, in the shape of its documentation", async () => {
    const answer = await together.audio.transcriptions.create({
      file: await toFile(bytes, "talk.wav"),
      model: "openai/whisper-large-v3",
      response_format: "verbose_json",
      timestamp_granularities: ["segment", "word"],
      diarize: true,
      language: "en",
    });
    expect(answer).toMatchObject({ text, language: "en", duration: expect.any(Number) });
    if (!("speaker_segments" in answer)) throw new Error("no speakers");
    expect(answer.speaker_segments?.map((segment) => segment.text.trim())).toEqual([
      "good morning all",
      "hello there",
      "where were we yesterday",
      "naïve résumé 😀",
    ]);
    const [first] = answer.speaker_segments ?? [];
    expect(answer.words?.[0]).toMatchObject({ word: "good", speaker_id: first?.speaker_id });
  });

  test("gets the bare text by default", async () => {
    const answer = await together.audio.transcriptions.create({ file: await toFile(bytes, "talk.wav") });
    expect(answer).toEqual({ text });
  });

  test("passes on a URL", async () => {
    const file = files.serveBytes("talk.wav", bytes, "audio/wav");
    const answer = await together.audio.transcriptions.create({ file, language: "auto" });
    expect(answer).toEqual({ text });
    expect(await newestJob()).toMatchObject({ audio: { filename: "talk.wav" } });
  });

  test("translates", async () => {
    const answer = await together.audio.translations.create({
      file: await toFile(bytes, "talk.wav"),
      response_format: "verbose_json",
    });
    expect(answer).toMatchObject({ text: expect.stringContaining("good"), segments: expect.any(Array) });
  });

  test("raises its own errors", async () => {
    const refused = together.audio.transcriptions.create({
      file: await toFile(bytes, "talk.wav"),
      temperature: 3,
    });
    await expect(refused).rejects.toThrow(Together.BadRequestError);
    await expect(refused).rejects.toMatchObject({
      error: { error: { code: "invalid_params", param: "temperature" } },
    });
  });
});

describe(`ai ${versionOf("ai")} with @ai-sdk/openai ${versionOf("@ai-sdk/openai")}`, () => {
  const provider = createOpenAI(ours);
  const hear = (model: string, openai: Record<string, string | string[]> = {}) =>
    transcribe({ model: provider.transcription(model), audio: bytes, providerOptions: { openai } });

  test("transcribes with whisper-1, for which it asks verbose_json", async () => {
    const answer = await hear("whisper-1");
    expect(answer).toMatchObject({
      text,
      language: "en",
      durationInSeconds: expect.closeTo(talk.truth.duration, 2),
    });
    expect(answer.segments.map((segment) => segment.text.trim()).join(" ")).toBe(text);
    expect(answer.segments[0]).toMatchObject({
      startSecond: expect.any(Number),
      endSecond: expect.any(Number),
    });
  });

  test("gets the words' times", async () => {
    const answer = await hear("whisper-1", { timestampGranularities: ["word"] });
    const [first] = talk.truth.words;
    expect(answer).toMatchObject({ words: expect.any(Array) });
    const heard = (answer as unknown as { words: { text: string; startSecond: number }[] }).words;
    expect(heard.map((word) => word.text)).toEqual(words);
    expect(heard[0]?.startSecond).toBeCloseTo(first?.start ?? -1, 1);
  });

  test("transcribes with a model of which it expects plain json", async () => {
    expect(await hear("gpt-4o-transcribe", { prompt: "names" })).toMatchObject({
      text,
    });
  });

  test("transcribes with a model of our own", async () => {
    expect((await hear("openai/whisper-large-v3")).text).toBe(text);
  });

  test("hears who speaks", async () => {
    const answer = await hear("gpt-4o-transcribe-diarize");
    expect(answer.segments.map((segment) => segment.text.trim())).toHaveLength(4);
  });

  test("raises its own error, with ours in it", async () => {
    await expect(hear("whisper-1", { language: "no language" })).rejects.toThrow(/language/);
  });
});
