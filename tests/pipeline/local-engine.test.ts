// Real words with no account: the local engine behind all three Workers, and a model that comes while they run.

import { mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { freePortWithNext } from "../../dev/local/free-port.ts";
import { runWithModels } from "../../dev/local/run-with-models.ts";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import type { CatalogueEntry } from "../../dev/models/catalogue.ts";
import { readModel } from "../../dev/models/check-model.ts";
import { filesOf } from "../../dev/models/model.ts";
import { close, listen } from "../../dev/stand-in/serve.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { hasEngine } from "../support/engine/has-engine.ts";
import { writeToneModel } from "../support/engine/tone-model.ts";
import { type ToneTurn, toneSpeech } from "../support/engine/tone-speech.ts";
import { writeFloatWav } from "../support/engine/write-float-wav.ts";
import { preparedStack } from "../support/run/prepared.ts";
import { type ShownJob, startDiarist, type TestDiarist } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const MEETING: ToneTurn[] = [
  [0, "good morning all"],
  [1, "hello there"],
  [0, "ship it today"],
];
const NOTHING_SET = { SPEECH_API: "", TOGETHER_API_KEY: "", TOGETHER_BASE_URL: "" };

let folder: string;
let models: string;
let meeting: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "local-engine-"));
  models = join(folder, "models");
  await writeToneModel(join(models, "tone"));
  await writeFloatWav(join(folder, "meeting.wav"), toneSpeech(MEETING).samples);
  meeting = Uint8Array.from(await readFile(join(folder, "meeting.wav")));
});
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(!hasEngine)("with a model", () => {
  let diarist: TestDiarist;
  beforeAll(async () => {
    diarist = await startDiarist({
      vars: { ...NOTHING_SET, SPEECH_API: "local", DIARIST_MODELS: models },
      prepared: await preparedStack(),
    });
  });
  afterAll(() => diarist.close());

  async function hear(query: string) {
    return diarist.finished((await accepted(sendRaw(diarist, meeting, { query }))).id);
  }

  test("a recording comes back with real words and speakers, and says who heard it", async () => {
    const job = await hear("?diarize=true");
    expect(job.result).toMatchObject({
      words: 8,
      language: "en",
      speakers: ["SPEAKER_00", "SPEAKER_01"],
      speech: { api: "local", model: "tone-speech" },
      warnings: [],
    });
    const srt = await (await diarist.call(`/v1/jobs/${job.id}/transcript?format=srt`)).text();
    expect(srt).toMatch(/SPEAKER_0\d: good morning all/);
  });

  test("a language that the model does not know fails the job with what to do", async () => {
    expect((await hear("?language=de")).error).toMatchObject({
      code: "invalid_params",
      message: expect.stringMatching(/does not know the language de.*npm run models -- get large/),
    });
  });

  test("a translation fails the job with what to do", async () => {
    expect((await hear("?task=translate")).error).toMatchObject({
      message: expect.stringMatching(/does not translate/),
    });
  });

  test("recordings that come at once are heard one after another, and none fails", async () => {
    const jobs = await Promise.all(["?language=en", "?temperature=0.1", "?prompt=a"].map(hear));
    expect(jobs.map(({ result }) => result?.words)).toEqual([8, 8, 8]);
  });
});

test("a model that cannot be used is told of, and the stand-in hears", async () => {
  const spoilt = join(folder, "spoilt");
  await writeToneModel(join(spoilt, "tone"));
  await truncate(join(spoilt, "tone", "model.onnx"), 1000);
  const diarist = await startDiarist({
    usesModels: true,
    vars: { ...NOTHING_SET, DIARIST_MODELS: spoilt },
    prepared: await preparedStack(),
  });
  onTestFinished(() => diarist.close());
  expect(diarist.speech.api).toBe("stand-in");
  expect(diarist.engineProblem).toMatch(/model.onnx has 1000 bytes and not \d+: get it again/);
});

test("a deployment's Workers, and tests, have no route to the models", async () => {
  const diarist = await openDiarist();
  onTestFinished(() => diarist.close());
  expect((await diarist.call("/dev/models")).status).toBe(404);
});

describe.skipIf(!hasEngine)("without a model", () => {
  /** A host of the tone model's files, and the catalogue that names it. */
  async function openCatalogue(): Promise<CatalogueEntry[]> {
    const from = join(models, "tone");
    const server = createServer((request, response) => {
      readFile(join(from, request.url?.slice(1) ?? "")).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    const { origin } = await listen(server);
    onTestFinished(() => close(server));
    const model = await readModel(from);
    const downloads = filesOf(model).map((file) => ({ ...file, url: `${origin}/${file.file}` }));
    return [{ name: "tone", title: "Tone speech", downloads, describe: () => model }];
  }

  test("the page's button gets one, and real words are heard without a start by hand", async () => {
    const port = await freePortWithNext();
    const restarts: string[] = [];
    const diarist = await runWithModels({
      port,
      statePath: join(folder, "state"),
      catalogue: await openCatalogue(),
      environment: { DIARIST_MODELS: join(folder, "new") },
      vars: { ...NOTHING_SET, DIARIST_MODELS: join(folder, "new") },
      prepared: await preparedStack(),
      onRestart: (when) => restarts.push(when),
    });
    onTestFinished(() => diarist.close());
    const route = `http://127.0.0.1:${port}/dev/models`;
    const state = async () => (await fetch(route)).json();
    const get = (body: string, headers: Record<string, string> = {}) =>
      fetch(route, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

    expect(await state()).toMatchObject({
      engine: { model: null, problem: expect.stringContaining("npm run models -- get small") },
      models: [{ name: "tone", here: false, languages: ["en"], bytes: expect.any(Number) }],
      download: null,
    });
    expect((await get('{"get":"other"}')).status).toBe(400);
    expect((await get('{"get":"tone"}', { "content-type": "text/plain" })).status).toBe(415);
    expect((await get('{"get":"tone"}', { origin: "https://evil.example.com" })).status).toBe(403);

    const started = await get('{"get":"tone"}');
    expect(started.status).toBe(202);
    expect(await started.json()).toMatchObject({ download: { model: "tone", message: null } });
    await expect
      .poll(() => state().catch(() => null), { interval: 100 })
      .toMatchObject({ engine: { model: "tone-speech", problem: null }, models: [{ here: true }] });
    expect(restarts).toEqual(["before", "after"]);

    const headers = { authorization: `Bearer ${DEV_API_KEY}`, "content-type": "audio/wav" };
    const jobs = `http://127.0.0.1:${port}/v1/jobs`;
    const { id } = (await (await fetch(jobs, { method: "POST", body: meeting, headers })).json()) as ShownJob;
    const job = (await (await fetch(`${jobs}/${id}?wait=60`, { headers })).json()) as ShownJob;
    expect(job.result).toMatchObject({ words: 8, speech: { api: "local" } });
    const transcript = await fetch(`${jobs}/${id}/transcript?format=text`, { headers });
    expect(await transcript.text()).toMatch(/good morning all[\s\S]*hello there[\s\S]*ship it today/);
  });

  test("beside Slack's stand-in, which would forget its threads, it is said what to do", async () => {
    const port = await freePortWithNext();
    const diarist = await runWithModels({
      port,
      slack: {},
      catalogue: await openCatalogue(),
      environment: { DIARIST_MODELS: join(folder, "beside-slack") },
      vars: { ...NOTHING_SET, DIARIST_MODELS: join(folder, "beside-slack") },
      prepared: await preparedStack(),
      onRestart: () => expect.unreachable(),
    });
    onTestFinished(() => diarist.close());
    const route = `http://127.0.0.1:${port}/dev/models`;
    const headers = { "content-type": "application/json" };
    await fetch(route, { method: "POST", body: '{"get":"tone"}', headers });
    await expect
      .poll(async () => (await fetch(route)).json(), { interval: 100 })
      .toMatchObject({
        engine: { model: null },
        models: [{ here: true }],
        download: { status: "done", message: expect.stringMatching(/from the next start on\. Stop Diarist/) },
      });
  });
});
