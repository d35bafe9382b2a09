/**
 * Kills `npm start` with SIGKILL right after each thing it asks of Slack for one recording, and right after it has
 * answered an event; starts it again, and looks whether the thread ends right and nothing is said twice.
 * Run: node bench/slack-killed.ts
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectSlack } from "../dev/connect-slack.ts";
import { freePortWithNext } from "../dev/local/free-port.ts";
import { DEV_API_KEY } from "../dev/local/seed-tenant.ts";
import type { Call } from "../dev/slack/calls.ts";
import { createSlackStandIn } from "../dev/slack/server.ts";
import type { Shared } from "../dev/slack/user-actions.ts";
import { bytesOf, record, TALK } from "../tests/support/audio/recordings.ts";
import { wordsOf } from "../tests/support/stack/slack.ts";
import { type DiaristProcess, startDiaristProcess } from "./chaos/diarist-process.ts";
import { printTable } from "./support/table.ts";

const GONE_TIMEOUT_MS = 10_000;
/** What was held by a killed Worker is free after a minute at most, and the sweep comes every 10 s. */
const END_TIMEOUT_MS = 150_000;
/** Whatever would be said twice is said by then. */
const REST_MS = 75_000;

const statePath = await mkdtemp(join(tmpdir(), "diarist-slack-killed-"));
const port = await freePortWithNext();
const base = `http://127.0.0.1:${port}`;
const recording = await record(TALK);
const bytes = await bytesOf(recording);
const said = recording.truth.words.map(({ word }) => word).join(" ");

/** What each request of the app meets; for the moment a killing. */
let onCall: (call: Call) => void = () => {};
const slack = createSlackStandIn({ onCall: (call) => onCall(call), settings: { app_url: base } });
const slackUrl = await slack.listen(0);
let diarist = start();
await diarist.ready;
await connectSlack(base, DEV_API_KEY, slack.userActions);
slack.userActions.invite({ channel: "general" });

const calls = await runWhole();
console.log(`A thread takes ${calls.length} requests: ${calls.join(", ")}.\n`);
const threads: { moment: string; shared: Shared; seconds: number }[] = [];
for (let n = 0; n <= calls.length; n++) threads.push(await runKilled(n));
await sleep(REST_MS);
diarist.kill("all");
await slack.close();

const problems = threads.map(({ shared }) => problemsOf(shared));
printTable(
  ["killed right after", "all done s", ""],
  threads.map(({ moment, seconds }, n) => [moment, seconds.toFixed(1), problems[n]?.join("; ") || "ok"]),
);
await rm(statePath, { recursive: true, force: true });
process.exit(problems.flat().length === 0 ? 0 : 1);

function start(): DiaristProcess {
  const { client_id, client_secret, signing_secret } = slack.app;
  return startDiaristProcess({
    port,
    statePath,
    onLog: () => {},
    env: {
      SLACK_CLIENT_ID: client_id,
      SLACK_CLIENT_SECRET: client_secret,
      SLACK_SIGNING_SECRET: signing_secret,
      SLACK_API_URL: new URL("api/", slackUrl).href,
    },
  });
}

function share(): Shared {
  return slack.userActions.shareFile({ channel: "general", file: { name: "talk.wav", bytes } });
}

/** One thread without a kill; gives what it asked of Slack, in order. */
async function runWhole(): Promise<string[]> {
  const asked: string[] = [];
  onCall = ({ method }) => asked.push(method);
  const shared = share();
  await untilDone(shared);
  onCall = () => {};
  return asked;
}

/** One thread whose process dies right after the nth request; with 0, right after the first event was answered. */
async function runKilled(nth: number) {
  let moment = "an event was answered";
  const killed = Promise.withResolvers<void>();
  const kill = () => {
    diarist.kill("all");
    killed.resolve();
  };
  let count = 0;
  onCall = ({ method }) => {
    count += 1;
    if (count !== nth) return;
    moment = `${nth}: ${method}`;
    kill();
  };
  const started = performance.now();
  const shared = share();
  if (nth === 0) {
    await shared.told;
    kill();
  }
  // A thread may take fewer requests, when stages that passed quickly were not shown.
  const reached = await Promise.race([killed.promise.then(() => true), untilDone(shared).then(() => false)]);
  onCall = () => {};
  if (!reached) return { moment: `${nth}: not reached`, shared, seconds: 0 };
  if (!(await diarist.isGone(GONE_TIMEOUT_MS))) throw new Error("processes were left");
  diarist = start();
  await diarist.ready;
  await untilDone(shared);
  console.log(moment);
  return { moment, shared, seconds: (performance.now() - started) / 1_000 };
}

async function untilDone(shared: Shared): Promise<void> {
  for (const until = Date.now() + END_TIMEOUT_MS; Date.now() < until; await sleep(50)) {
    if (problemsOf(shared).length === 0) return;
  }
}

/** What is wrong with a thread; deleted messages count, as people saw them. */
function problemsOf({ message }: Shared): string[] {
  const replies = slack.messages(message.channel, message.ts).filter(({ is_from_app }) => is_from_app);
  const files = replies.flatMap((reply) => reply.files);
  const statuses = replies.filter(({ text }) => text.includes(": transcribed, "));
  const problems: string[] = [];
  if (statuses.length !== 1) problems.push(`${statuses.length} status messages at their end`);
  if (replies.length !== 3) problems.push(`${replies.length} messages`);
  if (files.length !== 2) problems.push(`${files.length} files`);
  for (const { id, name } of files) {
    const words = wordsOf(Buffer.from(slack.fileBytes(id)).toString());
    if (words !== said) problems.push(`${name} says "${words}"`);
  }
  return problems;
}
