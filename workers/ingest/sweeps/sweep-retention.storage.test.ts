import { describe, expect, test } from "vitest";
import { failure } from "../../../shared/failure.ts";
import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { PURGE_AGAIN_MS } from "../../../shared/limits.ts";
import { audioKey, partKey, referenceKey } from "../../../shared/storage/job-objects.ts";
import { failed, failJob, findDuplicate, readAnyJob } from "../../../shared/storage/job-work.ts";
import { type NewJob, requeueJob } from "../../../shared/storage/jobs.ts";
import { saveRawAnswer } from "../../../shared/storage/raw-answers.ts";
import { readRetentionDefaults, saveRetentionDefaults } from "../../../shared/storage/retention.ts";
import { copyTranscript, saveSlices } from "../../../shared/storage/transcripts.ts";
import {
  complete,
  eventFor,
  insertClaimedJob,
  insertNewJob,
  NOW,
} from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../../tests/support/stack/storage.ts";
import { readTranscript } from "../../../tests/support/stack/stored.ts";
import { TENANT } from "../../../tests/support/stack/tenant.ts";
import { keptAnswer, SENT } from "../../../tests/support/workers/transcribe-deps.ts";
import { sweepPendingAudio } from "./sweep-pending-audio.ts";
import { BATCH, sweepRetention } from "./sweep-retention.ts";

const DAY = 86_400_000;
const { db, bucket, keys, rowsOf } = await useStorage();
useLogs();

const NOBODY = { sendBatch: () => Promise.reject(new Error("nobody is told")) } as unknown as Queue;

/** The database, which tells of each statement. */
function countStatements(real: D1Database, tell: () => void): D1Database {
  return new Proxy(real, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        if (name === "prepare") tell();
        return member.apply(target, args);
      };
    },
  });
}

/** The sweep at this time; the ids that it told the notify Worker. */
async function sweepAt(time: number): Promise<string[]> {
  const told: string[] = [];
  const NOTIFY_QUEUE = {
    async sendBatch(messages: { body: { event_id?: string } }[]) {
      for (const { body } of messages) told.push(body.event_id ?? "");
      return SENT;
    },
  } as unknown as Queue;
  await sweepRetention({ DB: db, BUCKET: bucket, NOTIFY_QUEUE }, () => time);
  return told;
}

const keysOf = ({ id }: Pick<Job, "id">) => ({
  source: audioKey(TENANT, id, "wav"),
  part: partKey(TENANT, id, 3, "wav"),
  reference: referenceKey(TENANT, id, "wav"),
  raw: `raw/${TENANT}/${id}/0.json`,
});

/** A held job with all that a long one has. */
async function insertFullJob(change: Partial<NewJob>): Promise<Job> {
  const job = await insertClaimedJob(db, change);
  const { source, part, reference } = keysOf(job);
  for (const key of [source, part, reference]) await bucket.put(key, "audio");
  await saveRawAnswer(bucket, { job, part: 0, purpose: "text" }, keptAnswer("{}"));
  await saveSlices(db, job, ['{"text":"a secret"', "}"]);
  return job;
}

async function completeFullJob(change: Partial<NewJob>): Promise<Job> {
  return complete(db, await insertFullJob(change));
}

async function removedAt(id: string) {
  const { audioRemovedAt, transcriptRemovedAt } = (await readAnyJob(db, id))?.retention ?? {};
  return { audioRemovedAt, transcriptRemovedAt };
}

describe("a recording", () => {
  test("of a job that keeps it no day goes once the job is done, with parts and reference, and nothing else does", async () => {
    const job = await insertFullJob({ retainAudioDays: 0 });
    await sweepAt(NOW + 100 * DAY);
    expect(await keys()).toHaveLength(4);
    const done = await complete(db, job);
    expect(await sweepAt(NOW)).toEqual([]);
    expect(await keys()).toEqual([keysOf(job).raw]);
    expect(await removedAt(job.id)).toEqual({ audioRemovedAt: NOW, transcriptRemovedAt: null });
    expect(await readTranscript(db, done)).toBe('{"text":"a secret"}');
  });

  test("stays for its days and goes with the last", async () => {
    const { id } = await completeFullJob({ retainAudioDays: 2 });
    await sweepAt(NOW + 2 * DAY - 1);
    expect(await keys()).toHaveLength(4);
    await sweepAt(NOW + 2 * DAY);
    expect(await keys()).toEqual([keysOf({ id }).raw]);
  });

  test("of which nothing was said is kept", async () => {
    await completeFullJob({});
    await sweepAt(NOW + 36_500 * DAY);
    expect(await keys()).toHaveLength(4);
  });

  test("of a failed job stays a day, for a retry, and cannot be retried without it", async () => {
    const held = await insertFullJob({ retainAudioDays: 0 });
    const done = failed(held, failure("processing_failed", "no"), NOW);
    await failJob(db, done, eventFor(done, "job.failed"));
    await sweepAt(NOW + DAY - 1);
    expect(await keys()).toHaveLength(4);
    await sweepAt(NOW + DAY);
    expect(await keys()).toEqual([keysOf(held).raw]);
    expect(await requeueJob(db, held.id, NOW + DAY)).toBe(false);
  });

  test("of a job that is retried is kept until that ends", async () => {
    const held = await insertFullJob({ retainAudioDays: 3 });
    const done = failed(held, failure("processing_failed", "no"), NOW);
    await failJob(db, done, eventFor(done, "job.failed"));
    expect(await requeueJob(db, held.id, NOW)).toBe(true);
    await sweepAt(NOW + 10 * DAY);
    expect(await keys()).toHaveLength(4);
  });

  test("that a Worker without a claim writes late is removed by the purge, and the answers are not", async () => {
    const { id } = await completeFullJob({ retainAudioDays: 0 });
    await sweepAt(NOW);
    await bucket.put(keysOf({ id }).part, "late");
    await sweepPendingAudio({ DB: db, BUCKET: bucket }, () => NOW + PURGE_AGAIN_MS - 1);
    expect(await keys()).toHaveLength(2);
    await sweepPendingAudio({ DB: db, BUCKET: bucket }, () => NOW + PURGE_AGAIN_MS);
    expect(await keys()).toEqual([keysOf({ id }).raw]);
    expect(await rowsOf(id)).not.toHaveProperty("purges");
  });
});

describe("a transcript", () => {
  test("goes with its last day, slices and raw answers, and the recording stays", async () => {
    const { id } = await completeFullJob({ retainTranscriptDays: 1 });
    await sweepAt(NOW + DAY - 1);
    expect(await rowsOf(id)).toMatchObject({ transcript_slices: 2 });
    await sweepAt(NOW + DAY);
    const { source, part, reference } = keysOf({ id });
    expect(await keys()).toEqual([part, reference, source].sort());
    expect(await rowsOf(id)).not.toHaveProperty("transcript_slices");
    expect(await removedAt(id)).toEqual({ audioRemovedAt: null, transcriptRemovedAt: NOW + DAY });
  });

  test("that is gone is no duplicate any more, and a copy that was made of it stays", async () => {
    const first = await completeFullJob({ retainTranscriptDays: 1, fingerprint: "same" });
    const second = await insertClaimedJob(db, { fingerprint: "same" });
    expect((await findDuplicate(db, second))?.id).toBe(first.id);
    expect(await copyTranscript(db, first, second)).toBe(true);
    const copied = await complete(db, second);
    await sweepAt(NOW + DAY);
    expect(await readTranscript(db, copied)).toBe('{"text":"a secret"}');
    const third = await insertClaimedJob(db, { fingerprint: "same" });
    expect((await findDuplicate(db, third))?.id).toBe(second.id);
  });

  test("that goes while a duplicate copies it is bought again", async () => {
    const first = await completeFullJob({ retainTranscriptDays: 1, fingerprint: "same" });
    const second = await insertClaimedJob(db, { fingerprint: "same" });
    const found = await findDuplicate(db, second);
    await sweepAt(NOW + DAY);
    expect(await copyTranscript(db, found ?? first, second)).toBe(false);
    expect(await findDuplicate(db, second)).toBeNull();
  });
});

describe("a job", () => {
  test("goes whole when neither is kept any longer, and its receipt tells what went and when", async () => {
    const hook = "https://app.example.com/hook";
    const days = { retainAudioDays: 1, retainTranscriptDays: 3 };
    const job = await completeFullJob({ ...days, webhookUrl: hook, tags: ["a"], metadata: { name: "Ada" } });
    await sweepAt(NOW + DAY);
    await sweepAt(NOW + 3 * DAY - 1);
    expect(await readAnyJob(db, job.id)).not.toBeNull();
    const told = await sweepAt(NOW + 3 * DAY);

    expect(await keys()).toEqual([]);
    expect(await rowsOf(job.id)).toEqual({ events: 1, purges: 1 });
    const event = await db.prepare("SELECT id, type, body, webhook_url FROM events").first();
    expect(event).toMatchObject({ id: told[0], type: "job.deleted", webhook_url: hook });
    expect(JSON.parse(String(event?.["body"]))).toEqual({
      type: "job.deleted",
      timestamp: "2026-11-23T12:00:00.000Z",
      data: {
        id: job.id,
        object: "job",
        reason: "retention_ended",
        deleted_at: "2026-11-23T12:00:00.000Z",
        removed: [
          {
            what: "audio",
            removed_at: "2026-11-21T12:00:00.000Z",
            bytes: job.audio.bytes,
            sha256: job.audio.sha256,
          },
          {
            what: "transcript",
            removed_at: "2026-11-23T12:00:00.000Z",
            sha256: job.result?.transcript_sha256,
          },
        ],
        sequence: job.sequence + 1,
      },
    });
  });

  test("that failed goes whole too, though it never had a transcript", async () => {
    const held = await insertClaimedJob(db, { retainAudioDays: 0, retainTranscriptDays: 1 });
    const done = failed(held, failure("unsupported_format", "no"), NOW);
    await failJob(db, done, eventFor(done, "job.failed"));
    await sweepAt(NOW + DAY);
    expect(await readAnyJob(db, held.id)).toBeNull();
  });

  test("keeps the days it was created with when its tenant's change later", async () => {
    const days = { audioDays: 7, transcriptDays: null };
    await saveRetentionDefaults(db, TENANT, days);
    expect(await readRetentionDefaults(db, TENANT)).toEqual(days);
    const job = await insertNewJob(db, { retainAudioDays: 0, retainTranscriptDays: 30 });
    expect(job.retention).toMatchObject({ audioDays: 0, transcriptDays: 30 });
    expect(await readRetentionDefaults(db, "ten_other")).toEqual({ audioDays: null, transcriptDays: null });
  });
});

describe("the sweep", () => {
  test("does a batch of transcripts at a time, the longest due first, and the others the next time", async () => {
    for (let n = 0; n <= BATCH; n++) {
      const held = await insertClaimedJob(db, { id: newId("job", NOW + n), retainTranscriptDays: 0 });
      await complete(db, held, NOW + n);
    }
    await sweepAt(NOW + DAY);
    const left = "SELECT count(*) AS n FROM jobs WHERE transcript_removed_at IS NULL";
    expect(await count(db, left)).toBe(1);
    expect(await count(db, `${left} AND completed_at = ?`, NOW + BATCH)).toBe(1);
    await sweepAt(NOW + DAY);
    expect(await count(db, left)).toBe(0);
  });

  test("removes a backlog of 10,000 recordings at once, in 63 statements", async () => {
    const held = await insertClaimedJob(db, { retainAudioDays: 0 });
    await complete(db, held);
    await bucket.put(held.audioKey ?? "", "audio");
    const columns = `tenant_id, status, stage, task, options, audio, metadata, tags, created_at, completed_at,
      retain_audio_days`;
    await db
      .prepare(
        `INSERT INTO jobs (id, audio_key, ${columns}) SELECT 'job_' || n, 'audio/' || n, ${columns}
         FROM jobs, (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9999) SELECT n FROM r)`,
      )
      .run();
    let statements = 0;
    const counting = countStatements(db, () => statements++);
    await sweepRetention({ DB: counting, BUCKET: bucket, NOTIFY_QUEUE: NOBODY }, () => NOW + DAY);
    expect(await count(db, "SELECT count(*) AS n FROM jobs WHERE audio_removed_at IS NULL")).toBe(0);
    expect(await count(db, "SELECT count(*) AS n FROM purges WHERE kind = 'audio'")).toBe(10_000);
    expect(await keys()).toEqual([]);
    expect(statements).toBe(63);
  }, 60_000);

  test("finds what is due by an index, however many jobs there are", async () => {
    const plans = ["audio_until", "transcript_until", "job_until"].map(async (column) => {
      const { results } = await db
        .prepare(`EXPLAIN QUERY PLAN SELECT * FROM jobs WHERE ${column} <= ? ORDER BY ${column} LIMIT ?`)
        .bind(NOW, 1)
        .all<{ detail: string }>();
      expect(results.map(({ detail }) => detail)).toEqual([
        `SEARCH jobs USING INDEX jobs_by_${column} (${column}<?)`,
      ]);
    });
    await Promise.all(plans);
  });

  test("goes on behind a job whose objects cannot be removed now, which the purge removes", async () => {
    const stuck = await completeFullJob({ retainAudioDays: 0 });
    const fine = await completeFullJob({ retainAudioDays: 0 });
    const failing = Object.create(bucket, {
      list: {
        value: (options: R2ListOptions) =>
          options.prefix?.includes(stuck.id) ? Promise.reject(new Error("R2")) : bucket.list(options),
      },
      delete: { value: (keys: string[]) => bucket.delete(keys) },
    }) as R2Bucket;
    const env = { DB: db, BUCKET: failing, NOTIFY_QUEUE: {} as Queue };
    await sweepRetention(env, () => NOW);
    expect(await keys()).toHaveLength(5);
    expect(await removedAt(fine.id)).toMatchObject({ audioRemovedAt: NOW });
    await sweepPendingAudio({ DB: db, BUCKET: bucket }, () => NOW + PURGE_AGAIN_MS);
    expect(await keys()).toEqual([keysOf(stuck).raw, keysOf(fine).raw].sort());
  });
});
