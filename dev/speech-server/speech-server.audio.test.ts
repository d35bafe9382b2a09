import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import Together from "together-ai";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { hasEngine } from "../../tests/support/engine/has-engine.ts";
import { writeToneModel } from "../../tests/support/engine/tone-model.ts";
import { type ToneTurn, toneSpeech } from "../../tests/support/engine/tone-speech.ts";
import { makeAudio } from "../make-audio.ts";
import { writeWav } from "../marker-speech/write-wav.ts";
import { listen } from "../recognise/listen.ts";
import { createTogetherStandIn, type TogetherStandIn } from "../together/server.ts";
import { type OpenedEngine, openEngine } from "./open-engine.ts";
import { recogniseWithEngine } from "./recognise-with-engine.ts";

const MEETING: ToneTurn[] = [
  [0, "good morning all"],
  [1, "hello there"],
  [0, "ship it today"],
];
const SAID = "good morning all hello there ship it today";
const MODEL = "tone-speech";

let folder: string;
let opened: OpenedEngine;
let server: TogetherStandIn;
let openai: OpenAI;
let together: Together;
let meeting: File;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "speech-server-"));
  await writeToneModel(join(folder, "models", "tone"));
  const { samples } = toneSpeech(MEETING);
  await writeWav(join(folder, "meeting.wav"), 16_000, samples.length, [samples]);
  meeting = new File([await readFile(join(folder, "meeting.wav"))], "meeting.wav");
  opened = await openEngine({ environment: { DIARIST_MODELS: join(folder, "models") } });
  if (!opened.engine) return;
  server = createTogetherStandIn({
    recognise: recogniseWithEngine(opened.engine, listen),
    maxParallel: Number.POSITIVE_INFINITY,
    engineModel: opened.engine.model,
  });
  const baseURL = new URL("v1", await server.listen(0)).href;
  openai = new OpenAI({ apiKey: "any", baseURL, maxRetries: 0 });
  together = new Together({ apiKey: "any", baseURL, maxRetries: 0 });
});
afterAll(async () => {
  await server?.close();
  await opened.engine?.close();
  await rm(folder, { recursive: true });
});

describe.skipIf(!hasEngine)("with the local engine", () => {
  test("Together's client gets words, speakers and the language", async () => {
    const answer = await together.audio.transcriptions.create({
      file: meeting,
      response_format: "verbose_json",
      timestamp_granularities: ["word", "segment"],
      diarize: true,
    });
    expect(answer).toMatchObject({ text: SAID, language: "en" });
    const { words, speaker_segments: turns } = JSON.parse(JSON.stringify(answer));
    expect(words).toHaveLength(8);
    expect(new Set(turns.map(({ speaker_id }: { speaker_id: string }) => speaker_id)).size).toBe(2);
    expect(turns).toHaveLength(3);
  });

  test("the answer is not taken for the stand-in's", async () => {
    const response = await together.audio.transcriptions.create({ file: meeting }).asResponse();
    expect(response.headers.get("x-stand-in")).toBeNull();
    expect(await response.json()).toEqual({ text: SAID });
  });

  test("OpenAI's client gets each of its formats, whatever the model is called there", async () => {
    const ask = (response_format: "json" | "text" | "srt" | "vtt") =>
      openai.audio.transcriptions.create({ file: meeting, model: "whisper-1", response_format });
    expect(await ask("json")).toEqual({ text: SAID });
    expect(await ask("text")).toBe(`${SAID}\n`);
    expect(await ask("srt")).toMatch(/^1\n00:00:00,\d{3} --> .*\ngood morning all/);
    expect(await ask("vtt")).toMatch(/^WEBVTT\n/);
  });

  test("each client finds the model", async () => {
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual([MODEL]);
    expect(JSON.parse(JSON.stringify(await together.models.list()))).toMatchObject([{ id: MODEL }]);
  });

  test("marker speech is heard first, also in another language and translated", async () => {
    const path = join(folder, "marked.wav");
    await makeAudio("A: hello hello\n", path);
    const file = new File([await readFile(path)], "marked.wav");
    const answer = await together.audio.translations.create({ file, language: "de" });
    expect(answer).toEqual({ text: "hello hello" });
  });

  test("a language that the model does not know is refused with what to do", async () => {
    const asked = together.audio.transcriptions.create({ file: meeting, language: "de" });
    await expect(asked).rejects.toMatchObject({
      status: 400,
      error: {
        error: {
          code: "invalid_params",
          message: expect.stringMatching(
            /does not know the language de, only en: .*npm run models -- get large/,
          ),
        },
      },
    });
  });

  test("a translation is refused with what to do", async () => {
    await expect(together.audio.translations.create({ file: meeting })).rejects.toThrow(/does not translate/);
  });

  test("a second recording is told when to come again, and is heard then", async () => {
    const both = await Promise.all(
      [1, 2].map(() =>
        together.audio.transcriptions
          .create({ file: meeting })
          .asResponse()
          .then(
            ({ status }) => status,
            ({ status, headers }) => [status, Number(headers.get("retry-after")) > 0],
          ),
      ),
    );
    expect(both).toContain(200);
    expect(both).toContainEqual([429, true]);
    expect(await together.audio.transcriptions.create({ file: meeting })).toEqual({ text: SAID });
  });

  test("a recording over which the engine's process dies is one 500, and the server goes on", async () => {
    const heard = together.audio.transcriptions.create({ file: meeting });
    const refused = expect(heard).rejects.toMatchObject({ status: 500 });
    await expect.poll(() => opened.engine?.isBusy(), { interval: 5 }).toBe(true);
    process.kill(opened.engine?.pid() ?? 0, "SIGKILL");
    await refused;
    expect(await together.audio.transcriptions.create({ file: meeting })).toEqual({ text: SAID });
  });
});

describe("without a model", () => {
  test("says how to get one", async () => {
    const { engine, problem } = await openEngine({ environment: { DIARIST_MODELS: join(folder, "none") } });
    expect(engine).toBeNull();
    expect(problem).toMatch(/There are no models in .*none: npm run models -- get small/);
  });

  test("of the name that is asked for, says so", async () => {
    const environment = { DIARIST_MODELS: join(folder, "models") };
    const { problem } = await openEngine({ wanted: "large", environment });
    expect(problem).toMatch(/There is no model "large"/);
  });

  test.skipIf(!hasEngine)("finds it by the folder's name", async () => {
    const environment = { DIARIST_MODELS: join(folder, "models") };
    const { engine } = await openEngine({ wanted: "tone", environment });
    onTestFinished(() => engine?.close());
    expect(engine?.model).toBe(MODEL);
  });
});
