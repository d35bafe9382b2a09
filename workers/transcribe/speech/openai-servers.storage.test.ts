import { describe, expect, test } from "vitest";
import type { Job } from "../../../shared/job.ts";
import type { Provider } from "../../../shared/speech/provider.ts";
import type { NewJob } from "../../../shared/storage/jobs.ts";
import { learn } from "../../../shared/storage/providers.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import {
  fireworks,
  gptTranscribe,
  groq,
  KEY,
  MAX_FILE_BYTES,
  speaches,
  vllm,
  whisper1,
  whisperCpp,
} from "../../../tests/support/speech-servers/dialects.ts";
import {
  createStrictServer,
  type Dialect,
  type StrictServer,
} from "../../../tests/support/speech-servers/strict-server.ts";
import { OPTIONS } from "../../../tests/support/stack/jobs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { readTranscript } from "../../../tests/support/stack/stored.ts";
import {
  hear,
  insertLongJob,
  keepAudioInMemory,
  rangeOf,
  rangeOfUrl,
  talkFor,
  wordsOf,
} from "../../../tests/support/workers/long-job.ts";
import { finish, ledgerOf, makeDeps, type TestDeps } from "../../../tests/support/workers/transcribe-deps.ts";

const storage = await useStorage();
const bucket = keepAudioInMemory(storage.bucket);
const { db } = storage;

const BASE = "https://speech.example.com/v1";
const short = talkFor(1);
const ninety = talkFor(90);

/** Each knows these of what a job may ask. */
const SERVERS: [name: string, dialect: Dialect, knows: { words: boolean; translates: boolean }][] = [
  ["OpenAI's whisper-1", whisper1, { words: true, translates: true }],
  ["OpenAI's gpt-transcribe", gptTranscribe, { words: false, translates: false }],
  ["Groq", groq, { words: true, translates: true }],
  ["vLLM", vllm, { words: false, translates: true }],
  ["Speaches", speaches, { words: true, translates: true }],
  ["Fireworks", fireworks, { words: true, translates: true }],
  ["whisper.cpp", whisperCpp, { words: true, translates: false }],
];

type Stage = { deps: TestDeps; server: StrictServer; run(change?: Partial<NewJob>): Promise<Job> };

function setStage(dialect: Dialect, recording = short): Stage {
  const server = createStrictServer(dialect, async (file) => {
    const range = typeof file === "string" ? await rangeOfUrl(db, recording, file) : rangeOf(file);
    return hear(recording, range, { isDiarized: false });
  });
  const { model, takesUrl = false } = dialect.settings;
  const provider: Provider = `openai ${BASE} ${model}`;
  const upstream = { provider, apiKey: KEY, model, takesUrl, maxBodyBytes: MAX_FILE_BYTES };
  const deps = makeDeps({ db, bucket }, { fetch: server.fetch, upstream });
  deps.config.partSeconds = null;
  return {
    deps,
    server,
    async run(change) {
      const { id } = await insertLongJob(db, bucket, recording, change);
      return finish(deps, id);
    },
  };
}

async function transcriptOf(job: Job): Promise<Transcript> {
  return JSON.parse(await readTranscript(db, job)) as Transcript;
}

/** How many were said and not heard, wherever. */
function missingWords(heard: string[], said: string[]): number {
  const left = new Map<string, number>();
  for (const word of heard) left.set(word, (left.get(word) ?? 0) + 1);
  return said.filter((word) => {
    const count = left.get(word) ?? 0;
    left.set(word, count - 1);
    return count <= 0;
  }).length;
}

describe.each(SERVERS)("%s", (_, dialect, knows) => {
  test("hears a short recording at the first call that it takes", async () => {
    const { server, run } = setStage(dialect);
    const job = await run({ options: { ...OPTIONS, diarize: true } });
    const warnings = knows.words
      ? ["speakers_not_available"]
      : ["speakers_not_available", "words_not_available"];
    expect(job).toMatchObject({ status: "completed", failures: 0 });
    expect(job.result?.speech).toEqual({ api: "openai", model: dialect.settings.model });
    expect(job.result?.warnings.map(({ code }) => code)).toEqual(warnings);
    expect((await transcriptOf(job)).words.map(({ word }) => word)).toEqual(wordsOf(short));
    expect(server.requests.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(server.requests.at(-1)?.fields).not.toHaveProperty("diarize");
    expect(server.requests.at(-1)?.fields).not.toHaveProperty("language");
  });

  test("is told the language in its code", async () => {
    const { server, run } = setStage(dialect);
    const job = await run({ options: { ...OPTIONS, language: "de" } });
    expect(job).toMatchObject({ status: "completed" });
    expect(server.requests.at(-1)).toMatchObject({ fields: { language: "de" } });
  });

  test("hears 90 minutes in parts that it takes", async () => {
    const { server, run } = setStage(dialect, ninety);
    const job = await run();
    expect(job).toMatchObject({ status: "completed" });
    expect(job.partsDone).toBeGreaterThan(2);
    const heard = (await transcriptOf(job)).words.map(({ word }) => word);
    if (knows.words) expect(heard).toEqual(wordsOf(ninety));
    else expect(missingWords(heard, wordsOf(ninety)) / 3_600).toBeLessThan(0.005); // lost where parts meet
    expect(server.requests.filter(({ status }) => status !== 200).length).toBeLessThanOrEqual(1);
  });

  test(`${knows.translates ? "translates" : "says that it cannot translate"}`, async () => {
    const { run } = setStage(dialect);
    const job = await run({ task: "translate", options: { ...OPTIONS, diarize: true } });
    if (knows.translates) expect(job).toMatchObject({ status: "completed", result: { speakers: [] } });
    else expect(job).toMatchObject({ status: "failed", error: { code: "invalid_params" } });
  });

  test("is asked for shorter parts when a body is too large for it after all", async () => {
    const { deps, server, run } = setStage(dialect, ninety);
    deps.config.upstream.maxBodyBytes = 100_000_000;
    deps.config.upstream.takesUrl = false;
    deps.config.partSeconds = 85 * 60;
    const job = await run();
    expect(job).toMatchObject({ status: "completed" });
    expect(server.requests[0]?.status).not.toBe(200);
    if (knows.words) {
      expect((await transcriptOf(job)).words.map(({ word }) => word)).toEqual(wordsOf(ninety));
    }
  });

  test("is waited for as long as it asks", async () => {
    const { deps, server, run } = setStage(dialect);
    const before = deps.time;
    const message = {
      error: { message: "Rate limit reached", type: "requests", code: "rate_limit_exceeded" },
    };
    server.meet(() => Response.json(message, { status: 429, headers: { "retry-after": "30" } }));
    expect(await run()).toMatchObject({ status: "completed", failures: 0 });
    expect(deps.time - before).toBeGreaterThanOrEqual(30_000);
  });

  test("is asked once more after a 500", async () => {
    const { deps, server, run } = setStage(dialect);
    server.meet(() => Response.json({ detail: "CUDA out of memory" }, { status: 500 }));
    const job = await run();
    expect(job).toMatchObject({ status: "completed" });
    const [first] = await ledgerOf(deps, job.id);
    expect(first).toMatchObject({ outcome: "processing_failed", http_status: 500 });
  });

  test("that refuses the key makes jobs wait for another", async () => {
    const { deps, server, run } = setStage(dialect);
    server.meet(() => Response.json({ error: { message: "Incorrect API key" } }, { status: 401 }));
    const before = deps.time;
    expect(await run()).toMatchObject({ status: "completed", failures: 0 });
    expect(deps.time - before).toBeGreaterThanOrEqual(60_000);
  });
});

describe("what a server teaches is remembered for a day", () => {
  test("that it takes no URLs: one refusal, then bytes for this job and the next", async () => {
    const { deps, server, run } = setStage(speaches);
    deps.config.upstream.takesUrl = true;
    expect(await run()).toMatchObject({ status: "completed", failures: 0 });
    expect(server.requests.map(({ status }) => status)).toEqual([422, 200]);
    await run();
    expect(server.requests.map(({ status }) => status)).toEqual([422, 200, 200]);
    deps.time += 24 * 60 * 60_000;
    await run();
    expect(server.requests.map(({ status }) => status)).toEqual([422, 200, 200, 422, 200]);
  });

  test("of one server says nothing of another", async () => {
    const { deps, server, run } = setStage(speaches);
    deps.config.upstream.takesUrl = true;
    await run();
    deps.config.upstream.provider = `openai ${BASE} another`;
    await run();
    expect(server.requests.map(({ status }) => status)).toEqual([422, 200, 422, 200]);
  });

  test("that its model knows no times", async () => {
    const { deps, server, run } = setStage(gptTranscribe);
    await run();
    await run();
    expect(server.requests.map(({ status }) => status)).toEqual([400, 200, 200]);
    const { id } = await insertLongJob(db, bucket, short);
    await finish(deps, id);
    expect(await ledgerOf(deps, id)).toMatchObject([{ outcome: "answered" }]);
  });
});

test("a lesson of one model is none of another: the operator's keeps its times", async () => {
  const { server, run } = setStage(gptTranscribe);
  await run({ options: { ...OPTIONS, model: "gpt-transcribe-2" } });
  await run();
  const formats = server.requests.map(({ fields }) => fields["response_format"]);
  expect(formats).toEqual(["verbose_json", "json", "verbose_json", "json"]);
});

test("a model that is named in a refusal does not make it one of size", async () => {
  const { server, run } = setStage(whisper1);
  const message = "Invalid request: model openai/whisper-large-v3 does not take this file";
  server.meet(() => Response.json({ error: { message } }, { status: 400 }));
  expect(await run()).toMatchObject({ status: "failed", error: { code: "invalid_params" } });
  expect(server.requests).toHaveLength(1);
});

test.each([404, 405, 301])(
  "an address or a model that is not there, %i, makes jobs wait for the operator",
  async (status) => {
    const { deps, server, run } = setStage(speaches);
    server.meet(() => Response.json({ detail: "Not Found" }, { status }));
    const before = deps.time;
    expect(await run()).toMatchObject({ status: "completed", failures: 0 });
    expect(deps.time - before).toBeGreaterThanOrEqual(60_000);
  },
);

test("a server that refuses to be asked for speakers is not asked again", async () => {
  const { deps, server, run } = setStage(whisper1);
  const learned = () => learn(db, deps.config.upstream.provider, { knowsSpeakers: true }, deps.time);
  await learned();
  expect(await run({ options: { ...OPTIONS, diarize: true } })).toMatchObject({ status: "completed" });
  expect(server.requests.map(({ status }) => status)).toEqual([400, 200]);
  await run({ options: { ...OPTIONS, diarize: true } });
  expect(server.requests.map(({ status }) => status)).toEqual([400, 200, 200]);
});

test("what FastAPI says of a request is told", async () => {
  const { server, run } = setStage(vllm);
  const detail = [{ type: "missing", loc: ["body", "model"], msg: "Field required" }];
  server.meet(() => Response.json({ detail }, { status: 422 }));
  expect(await run()).toMatchObject({
    status: "failed",
    error: { code: "invalid_params", message: "The speech API said: model: Field required" },
  });
});

test("an account without money makes jobs wait as a wrong key does", async () => {
  const { server, run, deps } = setStage(whisper1);
  const error = {
    message: "You exceeded your current quota",
    type: "insufficient_quota",
    code: "insufficient_quota",
  };
  server.meet(() => Response.json({ error }, { status: 429 }));
  const job = await run();
  expect(job).toMatchObject({ status: "completed" });
  expect(await ledgerOf(deps, job.id)).toMatchObject([{ outcome: "unauthorized" }, { outcome: "answered" }]);
});

test("a job that names a model of its own is heard by that one", async () => {
  const { server, run } = setStage(groq);
  await run({ options: { ...OPTIONS, model: "whisper-large-v3-turbo" } });
  await run();
  expect(server.requests.map(({ fields }) => fields["model"])).toEqual([
    "whisper-large-v3-turbo",
    "whisper-large-v3",
  ]);
});
