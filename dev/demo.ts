import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { showSlack } from "./demo-slack.ts";
import { runLocal } from "./local/run-local.ts";
import { DEV_API_KEY } from "./local/seed-tenant.ts";
import { createReceiver } from "./receiver.ts";
import { ROOT } from "./root.ts";

const SAMPLE = join(ROOT, "dev", "sample", "standup.mp3");
const PORT = Number(process.env["PORT"] ?? 8787);
const RUNNING = `http://127.0.0.1:${PORT}`;
/** Where `npm start -- --slack` has its stand-in. */
const RUNNING_SLACK = new URL(`http://127.0.0.1:${PORT + 2}/`);
const PATIENCE_MS = 120_000;

type Job = {
  id: string;
  status: string;
  progress: { stage: string };
  result: { words: number; speakers: string[]; duration: number; language: string } | null;
  error: { code: string; message: string; action: string } | null;
};

const { values: flags } = parseArgs({ options: { slack: { type: "boolean", default: false } } });
const isRunning =
  (await isUp(new URL("/healthz", RUNNING))) &&
  (!flags.slack || (await isUp(new URL("control", RUNNING_SLACK))));
const url = isRunning ? RUNNING : null;
const own = url ? null : await runLocal(flags.slack ? { slack: {} } : {});
const base = url ?? own?.url ?? RUNNING;
try {
  console.log(url ? `Using the Diarist at ${base}` : "Started a Diarist for this demo; nothing is kept.");
  if (flags.slack) await showSlack(base, own?.slack?.url ?? RUNNING_SLACK, apiKey(), SAMPLE);
  else await show(base);
} finally {
  await own?.close();
}
process.exit(process.exitCode ?? 0);

async function show(base: string): Promise<void> {
  const { secret } = await ask<{ secret: string }>(base, "/v1/webhooks/secret");
  const receiver = await createReceiver({ secret });
  const form = new FormData();
  form.set("webhook_url", new URL("/hook", receiver.url).href);
  form.set("reuse", "false");
  form.set("file", new File([await readFile(SAMPLE)], "standup.mp3", { type: "audio/mpeg" }));
  const { id } = await ask<Job>(base, "/v1/jobs", { method: "POST", body: form });
  console.log(`\nSent dev/sample/standup.mp3: ${id}\n`);

  const job = await followStages(base, id);
  if (!job.result) throw new Error(`The job is ${job.status}: ${JSON.stringify(job.error)}`);
  const { words, speakers, duration, language } = job.result;
  console.log(
    `\n${words} words, ${speakers.length} speakers, ${duration.toFixed(1)} s, language ${language}\n`,
  );
  console.log(await (await call(base, `/v1/jobs/${id}/transcript?format=text`)).text());

  const webhook = await receiver.waitFor((request) => request.type === "job.completed", PATIENCE_MS);
  console.log(
    `\nWebhook ${webhook.type} ${webhook.id}: signature ${webhook.verified ? "verified" : "WRONG"}`,
  );
  if (!webhook.verified) process.exitCode = 1;
  await receiver.close();
}

async function followStages(base: string, id: string): Promise<Job> {
  let last = "";
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    const job = await ask<Job>(base, `/v1/jobs/${id}`);
    const now = `${job.status}: ${job.progress.stage}`;
    if (now !== last) console.log(`  ${new Date().toISOString().slice(11, 23)}  ${now}`);
    if (["completed", "failed", "canceled"].includes(job.status)) return job;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("The job did not finish in time.");
}

async function ask<T>(base: string, path: string, init: RequestInit = {}): Promise<T> {
  const response = await call(base, path, init);
  return (await response.json()) as T; // our own API's documented shape
}

async function call(base: string, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(base + path, { ...init, headers: { authorization: `Bearer ${apiKey()}` } });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response;
}

function apiKey(): string {
  return process.env["DIARIST_API_KEY"] ?? DEV_API_KEY;
}

async function isUp(url: URL): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
