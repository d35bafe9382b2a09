import { describe, expect, test } from "vitest";
import { newId } from "../../../shared/id.ts";
import { MAX_AUDIO_BYTES, SLACK_REQUEST_TRIES, SLACK_SHARE_WAIT_MS } from "../../../shared/limits.ts";
import type { Say } from "../../../shared/slack/notice.ts";
import type { FileTask, SlackTask, UrlTask } from "../../../shared/slack/task.ts";
import { patientDatabase } from "../../../shared/storage/patient.ts";
import { readInstall } from "../../../shared/storage/slack-installs.ts";
import { insertSlackRequests } from "../../../shared/storage/slack-requests.ts";
import { readThreadOfFile } from "../../../shared/storage/slack-threads.ts";
import { changeTenant } from "../../../shared/storage/tenants.ts";
import type { TenantLimits } from "../../../shared/tenant-limits.ts";
import { NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../../tests/support/stack/storage.ts";
import { TENANT } from "../../../tests/support/stack/tenant.ts";
import { makeIngestDeps, useSlackPlace } from "../../../tests/support/workers/slack-deps.ts";
import type { SlackDeps } from "./deps.ts";
import { runRequest } from "./run-request.ts";

const storage = await useStorage();
const { db } = storage;
const logs = useLogs();
const place = await useSlackPlace(db);

const makeDeps = () => makeIngestDeps(storage, place);

let requests = 0;
async function ask(deps: SlackDeps, task: SlackTask): Promise<string> {
  const id = `Ev${++requests}`;
  await insertSlackRequests(db, id, [task], deps.now());
  await runRequest(deps, id);
  return id;
}

/** A file in the channel, with the properties in `more`. */
function share(more: object = {}) {
  const file = { name: "talk.mp3", bytes: new Uint8Array(10), ...more };
  const shared = place.standIn.userActions.shareFile({ channel: "general", file });
  return { id: shared.file.id, ts: shared.message.ts };
}

const fileTask = (file: { id: string }, more: Partial<FileTask> = {}): FileTask => ({
  kind: "file",
  team_id: place.team,
  channel_id: place.channel,
  user_id: "U1",
  file_id: file.id,
  thread_ts: null,
  is_addressed: false,
  response_url: null,
  ...more,
});

async function said(): Promise<Say[]> {
  const { results } = await db.prepare("SELECT body FROM slack_notices ORDER BY id").all<{ body: string }>();
  return results.map(({ body }) => JSON.parse(body));
}
const jobs = () => count(db, "SELECT count(*) AS n FROM jobs");
const open = () => count(db, "SELECT count(*) AS n FROM slack_requests WHERE task IS NOT NULL");
const at = (file: { id: string }) => ({ teamId: place.team, channelId: place.channel, fileId: file.id });

/** Slack returns this file from files.info, changed as given. */
function withFile(deps: SlackDeps, change: object): SlackDeps {
  return {
    ...deps,
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      const body = (await answer.json()) as { file?: object };
      return Response.json(body.file ? { ...body, file: { ...body.file, ...change } } : body);
    },
  };
}

describe("a recording that is shared", () => {
  test("becomes a job of the workspace's tenant, shown under its message", async () => {
    const deps = makeDeps();
    const file = share();
    await ask(deps, fileTask(file));
    const job = await db
      .prepare("SELECT id, tenant_id, key_id, source_url, metadata, options FROM jobs")
      .first();
    expect(job).toMatchObject({ tenant_id: TENANT, key_id: "key_1" });
    expect(JSON.parse(String(job?.["metadata"]))).toEqual({
      slack: { team: place.team, channel: place.channel, user: "U1", file: file.id },
    });
    expect(JSON.parse(String(job?.["options"]))).toMatchObject({ diarize: true, language: "auto" });
    expect(await readThreadOfFile(db, at(file))).toMatchObject({ threadTs: file.ts });
    expect(deps.sent.map(({ queue }) => queue)).toEqual(["transcribe", "notify"]);
    expect(await open()).toBe(0);
    expect(JSON.stringify(logs())).not.toContain(place.token);
  });

  test("is one job for three events at once", async () => {
    const deps = makeDeps();
    const file = share();
    const mention = fileTask(file, { is_addressed: true, thread_ts: file.ts });
    await Promise.all([
      ask(deps, fileTask(file)),
      ask(deps, mention),
      ask(deps, fileTask(file, { thread_ts: file.ts })),
    ]);
    expect(await jobs()).toBe(1);
    expect(await said()).toEqual([]);
    expect(await open()).toBe(0);
  });

  test("that Slack cannot place yet is looked at again, and taken without a place in the end", async () => {
    const deps = makeDeps();
    const file = share();
    const unplaced = withFile(deps, { shares: {} });
    const id = await ask(unplaced, fileTask(file));
    expect(deps.sent).toEqual([{ queue: "slack", body: { version: 1, slack_request: id }, delaySeconds: 2 }]);
    for (let n = 0; n < 3; n++) {
      expect(await jobs()).toBe(0);
      deps.time += SLACK_SHARE_WAIT_MS;
      await runRequest(unplaced, id);
    }
    expect(await readThreadOfFile(db, at(file))).toMatchObject({ threadTs: null });
  });

  test("by ourselves is passed over", async () => {
    const deps = makeDeps();
    const bot = (await readInstall(db, place.team))?.botUserId ?? "";
    await ask(deps, fileTask(share(), { user_id: bot }));
    await ask(withFile(deps, { user: bot }), fileTask(share()));
    expect(await jobs()).toBe(0);
    expect(await said()).toEqual([]);
  });

  test("and pointed at again is answered in its thread", async () => {
    const deps = makeDeps();
    const file = share();
    await ask(deps, fileTask(file));
    const url = "https://hooks.slack.com/app/1";
    await ask(deps, fileTask(file, { is_addressed: true, response_url: url, thread_ts: file.ts }));
    expect(await said()).toMatchObject([{ thread_ts: file.ts, text: expect.stringContaining("already") }]);
    expect(await jobs()).toBe(1);
  });
});

describe("what cannot be transcribed is said under its message, with what to do:", () => {
  test.each([
    [
      "a file that is just too large",
      { size: MAX_AUDIO_BYTES + 1 },
      /too large: 51 GB.*up to 50 GB.*Compress/,
    ],
    [
      "a file outside Slack",
      { url_private_download: "https://drive.example.com/x", url_private: "" },
      /outside Slack.*Upload/,
    ],
    [
      "a file without an address",
      { url_private_download: undefined, url_private: undefined },
      /outside Slack/,
    ],
  ])("%s", async (_, change, text) => {
    const deps = makeDeps();
    const file = share();
    await ask(withFile(deps, change), fileTask(file));
    await ask(withFile(deps, change), fileTask(file, { thread_ts: file.ts }));
    expect(await said()).toMatchObject([{ thread_ts: file.ts, text: expect.stringMatching(text) }]);
    expect(await jobs()).toBe(0);
    expect(await open()).toBe(0);
    expect(deps.sent).toMatchObject([
      { queue: "notify", body: { lane: `slack ${place.team} ${place.channel}` } },
    ]);
  });

  test("a file that Slack does not show us waits for the event that knows its message, and is refused there once", async () => {
    const deps = makeDeps();
    const file = share();
    place.standIn.configure({
      faults: [{ match: { method: "files.info" }, do: { error: "missing_scope" } }],
    });
    const early = await ask(deps, fileTask(file));
    expect(await said()).toEqual([]);
    await ask(deps, fileTask(file, { thread_ts: file.ts }));
    for (let n = 0; n < 3; n++) {
      deps.time += SLACK_SHARE_WAIT_MS;
      await runRequest(deps, early);
    }
    expect(await said()).toMatchObject([{ thread_ts: file.ts }]);
    expect(await open()).toBe(0);
  });

  test("a file of the largest size is taken", async () => {
    const file = share();
    await ask(withFile(makeDeps(), { size: MAX_AUDIO_BYTES }), fileTask(file));
    expect(await jobs()).toBe(1);
  });

  test("a document, to who spoke to us and to nobody else", async () => {
    const deps = makeDeps();
    const file = share({ name: "plan.png" });
    await ask(deps, fileTask(file));
    expect(await said()).toEqual([]);
    await ask(deps, fileTask(file, { is_addressed: true, thread_ts: file.ts }));
    expect(await said()).toMatchObject([{ text: expect.stringContaining("audio and video") }]);
  });

  test.each([
    ["missing_scope", /files:read.*install the app again/, false],
    ["file_not_found", /Invite me/, true],
    ["file_deleted", /gone/, true],
  ])("Slack's %s", async (error, text, isToAsked) => {
    const deps = makeDeps();
    const file = share();
    place.standIn.configure({ faults: [{ match: { method: "files.info" }, do: { error } }] });
    await ask(deps, fileTask(file, { thread_ts: file.ts, is_addressed: isToAsked }));
    expect(await said()).toMatchObject([{ text: expect.stringMatching(text) }]);
  });

  test.each([
    ["jobs_at_once", /being transcribed now/],
    ["minutes_per_month", /has used its 0 minutes for this month.*2026-12-01/],
    ["bytes_stored", /no room left/],
  ])("a limit of the tenant: %s", async (name, text) => {
    await changeTenant(db, TENANT, { limits: { [name]: 0 } });
    const file = share();
    await ask(makeDeps(), fileTask(file));
    expect(await said()).toMatchObject([{ text: expect.stringMatching(text) }]);
    expect(await jobs()).toBe(0);
  });
});

describe("Slack that fails", () => {
  test("is asked again when it says", async () => {
    const deps = makeDeps();
    const file = share();
    place.standIn.configure({
      faults: [
        { match: { method: "files.info" }, do: { status: 429, headers: { "retry-after": "7" } }, times: 1 },
      ],
    });
    const id = await ask(deps, fileTask(file));
    expect(deps.sent).toMatchObject([{ queue: "slack", delaySeconds: 7 }]);
    deps.time += 6_999;
    await runRequest(deps, id);
    expect(await jobs()).toBe(0);
    deps.time += 1;
    await runRequest(deps, id);
    expect(await jobs()).toBe(1);
  });

  test("again and again is given up at last, and that is said", async () => {
    const deps = makeDeps();
    const file = share();
    place.standIn.configure({ faults: [{ match: { method: "files.info" }, do: { status: 503 } }] });
    const id = await ask(deps, fileTask(file, { thread_ts: file.ts }));
    for (let tries = 1; tries < SLACK_REQUEST_TRIES; tries++) {
      expect(await open()).toBe(1);
      deps.time += 600_000;
      await runRequest(deps, id);
    }
    expect(await open()).toBe(0);
    expect(await said()).toMatchObject([
      { thread_ts: file.ts, text: expect.stringContaining("went wrong on our side") },
    ]);
    expect(logs()).toContainEqual(expect.objectContaining({ event: "operator.slack_given_up" }));
  });
});

describe("/transcribe", () => {
  const task: UrlTask = {
    kind: "url",
    team_id: "",
    channel_id: "",
    user_id: "U1",
    url: "https://example.com/talk.mp3",
    language: "de",
    speakers: 2,
    response_url: null,
  };
  const here = () => ({ ...task, team_id: place.team, channel_id: place.channel });

  test("is a job each time, with what was asked for", async () => {
    const deps = makeDeps();
    const id = await ask(deps, here());
    await runRequest(deps, id);
    await ask(deps, here());
    expect(await jobs()).toBe(2);
    const options = await db.prepare("SELECT options FROM jobs").first<string>("options");
    expect(JSON.parse(options ?? "")).toMatchObject({ language: "de", min_speakers: 2, max_speakers: 2 });
  });

  test("by a Worker that died behind the job is the same job", async () => {
    const deps = makeDeps();
    const id = await ask(deps, here());
    await db
      .prepare("UPDATE slack_requests SET task = ?, lease_until = 0")
      .bind(JSON.stringify(here()))
      .run();
    await runRequest(deps, id);
    expect(await jobs()).toBe(1);
  });
});

describe("Try again", () => {
  /** Presses the button under a failed job. */
  async function tryAgain(change: string, limits: TenantLimits = {}): Promise<void> {
    const deps = makeDeps();
    const file = share();
    await ask(deps, fileTask(file));
    await db.prepare(`UPDATE jobs SET status = 'failed', completed_at = ${NOW}, ${change}`).run();
    await changeTenant(db, TENANT, { limits });
    const { team: team_id, channel: channel_id } = place;
    const job_id = (await readThreadOfFile(db, at(file)))?.jobId ?? "";
    await ask(deps, { kind: "retry", team_id, channel_id, user_id: "U1", job_id, trigger_id: "" });
    expect(await open()).toBe(0);
  }
  const queued = () => count(db, "SELECT count(*) AS n FROM jobs WHERE status = 'queued'");

  test("takes a failed job up again", async () => {
    await tryAgain("audio_removed_at = NULL");
    expect(await queued()).toBe(1);
  });

  test("says that a recording is no longer stored", async () => {
    await tryAgain(`audio_removed_at = ${NOW}`);
    expect(await queued()).toBe(0);
    expect(await said()).toMatchObject([{ text: expect.stringContaining("no longer stored") }]);
  });

  test("says when as many run as the workspace may have", async () => {
    await tryAgain("audio_removed_at = NULL", { jobs_at_once: 0 });
    expect(await queued()).toBe(0);
    expect(await said()).toMatchObject([{ text: expect.stringContaining("Try again when one is done") }]);
  });
});

test("an hour of a database that takes no job is waited for and is no try, and the recording becomes one job", async () => {
  const deps = makeDeps();
  const { random } = deps;
  const pause = async () => undefined;
  const failing = new Proxy(db, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (name === "batch") return () => Promise.reject(new Error("D1_ERROR: Network connection lost."));
      return member.bind(target);
    },
  });
  const patient = patientDatabase(failing, { pause, random });
  const away = { ...deps, env: { ...deps.env, DB: patient } };
  const id = await ask(away, fileTask(share()));
  for (let minutes = 5; minutes < 60; minutes += 5) {
    deps.time += 5 * 60_000;
    await runRequest(away, id);
  }
  expect(await db.prepare("SELECT tries, waits FROM slack_requests").first()).toEqual({
    tries: 12,
    waits: 12,
  });
  expect(await said()).toEqual([]);
  deps.time += 5 * 60_000;
  await runRequest(deps, id);
  expect(await jobs()).toBe(1);
  expect(await open()).toBe(0);
});

describe("a workspace", () => {
  const gone = (at: number): SlackTask => ({ kind: "uninstalled", team_id: place.team, at });

  test("that removed the app is forgotten", async () => {
    await ask(makeDeps(), gone(NOW / 1000));
    expect(await readInstall(db, place.team)).toBeNull();
  });

  test("that has installed it again since stays", async () => {
    await ask(makeDeps(), gone(NOW / 1000 - 1));
    expect(await readInstall(db, place.team)).not.toBeNull();
  });

  test("that has not installed it is not listened to", async () => {
    await db.prepare("DELETE FROM slack_installs").run();
    await ask(makeDeps(), fileTask(share()));
    expect(await jobs()).toBe(0);
    expect(await open()).toBe(0);
    expect(place.standIn.calls().filter(({ method }) => method === "files.info")).toEqual([]);
  });

  test("presses no button of another's thread", async () => {
    const deps = makeDeps();
    const file = share();
    await ask(deps, fileTask(file));
    const thread = await readThreadOfFile(db, at(file));
    await db.prepare("UPDATE slack_threads SET team_id = 'T0OTHER'").run();
    await ask(deps, {
      kind: "delete",
      team_id: place.team,
      channel_id: place.channel,
      user_id: "U1",
      job_id: thread?.jobId ?? newId("job", NOW),
      trigger_id: "",
    });
    expect(await jobs()).toBe(1);
  });
});
