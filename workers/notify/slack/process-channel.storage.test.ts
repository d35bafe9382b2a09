import { describe, expect, onTestFinished, test } from "vitest";
import { newId } from "../../../shared/id.ts";
import { SLACK_PROGRESS_MS } from "../../../shared/limits.ts";
import { laneOfChannel } from "../../../shared/slack/notice.ts";
import { NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import {
  attemptsOf,
  dispatch,
  type NotifyDeps,
  passTime,
  work,
} from "../../../tests/support/workers/notify-deps.ts";
import {
  completeTold,
  insertTold,
  makeSlackDeps,
  openSlackPlace,
  threadAt,
  useSlackPlace,
} from "../../../tests/support/workers/slack-deps.ts";

const storage = await useStorage();
const { db } = storage;
const logs = useLogs();
const place = await useSlackPlace(db);

const lane = laneOfChannel(place.team, place.channel);

type Row = { type: string; status: string; tries: number; next_attempt_at: number | null };
async function deliveries(): Promise<Row[]> {
  const { results } = await db
    .prepare("SELECT type, status, tries, next_attempt_at FROM deliveries ORDER BY type, id")
    .all<Row>();
  return results;
}

/** Slack responds to this method like this, the given number of times. */
const fault = (method: string, action: object, times = 1) =>
  place.standIn.configure({ faults: [{ match: { method }, do: action, times }] });

async function syncedThread() {
  const deps = makeSlackDeps(storage, place);
  const ts = place.post();
  return { deps, ts, ...(await insertTold(db, threadAt(place, ts))) };
}

const methods = () => place.standIn.calls().map(({ method }) => method);

describe("Slack's limit", () => {
  test("is waited out, is no attempt, and holds for all that waits in the channel", async () => {
    const { deps, ts, eventId } = await syncedThread();
    const other = await insertTold(db, threadAt(place, ts));
    fault("chat.postMessage", { status: 429, headers: { "retry-after": "30" } });
    await dispatch(deps, eventId);
    await dispatch(deps, other.eventId);
    const waiting = { status: "pending", tries: 0, next_attempt_at: NOW + 30_000 };
    expect(await deliveries()).toMatchObject([waiting, waiting]);
    expect(await attemptsOf(db)).toEqual([]);
    expect(methods()).toEqual(["chat.postMessage"]);

    await passTime(deps, NOW + 29_999);
    expect(methods()).toHaveLength(1);
    await passTime(deps, NOW + 31_000);
    expect(await deliveries()).toMatchObject([{ status: "delivered" }, { status: "delivered" }]);
    expect(place.replies(ts)).toHaveLength(2);
  });

  test("is kept from being reached: one message a second in a channel", async () => {
    const own = await openSlackPlace(); // where nobody has posted anything yet
    onTestFinished(() => own.close());
    await db.prepare("DELETE FROM slack_installs").run();
    await own.saveInstall(db);
    own.standIn.configure({ messages_per_second: 1 });
    const deps = makeSlackDeps(storage, own);
    const ts = own.post();
    const { job, eventId } = await insertTold(db, threadAt(own, ts));
    await dispatch(deps, eventId);
    await dispatch(deps, await completeTold(db, job, deps.time));
    await passTime(deps, NOW + 60_000);
    expect(own.replies(ts)).toHaveLength(3);
    expect(own.standIn.calls().filter(({ status }) => status === 429)).toEqual([]);
  });
});

describe("a call that fails", () => {
  test.each([
    ["with 503", { status: 503 }, { http_status: 503, error: "http_503" }],
    [
      "with Slack's internal error",
      { error: "internal_error" },
      { http_status: 200, error: "internal_error" },
    ],
    ["before its answer", { kind: "drop" }, { http_status: null, error: "network" }],
  ])("%s is tried again on the schedule of webhooks, and is on record", async (_, action, attempt) => {
    const { deps, ts, eventId } = await syncedThread();
    fault("chat.postMessage", action);
    await dispatch(deps, eventId);
    expect(await attemptsOf(db)).toEqual([{ n: 1, ...attempt }]);
    await passTime(deps, NOW + 120_000);
    expect(await deliveries()).toMatchObject([{ status: "delivered", tries: 2 }]);
    expect(place.replies(ts)).toHaveLength(1);
  });

  test("behind its effect is not repeated: the message is found again", async () => {
    const { deps, ts, eventId } = await syncedThread();
    fault("chat.postMessage", { kind: "drop_after" });
    await dispatch(deps, eventId);
    await passTime(deps, NOW + 120_000);
    expect(await deliveries()).toMatchObject([{ status: "delivered", tries: 2 }]);
    expect(place.replies(ts)).toHaveLength(1);
    expect(methods()).toContain("conversations.replies");
    expect(logs()).toContainEqual(expect.objectContaining({ event: "slack.post_found", kind: "status" }));
  });

  test.each([
    [
      "an answer that breaks off",
      () => new Response(new ReadableStream({ start: (stream) => stream.error(new Error()) })),
    ],
    ["Slack's own doubt", () => Response.json({ ok: false, error: "internal_error" })],
  ])("behind its effect, by %s, is not repeated", async (_, answerOf) => {
    const { deps, ts, eventId } = await syncedThread();
    const { fetch } = deps;
    deps.fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (!String(input).endsWith("chat.postMessage")) return answer;
      deps.fetch = fetch;
      return answerOf();
    };
    await dispatch(deps, eventId);
    await passTime(deps, NOW + 120_000);
    expect(await deliveries()).toMatchObject([{ status: "delivered", tries: 2 }]);
    expect(place.replies(ts)).toHaveLength(1);
  });

  test("behind its effect, where the thread may not be searched, is repeated: twice is better than never", async () => {
    const { deps, ts, eventId } = await syncedThread();
    place.standIn.configure({
      faults: [
        { match: { method: "chat.postMessage" }, do: { kind: "drop_after" }, times: 1 },
        { match: { method: "conversations.replies" }, do: { error: "missing_scope" } },
      ],
    });
    await dispatch(deps, eventId);
    await passTime(deps, NOW + 120_000);
    expect(await deliveries()).toMatchObject([{ status: "delivered" }]);
    expect(place.replies(ts)).toHaveLength(2);
  });

  test("for good ends the delivery", async () => {
    const { deps, eventId } = await syncedThread();
    fault("chat.postMessage", { error: "is_archived" });
    await dispatch(deps, eventId);
    expect(await deliveries()).toMatchObject([{ status: "failed", tries: 1 }]);
    expect(await attemptsOf(db)).toEqual([{ n: 1, http_status: 200, error: "is_archived" }]);
  });
});

describe("somebody who asks in a channel that is closed to us", () => {
  test.each([200, 404])("gets a reply that only they see, once; Slack answers %d", async (status) => {
    const deps = makeSlackDeps(storage, place);
    const responseUrl = new URL("/secret", place.apiUrl).href;
    const { eventId } = await insertTold(db, threadAt(place, null, { responseUrl }));
    const replies: unknown[] = [];
    const { fetch } = deps;
    deps.fetch = async (input, init) => {
      if (input !== responseUrl) return fetch(input, init);
      replies.push(JSON.parse(String(init?.body)));
      return new Response("ok", { status });
    };
    fault("chat.postMessage", { error: "not_in_channel" });
    await dispatch(deps, eventId);
    await passTime(deps, NOW + 120_000);
    expect(replies).toEqual([
      { response_type: "ephemeral", text: expect.stringContaining("/invite @Diarist") },
    ]);
    expect(await deliveries()).toMatchObject([{ status: "failed", tries: 1 }]);
    const missed = logs().filter(({ event }) => event === "slack.asker_not_answered");
    expect(missed.map(({ error }) => error)).toEqual(status === 200 ? [] : ["http_404"]);
    expect(JSON.stringify(logs())).not.toContain("secret");
  });
});

describe("a workspace", () => {
  test("that has left gets nothing more", async () => {
    const { deps, eventId } = await syncedThread();
    await db.prepare("DELETE FROM slack_installs").run();
    await dispatch(deps, eventId);
    expect(await deliveries()).toMatchObject([{ status: "discarded" }]);
    expect(await attemptsOf(db)).toEqual([{ n: 1, http_status: null, error: "not_installed" }]);
    expect(methods()).toEqual([]);
  });

  test("that another tenant has connected since gets nothing of this one's jobs", async () => {
    const { deps, eventId } = await syncedThread();
    await db.prepare("INSERT INTO tenants (id, name, created_at) VALUES ('ten_other', 'Other', 0)").run();
    await db.prepare("UPDATE slack_installs SET tenant_id = 'ten_other'").run();
    await dispatch(deps, eventId);
    expect(await deliveries()).toMatchObject([{ status: "discarded" }]);
    expect(methods()).toEqual([]);
  });
});

describe("the thread", () => {
  test("of a job that is done before its first message has one stage, and no edit", async () => {
    const { deps, ts, job, eventId } = await syncedThread();
    const done = await completeTold(db, job, NOW);
    await dispatch(deps, done);
    await dispatch(deps, eventId);
    await passTime(deps, NOW + 60_000);
    expect(place.replies(ts)[0]?.versions).toHaveLength(1);
    expect(methods().filter((method) => method.startsWith("chat."))).toEqual([
      "chat.postMessage",
      "chat.postMessage",
    ]);
  });

  test("does not go back when the first stage comes late", async () => {
    const { deps, ts, job, eventId } = await syncedThread();
    fault("chat.postMessage", { status: 503 });
    await dispatch(deps, eventId);
    await startInParts(deps, job.id, 1);
    await passTime(deps, NOW + 120_000);
    expect(await deliveries()).toMatchObject([
      { type: "job.queued", status: "delivered" },
      { type: "job.started" },
    ]);
    const stages = place.replies(ts)[0]?.versions.map(({ text }) => text);
    expect(stages).toEqual([expect.stringContaining("1 of 3 parts done")]);
  });

  test("of a command begins with the status message", async () => {
    const deps = makeSlackDeps(storage, place);
    const { job, eventId } = await insertTold(db, threadAt(place, null));
    await dispatch(deps, eventId);
    await dispatch(deps, await completeTold(db, job, deps.time));
    await passTime(deps, NOW + 60_000);
    const first = place.standIn.messages(place.channel).findLast(({ text }) => text.includes("standup.wav"));
    expect(first?.thread_ts === null || first?.thread_ts === first?.ts).toBe(true);
    expect(place.replies(first?.ts ?? "")).toHaveLength(3);
  });

  test("of a job in parts follows them every quarter of a minute, and that is no attempt", async () => {
    const { deps, ts, job, eventId } = await syncedThread();
    await dispatch(deps, eventId);
    const started = await startInParts(deps, job.id, 0);
    await passTime(deps, NOW + 5_000);
    expect(started).toBeDefined();
    expect(place.replies(ts)[0]?.text).toContain("0 of 3 parts done");
    await db.prepare("UPDATE jobs SET parts_done = 2 WHERE id = ?").bind(job.id).run();
    await passTime(deps, NOW + 5_000 + SLACK_PROGRESS_MS);
    expect(place.replies(ts)[0]?.text).toContain("2 of 3 parts done");
    expect(await deliveries()).toMatchObject([
      { type: "job.queued", status: "delivered" },
      { type: "job.started", status: "pending", tries: 0 },
    ]);
  });

  test("says so where the files may not be attached", async () => {
    const { deps, ts, job, eventId } = await syncedThread();
    await dispatch(deps, eventId);
    fault("files.getUploadURLExternal", { error: "missing_scope" });
    await dispatch(deps, await completeTold(db, job, deps.time));
    await passTime(deps, NOW + 60_000);
    expect(place.replies(ts).at(-1)?.text).toMatch(/could not attach .*files:write/);
    const ofEnd = (await deliveries()).filter(({ type }) => type === "job.completed");
    expect(ofEnd).toMatchObject([{ status: "failed" }]);
  });

  test("whose status message somebody has deleted gets its transcript, and the message stays deleted", async () => {
    const { deps, ts, job, eventId } = await syncedThread();
    await dispatch(deps, eventId);
    fault("chat.update", { error: "message_not_found" });
    await dispatch(deps, await completeTold(db, job, deps.time));
    await passTime(deps, NOW + 60_000);
    expect(Object.keys(place.files(ts))).toEqual(["standup.txt", "standup.srt"]);
    expect(methods().filter((method) => method === "chat.postMessage")).toHaveLength(2);
  });
});

/** The job as run-job.ts leaves it after dispatching three parts, with its event. */
async function startInParts(deps: NotifyDeps, jobId: string, done: number): Promise<string> {
  const id = newId("evt", NOW);
  await db.batch([
    db
      .prepare(
        "UPDATE jobs SET status = 'processing', stage = 'transcribing', parts_total = 3, parts_done = ? WHERE id = ?",
      )
      .bind(done, jobId),
    db
      .prepare(
        `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at, sweep_at)
         SELECT ?, tenant_id, id, 2, 'job.started', '{}', ?, ? FROM jobs WHERE id = ?`,
      )
      .bind(id, NOW, NOW, jobId),
  ]);
  await dispatch(deps, id);
  return id;
}

test("a lane with nothing due is left alone", async () => {
  const deps = makeSlackDeps(storage, place);
  await work(deps, lane);
  expect(methods()).toEqual([]);
});
