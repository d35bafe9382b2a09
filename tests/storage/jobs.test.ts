import { describe, expect, test } from "vitest";
import { firstIdAt, newId } from "../../shared/id.ts";
import { PURGE_AGAIN_MS, WAKE_GRACE_MS } from "../../shared/limits.ts";
import { openCall } from "../../shared/storage/calls.ts";
import { createDeliveries, readWork, recordAttempts } from "../../shared/storage/deliveries.ts";
import { listJobs } from "../../shared/storage/job-list.ts";
import { duePurges, endPurges } from "../../shared/storage/job-objects.ts";
import { deleteJob, insertJob, queued, readJob } from "../../shared/storage/jobs.ts";
import { openPendingAudio } from "../../shared/storage/pending-audio.ts";
import { insertTenant } from "../../shared/storage/tenants.ts";
import { saveSlices } from "../../shared/storage/transcripts.ts";
import { sliceText } from "../../shared/transcript/slices.ts";
import {
  claim,
  complete,
  eventFor,
  insertClaimedJob,
  insertNewJob,
  insertQueued,
  NOW,
  newJob,
} from "../support/stack/jobs.ts";
import { count, useStorage } from "../support/stack/storage.ts";
import { readEvent } from "../support/stack/stored.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db, rowsOf } = await useStorage();

describe("a new job", () => {
  test("is read back as it was given, in every language and with every quote", async () => {
    const given = newJob({
      metadata: { "naïve key": ["日本語", { deep: null }], "it's": 'a "quote"; DROP TABLE jobs; --' },
      tags: ["päiväys", "会議", "a'b"],
      externalId: "ext-\u{1f600}",
      webhookUrl: "https://example.com/hook?a=1&b=2",
      task: "translate",
    });
    const inserted = await insertQueued(db, given);
    expect(inserted).toMatchObject(given);
    expect(inserted).toMatchObject({
      status: "queued",
      stage: "stored",
      attempt: 0,
      failures: 0,
      sequence: 1,
      storedAt: NOW,
      startedAt: null,
    });
    expect(await readJob(db, TENANT, given.id)).toEqual(inserted);
    expect(await rowsOf(given.id)).toEqual({ jobs: 1, job_tags: 3, events: 1 });
  });

  test("whose audio is still to be fetched begins with importing", async () => {
    const job = await insertNewJob(db, { audioKey: null, sourceUrl: "https://example.com/a.mp3" });
    expect(job).toMatchObject({ stage: "importing", storedAt: null });
    expect(await claim(db, job.id)).toMatchObject({ stage: "importing" });
  });

  test("ends the reception of its audio, and of no other, in the same batch", async () => {
    const job = newJob();
    await openPendingAudio(db, job.audioKey ?? "", NOW);
    await openPendingAudio(db, "audio/other", NOW);
    await insertQueued(db, job);
    expect(await db.prepare("SELECT key FROM pending_audio").all()).toMatchObject({
      results: [{ key: "audio/other" }],
    });
  });

  test("is not there at all when a tag cannot be written, and its reception goes on", async () => {
    const job = newJob({ tags: ["twice", "twice"] });
    await openPendingAudio(db, job.audioKey ?? "", NOW);
    await expect(insertQueued(db, job)).rejects.toThrow(/UNIQUE/);
    expect(await rowsOf(job.id)).toEqual({});
    expect(await count(db, "SELECT count(*) AS n FROM pending_audio")).toBe(1);
  });

  test("is swept when its first wake-up is overdue", async () => {
    const { id } = await insertNewJob(db);
    const at = await db.prepare("SELECT sweep_at FROM jobs WHERE id = ?").bind(id).first<number>("sweep_at");
    expect(at).toBe(NOW + WAKE_GRACE_MS);
  });
});

describe("a job of another tenant", () => {
  test("is as little there as one that never was", async () => {
    await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "sealed");
    const { id } = await insertNewJob(db, { tenantId: "ten_other", tags: ["x"], externalId: "e" });
    expect(await readJob(db, TENANT, id)).toBeNull();
    expect(await listJobs(db, TENANT, {}, 10)).toEqual({ data: [], next: null });
    expect(await listJobs(db, TENANT, { tag: "x" }, 10)).toEqual({ data: [], next: null });
    expect(await listJobs(db, TENANT, { externalId: "e" }, 10)).toEqual({ data: [], next: null });
  });
});

describe("a list", () => {
  const idAt = (at: number) => newId("job", at);
  const idsOf = async (filter: Parameters<typeof listJobs>[2], limit = 10) =>
    (await listJobs(db, TENANT, filter, limit)).data.map((job) => job.id);

  test("is newest first, and pages without gap or overlap", async () => {
    const ids = [idAt(NOW), idAt(NOW + 1), idAt(NOW + 2), idAt(NOW + 3), idAt(NOW + 4)];
    for (const id of ids) await insertNewJob(db, { id });
    const first = await idsOf({}, 2);
    const second = await idsOf({ before: first.at(-1) }, 2);
    const third = await idsOf({ before: second.at(-1) }, 2);
    expect([...first, ...second, ...third]).toEqual(ids.reverse());
  });

  test("is narrowed by status, external id, tag and time, all at once", async () => {
    const wanted = await insertNewJob(db, { id: idAt(NOW + 5), tags: ["a", "b"], externalId: "e" });
    await insertNewJob(db, { id: idAt(NOW + 5), tags: ["a"], externalId: "other" });
    await insertNewJob(db, { id: idAt(NOW + 5), tags: ["b"], externalId: "e" });
    await insertNewJob(db, { id: idAt(NOW + 9), tags: ["a"], externalId: "e" });
    await insertNewJob(db, { id: idAt(NOW), tags: ["a"], externalId: "e" });
    const claimed = await insertNewJob(db, { id: idAt(NOW + 5), tags: ["a"], externalId: "e" });
    await claim(db, claimed.id, NOW + 5);
    const filter = {
      status: "queued" as const,
      externalId: "e",
      tag: "a",
      before: firstIdAt("job", NOW + 9),
      createdAfter: firstIdAt("job", NOW + 5),
    };
    expect(await idsOf(filter)).toEqual([wanted.id]);
  });

  test("by time takes the first millisecond in and leaves the last out", async () => {
    const { id } = await insertNewJob(db, { id: idAt(NOW) });
    expect(await idsOf({ createdAfter: firstIdAt("job", NOW) })).toEqual([id]);
    expect(await idsOf({ createdAfter: firstIdAt("job", NOW + 1) })).toEqual([]);
    expect(await idsOf({ before: firstIdAt("job", NOW) })).toEqual([]);
    expect(await idsOf({ before: firstIdAt("job", NOW + 1) })).toEqual([id]);
  });
});

describe("deleting", () => {
  test("leaves nothing but the ledger and the note to purge", async () => {
    const claimed = await insertClaimedJob(db, { tags: ["a", "b"], webhookUrl: "https://example.com/hook" });
    await openCall(db, { job: claimed, part: 0, attempt: 1, purpose: "text", seconds: 1 }, NOW);
    await saveSlices(db, claimed, sliceText('{"text":"secret"}'));
    const done = await complete(db, claimed);
    const eventId = await db.prepare("SELECT id FROM events").first<string>("id");
    const event = await readEvent(db, eventId ?? "");
    if (!event) throw new Error("the event is there");
    const target = { id: "dlv_1", lane: "ten_test https://example.com", url: "https://example.com/hook" };
    await createDeliveries(db, event, [target], NOW);
    const { due } = await readWork(db, { id: target.lane, tenantId: TENANT }, NOW, 1);
    const [delivery] = due;
    if (!delivery) throw new Error("the delivery is due");
    const attempt = {
      url: target.url,
      startedAt: NOW,
      durationMs: 1,
      httpStatus: 500,
      error: "status",
      response: "secret",
    };
    await db.batch(recordAttempts(db, [{ delivery, attempt, next: { at: NOW + 5 } }]));
    const kept = await complete(db, await insertClaimedJob(db, { tags: ["a"] }));

    await deleteJob(db, done, NOW);

    expect(await rowsOf(done.id)).toEqual({ calls: 1, purges: 1 });
    expect(await count(db, "SELECT count(*) AS n FROM attempts")).toBe(0);
    expect(await rowsOf(kept.id)).toEqual({ jobs: 1, job_tags: 1, events: 1 });
  });

  test("is repeated without harm, and the purge is due once no Worker can still write", async () => {
    const job = await insertNewJob(db);
    await deleteJob(db, job, NOW - 5);
    await deleteJob(db, job, NOW);
    expect(await duePurges(db, NOW + PURGE_AGAIN_MS - 1, 10)).toEqual([]);
    expect(await duePurges(db, NOW + PURGE_AGAIN_MS, 10)).toEqual([
      { jobId: job.id, tenantId: TENANT, kind: null },
    ]);
    await endPurges(db, await duePurges(db, NOW + PURGE_AGAIN_MS, 10), NOW + PURGE_AGAIN_MS);
    expect(await duePurges(db, NOW + PURGE_AGAIN_MS, 10)).toEqual([]);
  });
});

describe("the event of a new job", () => {
  const sweepAt = (id: string) =>
    db.prepare("SELECT sweep_at FROM events WHERE job_id = ?").bind(id).first<number | null>("sweep_at");
  const insert = async () => {
    const job = newJob();
    const { isAnnounced } = await insertJob(db, job, eventFor(queued(job), "job.queued"));
    return { isAnnounced, sweepAt: await sweepAt(job.id) };
  };
  const setEndpoint = (events: string[] | null, enabled: number) =>
    db
      .prepare(
        `INSERT OR REPLACE INTO endpoints (id, tenant_id, url, description, events, rate_limit, ed25519, enabled,
           created_at) VALUES ('ep_1', ?, 'https://example.com', '', ?, 10, 0, ?, 0)`,
      )
      .bind(TENANT, events && JSON.stringify(events), enabled)
      .run();

  test("tells the job as it is inserted", async () => {
    for (const change of [{}, { audioKey: null, sourceUrl: "https://example.com/a.mp3" }]) {
      const job = newJob(change);
      const inserted = await insertQueued(db, job);
      expect(queued(job)).toEqual(inserted);
    }
  });

  test("is for the outbox only if an enabled endpoint wants it", async () => {
    const nobody = { isAnnounced: false, sweepAt: null };
    const somebody = { isAnnounced: true, sweepAt: NOW + WAKE_GRACE_MS };
    expect(await insert()).toEqual(nobody);
    await setEndpoint(["job.completed", "job.started"], 1);
    expect(await insert()).toEqual(nobody);
    await setEndpoint(["job.queued"], 1);
    expect(await insert()).toEqual(somebody);
    await setEndpoint(null, 1);
    expect(await insert()).toEqual(somebody);
    await setEndpoint(null, 0);
    expect(await insert()).toEqual(nobody);
  });
});
