import { expect, test } from "vitest";
import type { Job } from "../../../shared/job.ts";
import { laneOfChannel } from "../../../shared/slack/notice.ts";
import { readAnyJob } from "../../../shared/storage/job-work.ts";
import { deleteJob } from "../../../shared/storage/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../../tests/support/stack/storage.ts";
import {
  crashing,
  crashingDatabase,
  Killed,
  type Life,
  startLife,
} from "../../../tests/support/workers/crash-after.ts";
import { KILLS, killAfterEach } from "../../../tests/support/workers/kill-after.ts";
import { finishBackground, type NotifyDeps, passTime } from "../../../tests/support/workers/notify-deps.ts";
import {
  completeTold,
  insertTold,
  makeSlackDeps,
  renameTold,
  threadAt,
  useSlackPlace,
} from "../../../tests/support/workers/slack-deps.ts";
import { dispatchEvent } from "../dispatch-event.ts";
import { processLane } from "../process-lane.ts";
import { sweep } from "../sweep.ts";

const storage = await useStorage();
const { db } = storage;
useLogs();
const place = await useSlackPlace(db);

const MINUTE = 60_000;

/** Sweeps, and handles every message that is due then: one minute of the queue and the cron. */
async function minute(deps: NotifyDeps): Promise<void> {
  deps.time += MINUTE;
  await sweep(deps);
  await passTime(deps, deps.time);
}

/** Starts another life at the same time as the one before. */
async function forget(): Promise<void> {
  const tables = ["attempts", "deliveries", "lanes", "events", "slack_threads", "slack_posts", "slack_files"];
  await db.batch(tables.map((table) => db.prepare(`DELETE FROM ${table}`)));
}

async function finishAll(deps: NotifyDeps): Promise<void> {
  const open = `SELECT (SELECT count(*) FROM events WHERE sweep_at IS NOT NULL)
    + (SELECT count(*) FROM deliveries WHERE status = 'pending') AS n`;
  for (let n = 0; n < 10 && (await count(db, open)) > 0; n++) await minute(deps);
}

/** Handles an event and all its messages within the next 30 s; after a death, to the end. */
async function deliver(deps: NotifyDeps, eventId: string, life: Life): Promise<void> {
  await living(deps, life, () => dispatchEvent(deps, eventId));
  await living(deps, life, () => passTime(deps, deps.time + MINUTE / 2));
  if (life.isOver()) await finishAll(deps);
}

/** Works as long as this life lasts, then restores the deps. */
async function living(deps: NotifyDeps, life: Life, work: () => Promise<void>): Promise<void> {
  const { fetch, notifyQueue } = deps;
  deps.db = crashingDatabase(db, life);
  deps.notifyQueue = crashing(notifyQueue, life);
  deps.fetch = (input, init) => life.step(nameOf(String(input)), () => fetch(input, init));
  await work().catch(ignoreDeath);
  await finishBackground(deps);
  Object.assign(deps, { db, notifyQueue, fetch });
}

function ignoreDeath(error: unknown): void {
  if (!(error instanceof Killed)) throw error;
}

/** Calls of Slack that only read: dying after one equals dying before it. */
function nameOf(url: string): string {
  const method = new URL(url).pathname.split("/").at(-1) ?? "";
  return /\.(info|replies|history)$/.test(method) ? "get" : method;
}

async function current(job: Job): Promise<Job> {
  const found = await readAnyJob(db, job.id);
  if (!found) throw new Error("the job is gone");
  return found;
}

/** The thread of a job whose only speaker has a name. */
function expectTold(ts: string, where: string): void {
  const [status, excerpt, files, ...others] = place.replies(ts);
  expect(others, where).toEqual([]);
  expect(status?.text, where).toContain("*standup.wav*: transcribed, 1 s, 1 speaker, language en.");
  expect(status?.versions[0]?.text, where).toContain("received");
  expect(excerpt?.text, where).toBe("`00:00:00` Ada: good morning");
  expect(
    files?.files.map(({ name }) => name),
    where,
  ).toEqual(["standup.txt", "standup.srt"]);
  expect(place.files(ts)["standup.txt"], where).toBe("[00:00:00] Ada: good morning");
}

function expectTakenBack(ts: string, where: string): void {
  const replies = place.replies(ts);
  expect(
    replies.map(({ text }) => text),
    where,
  ).toEqual([expect.stringContaining("was deleted")]);
  expect(
    replies.flatMap(({ files }) => files),
    where,
  ).toEqual([]);
}

// Each death is survived before the next event, so that one story holds four of them.
test("a Worker killed after any step leaves a thread that ends right, each message and file once, and takes it back", {
  timeout: 600_000,
}, async () => {
  const taken = new Set<string>();
  await killAfterEach(async (most) => {
    await forget();
    const deps = makeSlackDeps(storage, place);
    const lives = Array.from({ length: 4 }, () => startLife(most)) as [Life, Life, Life, Life];
    const [queued, completed, renamed, deleted] = lives;
    const whereKilled = () => {
      const dead = lives.filter((life) => life.isOver());
      return `killed after ${most}: ${dead.map((life) => life.steps.at(-1)).join("; ")} (${KILLS})`;
    };
    const ts = place.post();
    const { job, eventId } = await insertTold(db, threadAt(place, ts));
    await deliver(deps, eventId, queued);
    await deliver(deps, await completeTold(db, job, deps.time), completed);
    await deliver(deps, await renameTold(db, await current(job), "Ada", deps.time), renamed);
    await finishAll(deps);
    expectTold(ts, whereKilled());

    await deleteJob(db, await current(job), deps.time);
    await living(deps, deleted, () => processLane(deps, laneOfChannel(place.team, place.channel)));
    await finishAll(deps);
    expectTakenBack(ts, whereKilled());
    const open = "SELECT count(*) AS n FROM deliveries WHERE status <> 'delivered'";
    expect(await count(db, open), whereKilled()).toBe(0);

    for (const step of lives.flatMap((life) => life.steps)) taken.add(step);
    return Math.max(...lives.map((life) => life.steps.length));
  });
  expect([...taken]).toEqual(
    expect.arrayContaining([
      "chat.postMessage",
      "chat.update",
      "chat.delete",
      "files.getUploadURLExternal",
      "files.completeUploadExternal",
      "files.delete",
    ]),
  );
});

test("a job deleted while its first message is on its way leaves no message behind", async () => {
  const deps = makeSlackDeps(storage, place);
  const ts = place.post();
  const { job, eventId } = await insertTold(db, threadAt(place, ts));
  const { fetch } = deps;
  deps.fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (nameOf(String(input)) === "chat.postMessage") await deleteJob(db, job, deps.time);
    return answer;
  };
  await dispatchEvent(deps, eventId);
  await finishBackground(deps);
  await finishAll(deps);
  expect(place.replies(ts)).toEqual([]);
  expect(await count(db, "SELECT count(*) AS n FROM slack_posts")).toBe(0);
});
