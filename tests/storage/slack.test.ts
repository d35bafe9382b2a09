import { describe, expect, test } from "vitest";
import { newId } from "../../shared/id.ts";
import { SLACK_REFUSED_AGAIN_MS, SLACK_REQUEST_LEASE_MS, WAKE_GRACE_MS } from "../../shared/limits.ts";
import type { Say } from "../../shared/slack/notice.ts";
import { deleteJob } from "../../shared/storage/jobs.ts";
import { removeOldNotices } from "../../shared/storage/remove-old.ts";
import { expireTranscript } from "../../shared/storage/retention.ts";
import {
  deleteInstall,
  insertInstallLink,
  insertInstallState,
  listInstalls,
  readInstall,
  type SlackInstall,
  saveInstall,
  takeInstallState,
} from "../../shared/storage/slack-installs.ts";
import { sayInChannel, updateThread } from "../../shared/storage/slack-notices.ts";
import { beginPost, readPosts, savePost } from "../../shared/storage/slack-posts.ts";
import {
  claimSlackRequest,
  deferSlackRequest,
  endSlackRequest,
  insertSlackRequests,
  removeOldSlackRequests,
  sweepSlackRequests,
} from "../../shared/storage/slack-requests.ts";
import {
  isFileTaken,
  placeThread,
  readThread,
  readThreadOfFile,
} from "../../shared/storage/slack-threads.ts";
import { insertQueued, NOW, newJob } from "../support/stack/jobs.ts";
import { count, useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db, rowsOf } = await useStorage();

const HOUR = 60 * 60_000;
const INSTALL: SlackInstall = {
  teamId: "T1",
  tenantId: TENANT,
  keyId: "key_1",
  teamName: "Acme",
  appId: "A1",
  botUserId: "U9",
  installedBy: null,
  scopes: "files:read",
  token: "v2.sealed",
  sealedWith: "k1",
  installedAt: NOW,
};

async function link(hash: string, change: object = {}): Promise<void> {
  await insertInstallLink(
    db,
    hash,
    { tenantId: TENANT, keyId: "key_1", expiresAt: NOW + HOUR, ...change },
    NOW,
  );
}

async function install(change: Partial<SlackInstall> = {}): Promise<string> {
  await link("used");
  return saveInstall(db, { ...INSTALL, ...change }, "used");
}

describe("an installation", () => {
  test("goes from a link by a state to a workspace, and neither can be used again", async () => {
    await link("link");
    expect(await insertInstallState(db, "state", "link", NOW + 1000, NOW)).toBe(true);
    expect(await takeInstallState(db, "state", NOW)).toMatchObject({ hash: "link", tenantId: TENANT });
    expect(await takeInstallState(db, "state", NOW)).toBeNull();
    expect(await saveInstall(db, INSTALL, "link")).toBe("saved");
    expect(await readInstall(db, "T1")).toEqual(INSTALL);
    expect(await saveInstall(db, INSTALL, "link")).toBe("link_used");
    expect(await insertInstallState(db, "again", "link", NOW + 1000, NOW)).toBe(false);
  });

  test("may be begun twice, and is finished once", async () => {
    await link("link");
    for (const state of ["a", "b"]) await insertInstallState(db, state, "link", NOW + 1000, NOW);
    const taken = await Promise.all([takeInstallState(db, "a", NOW), takeInstallState(db, "b", NOW)]);
    expect(taken).toMatchObject([{ hash: "link" }, { hash: "link" }]);
    const saved = await Promise.all([saveInstall(db, INSTALL, "link"), saveInstall(db, INSTALL, "link")]);
    expect(saved.sort()).toEqual(["link_used", "saved"]);
  });

  test("has until its state ends, and its link", async () => {
    await link("link");
    await insertInstallState(db, "in time", "link", NOW + 1000, NOW);
    await insertInstallState(db, "late", "link", NOW + 1000, NOW);
    expect(await takeInstallState(db, "in time", NOW + 999)).not.toBeNull();
    expect(await takeInstallState(db, "late", NOW + 1000)).toBeNull();
    expect(await insertInstallState(db, "too late", "link", NOW + 2 * HOUR, NOW + HOUR)).toBe(false);
  });

  test("again renews the token; by another tenant's link it is refused, and uses that link up", async () => {
    await install();
    expect(await install({ token: "v2.newer", installedAt: NOW + 1 })).toBe("saved");
    expect(await readInstall(db, "T1")).toMatchObject({ token: "v2.newer", installedAt: NOW + 1 });
    await db.prepare("INSERT INTO tenants (id, name, created_at) VALUES ('ten_2', 'Other', 0)").run();
    expect(await install({ tenantId: "ten_2" })).toBe("other_tenant");
    expect(await readInstall(db, "T1")).toMatchObject({ tenantId: TENANT });
    expect(await listInstalls(db, "ten_2", undefined, 10)).toEqual([]);
  });

  test("is forgotten by the workspace's exact id, and not by a message about the one before it", async () => {
    await install();
    await install({ teamId: "T12" });
    expect(await deleteInstall(db, "T1", NOW - 1)).toBe(false);
    expect(await deleteInstall(db, "T1", NOW)).toBe(true);
    expect(await listInstalls(db, TENANT, undefined, 10)).toMatchObject([{ teamId: "T12" }]);
  });
});

const task = { kind: "help" };

describe("a request", () => {
  test("is kept once, however often it is told", async () => {
    expect(await insertSlackRequests(db, "Ev1", [task, task], NOW)).toEqual(["Ev1", "Ev1.1"]);
    const again = await Promise.all([1, 2, 3].map(() => insertSlackRequests(db, "Ev1", [task, task], NOW)));
    expect(again).toEqual([[], [], []]);
    expect(await count(db, "SELECT count(*) AS n FROM slack_requests")).toBe(2);
  });

  test("is claimed by one until its lease ends, and one that comes late ends nothing", async () => {
    await insertSlackRequests(db, "Ev1", [task], NOW);
    const first = await claimSlackRequest(db, "Ev1", NOW);
    if (!first) throw new Error("not claimed");
    expect(await claimSlackRequest(db, "Ev1", NOW + SLACK_REQUEST_LEASE_MS - 1)).toBeNull();
    const second = await claimSlackRequest(db, "Ev1", NOW + SLACK_REQUEST_LEASE_MS);
    expect(second).toMatchObject({ tries: 2 });
    await endSlackRequest(db, first).run();
    await deferSlackRequest(db, first, 0);
    expect(await claimSlackRequest(db, "Ev1", NOW + SLACK_REQUEST_LEASE_MS)).toBeNull();
    if (second) await endSlackRequest(db, second).run();
    expect(await claimSlackRequest(db, "Ev1", NOW + HOUR)).toBeNull();
    expect(await db.prepare("SELECT task FROM slack_requests").first("task")).toBeNull();
  });

  test("is swept when its message is overdue, when its Worker died, and no more when it is done", async () => {
    await insertSlackRequests(db, "Ev1", [task], NOW);
    expect(await sweepSlackRequests(db, NOW + WAKE_GRACE_MS - 1, 10)).toEqual([]);
    expect(await sweepSlackRequests(db, NOW + WAKE_GRACE_MS, 10)).toEqual(["Ev1"]);
    const request = await claimSlackRequest(db, "Ev1", NOW + WAKE_GRACE_MS);
    const died = NOW + WAKE_GRACE_MS + SLACK_REQUEST_LEASE_MS;
    expect(await sweepSlackRequests(db, died - 1, 10)).toEqual([]);
    expect(await sweepSlackRequests(db, died, 10)).toEqual(["Ev1"]);
    if (request) await endSlackRequest(db, request).run();
    expect(await sweepSlackRequests(db, died + 24 * HOUR, 10)).toEqual([]);
  });

  test("is forgotten after a day, with the files that were refused", async () => {
    await insertSlackRequests(db, "Ev1", [task], NOW);
    await refuse("Ev2", NOW, "F1");
    expect(await removeOldSlackRequests(db, NOW, 10)).toBe(0);
    expect(await removeOldSlackRequests(db, NOW + 1, 10)).toBe(3);
  });
});

const PLACE = { teamId: "T1", channelId: "C1", fileId: "F1" };
const say: Say = { team_id: "T1", channel_id: "C1", thread_ts: "1.1", text: "no", response_url: null };

/** The lane to wake, or null. */
async function refuse(requestId: string, now: number, fileId: string | null): Promise<string | null> {
  await insertSlackRequests(db, requestId, [task], now);
  const request = await claimSlackRequest(db, requestId, now);
  if (!request) throw new Error("not claimed");
  const ids = { id: newId("slk", now), deliveryId: newId("dlv", now) };
  const file = fileId === null ? null : { ...PLACE, fileId };
  return sayInChannel(db, request, ids, TENANT, say, now, file);
}
const deliveries = () =>
  count(db, "SELECT count(*) AS n FROM deliveries WHERE lane = 'slack T1 C1' AND status = 'pending'");

describe("what is said", () => {
  test("ends its request, and is due at once in the lane of its channel", async () => {
    expect(await refuse("Ev1", NOW, null)).toBe("slack T1 C1");
    expect(await deliveries()).toBe(1);
    expect(await claimSlackRequest(db, "Ev1", NOW + HOUR)).toBeNull();
    expect(await db.prepare("SELECT sweep_at FROM lanes").first("sweep_at")).toBe(NOW + WAKE_GRACE_MS);
  });

  test("of a file is said for the first of its events, and again when it is shared again later", async () => {
    expect(await refuse("Ev1", NOW, "F1")).not.toBeNull();
    expect(await refuse("Ev2", NOW + 1, "F1")).toBeNull();
    expect(await refuse("Ev3", NOW + SLACK_REFUSED_AGAIN_MS - 1, "F1")).toBeNull();
    expect(await refuse("Ev4", NOW + 1, "F2")).not.toBeNull();
    expect(await refuse("Ev5", NOW + SLACK_REFUSED_AGAIN_MS, "F1")).not.toBeNull();
    expect(await deliveries()).toBe(3);
  });

  test("by a Worker that lost its claim is not said", async () => {
    await insertSlackRequests(db, "Ev1", [task], NOW);
    const late = await claimSlackRequest(db, "Ev1", NOW);
    await claimSlackRequest(db, "Ev1", NOW + SLACK_REQUEST_LEASE_MS);
    if (!late) throw new Error("not claimed");
    const ids = { id: newId("slk", NOW), deliveryId: newId("dlv", NOW) };
    expect(await sayInChannel(db, late, ids, TENANT, say, NOW)).toBeNull();
    expect(await deliveries()).toBe(0);
  });

  test("is removed with its delivery when it is old", async () => {
    await refuse("Ev1", NOW, null);
    const id = await db.prepare("SELECT id FROM slack_notices").first<string>("id");
    await beginPost(db, id ?? "", { kind: "notice", revision: 0, fileIds: [] }, NOW);
    expect(await removeOldNotices(db, NOW, 10)).toBe(0);
    expect(await removeOldNotices(db, NOW + 1, 10)).toBe(1);
    for (const table of ["slack_notices", "slack_posts", "deliveries"]) {
      expect(await count(db, `SELECT count(*) AS n FROM ${table}`), table).toBe(0);
    }
  });
});

const thread = { ...PLACE, threadTs: null as string | null, userId: "U1", responseUrl: null };
const insertTold = (change: object = {}) => insertQueued(db, newJob({ thread: { ...thread, ...change } }));

describe("a file in a channel", () => {
  test("is one job in any order", async () => {
    const made = await Promise.allSettled([insertTold(), insertTold(), insertTold()]);
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const errors = made.flatMap((result) =>
      result.status === "rejected" ? [isFileTaken(result.reason)] : [],
    );
    expect(errors).toEqual([true, true]);
    expect(await count(db, "SELECT count(*) AS n FROM jobs")).toBe(1);
    expect(await count(db, "SELECT count(*) AS n FROM events WHERE sweep_at IS NOT NULL")).toBe(1);
  });

  test("is another job in another channel, and in another workspace", async () => {
    await insertTold();
    await insertTold({ channelId: "C2" });
    await insertTold({ teamId: "T2" });
    expect(await count(db, "SELECT count(*) AS n FROM jobs")).toBe(3);
  });

  test("that was refused may become one after all", async () => {
    await refuse("Ev1", NOW, "F1");
    const job = await insertTold();
    expect(await readThreadOfFile(db, PLACE)).toMatchObject({ jobId: job.id, lane: "slack T1 C1" });
  });

  test("has the message that an event knows, unless something was posted before", async () => {
    const job = await insertTold();
    await placeThread(db, job.id, "5.1");
    await placeThread(db, job.id, "6.1");
    expect(await readThread(db, job.id)).toMatchObject({ threadTs: "5.1" });
    const other = await insertTold({ channelId: "C2" });
    await beginPost(db, other.id, { kind: "status", revision: 0, fileIds: [] }, NOW);
    await placeThread(db, other.id, "5.1");
    expect(await readThread(db, other.id)).toMatchObject({ threadTs: null });
  });
});

describe("a deleted job", () => {
  test("leaves nothing of Slack but the word to take back what was posted", async () => {
    const job = await insertTold({ threadTs: "1.1" });
    const post = { revision: 0, shown: "x", doneAt: NOW };
    for (const [kind, ts] of [
      ["status", "2.1"],
      ["excerpt", "2.2"],
    ] as const) {
      await beginPost(db, job.id, { kind, revision: 0, fileIds: [] }, NOW);
      await savePost(db, job.id, { ...post, kind, ts });
    }
    await beginPost(db, job.id, { kind: "files", revision: 3, fileIds: ["F7", "F8"] }, NOW);
    await db.batch(updateThread(db, { id: newId("slk", NOW), deliveryId: newId("dlv", NOW) }, job.id, NOW));
    expect(await readPosts(db, job.id)).toHaveLength(3);

    await deleteJob(db, job, NOW);
    expect(await rowsOf(job.id)).toEqual({ purges: 1 });
    const { results } = await db
      .prepare("SELECT type, job_id, body FROM slack_notices")
      .all<{ body: string }>();
    expect(results).toMatchObject([{ type: "slack.cleared", job_id: null }]);
    expect(JSON.parse(results[0]?.body ?? "")).toEqual({
      team_id: "T1",
      channel_id: "C1",
      thread_ts: "1.1",
      status_ts: "2.1",
      excerpt_ts: "2.2",
      file_ids: ["F7", "F8"],
    });
    expect(await deliveries()).toBe(1);
    expect(await beginPost(db, job.id, { kind: "status", revision: 0, fileIds: [] }, NOW)).toBe(false);
  });

  test("whose transcript alone has come to its end leaves that word, too, and its thread is forgotten", async () => {
    const job = await insertTold({ threadTs: "1.1" });
    await beginPost(db, job.id, { kind: "status", revision: 0, fileIds: [] }, NOW);
    const days =
      "UPDATE jobs SET status = 'completed', result = '{}', completed_at = ?, retain_transcript_days = 1 WHERE id = ?";
    await db.prepare(days).bind(NOW, job.id).run();
    expect(await expireTranscript(db, job, NOW + 24 * HOUR - 1)).toBe(false);
    expect(await readThread(db, job.id)).not.toBeNull();
    expect(await expireTranscript(db, job, NOW + 24 * HOUR)).toBe(true);
    expect(await readThread(db, job.id)).toBeNull();
    expect(await count(db, "SELECT count(*) AS n FROM slack_notices WHERE type = 'slack.cleared'")).toBe(1);
  });

  test("that Slack never heard of leaves no word", async () => {
    const job = await insertQueued(db, newJob());
    await deleteJob(db, job, NOW);
    expect(await count(db, "SELECT count(*) AS n FROM slack_notices")).toBe(0);
    expect(await count(db, "SELECT count(*) AS n FROM lanes")).toBe(0);
  });
});
