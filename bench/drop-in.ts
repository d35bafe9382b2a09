/**
 * The drop-in routes past the time at which clients give up: a recording that takes longer to be heard than Together's
 * SDK waits for headers (60 s), sent by clients with nothing set but key and base URL; and what they see of a job that
 * fails when the answer has long begun.
 */
import { setTimeout as pause } from "node:timers/promises";
import OpenAI, { toFile } from "openai";
import Together from "together-ai";
import { DEV_API_KEY } from "../dev/local/seed-tenant.ts";
import { createRecogniser } from "../tests/support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../tests/support/audio/recordings.ts";
import { startDiarist } from "../tests/support/stack/diarist.ts";

/** The same for all who are answered: the local runtime hears one recording at a time. */
const HEARING_MS = 80_000;
/** After the first space, which comes at 65 s. */
const CANCEL_AFTER_MS = 68_000;

const bytes = await bytesOf(await record(TALK));
const hear = createRecogniser();
const diarist = await startDiarist({
  recognise: async (path) => {
    await pause(HEARING_MS);
    return hear(path);
  },
});
const ours = { apiKey: DEV_API_KEY, baseURL: `${diarist.url}/v1` };
const file = () => toFile(bytes, "talk.wav", { type: "audio/wav" });

const begun = Date.now();
let failed = false;

async function see(who: string, ask: () => Promise<string>, expected: RegExp): Promise<void> {
  const seen = await ask().catch((error: unknown) => `threw ${String(error)}`);
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  const asExpected = expected.test(seen);
  failed ||= !asExpected;
  console.log(
    `${asExpected ? "ok " : "NOT"} ${who}, after ${seconds} s: ${seen.replaceAll("\n", " ").slice(0, 260)}`,
  );
}

/** What curl would show of a job that is canceled when spaces have been sent for some seconds. */
async function watchCanceled(): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([bytes], { type: "audio/wav" }), "talk.wav");
  form.append("prompt", "canceled");
  const response = await diarist.call("/v1/audio/transcriptions", { method: "POST", body: form });
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  } catch {
    return `${response.status}, ${text}, then broken off`;
  }
  return `${response.status}, ${text}, and whole`;
}

async function cancelInTime(): Promise<void> {
  await pause(CANCEL_AFTER_MS);
  const { data } = (await (await diarist.call("/v1/jobs?limit=100")).json()) as {
    data: { id: string; options: { prompt: string | null } }[];
  };
  const canceled = data.filter((job) => job.options.prompt?.startsWith("canceled"));
  for (const { id } of canceled) await diarist.call(`/v1/jobs/${id}/cancel`, { method: "POST" });
}

const openai = new OpenAI(ours).audio.transcriptions;
const together = new Together(ours).audio.transcriptions;
await Promise.all([
  see("together-ai, json", async () => (await together.create({ file: await file() })).text, /^good morning/),
  see(
    "openai, verbose_json",
    async () => {
      const options = { model: "whisper-1", response_format: "verbose_json" } as const;
      return (await openai.create({ file: await file(), ...options })).text;
    },
    /^good morning/,
  ),
  see(
    "openai, srt",
    async () =>
      String(await openai.create({ file: await file(), model: "whisper-1", response_format: "srt" })),
    /^1\n00:00:00/,
  ),
  see(
    "openai, of a job canceled late",
    async () =>
      (await openai.create({ file: await file(), model: "whisper-1", prompt: "canceled too" })).text,
    /^threw/,
  ),
  see("fetch, of a job canceled late", watchCanceled, /^200, {2}\{.*job_canceled.*\}, then broken off$/s),
  cancelInTime(),
]);
const calls = (await diarist.calls()).filter(({ fields }) => !fields.some(({ name }) => name === "prompt"));
console.log(`${calls.length} call(s) to the speech API for three requests that were answered`);
await diarist.close();
process.exitCode = failed ? 1 : 0;
