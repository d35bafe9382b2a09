import { expect, test } from "vitest";
import { newId } from "../../shared/id.ts";
import { closeCall, leaveCalls, openCall } from "../../shared/storage/calls.ts";
import { cancelJob, deleteJob } from "../../shared/storage/jobs.ts";
import { meterJob, readQuotas } from "../../shared/storage/quota.ts";
import { changeTenant } from "../../shared/storage/tenants.ts";
import { listUsage } from "../../shared/storage/usage.ts";
import { claim, complete, eventFor, insertClaimedJob, insertNewJob, NOW } from "../support/stack/jobs.ts";
import { count, useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db } = await useStorage();

const november = { from: "2026-11-01", to: "2026-11-30" };
const usage = () => listUsage(db, TENANT, november, 100);
const call = (job: Awaited<ReturnType<typeof insertClaimedJob>>, attempt: number, seconds: number) => ({
  job,
  part: 0,
  attempt,
  purpose: "text" as const,
  seconds,
});

test("usage is the ledger's sum to the millisecond, whatever became of the calls and their Workers", async () => {
  const outcomes = ["answered", "rate_limited", "processing_failed", "unavailable", "unauthorized", null];
  for (let n = 0; n < 24; n++) {
    const job = await insertClaimedJob(db, { keyId: `key_${n % 4}` });
    const made = call(job, 1, n + 0.123);
    await openCall(db, made, NOW + n);
    const outcome = outcomes[n % outcomes.length];
    if (outcome) await closeCall(db, made, { outcome, httpStatus: null, upstreamId: null }, NOW + n + 1);
    if (n % 7 === 0) await deleteJob(db, job, NOW);
  }
  const { results: ledger } = await db
    .prepare(
      `SELECT key_id AS keyId, count(*) AS calls, sum(CAST(round(audio_seconds * 1000) AS INTEGER)) AS billedMs
       FROM calls WHERE outcome IS NULL OR outcome IN ('answered', 'processing_failed')
       GROUP BY key_id ORDER BY key_id DESC`,
    )
    .all();
  expect((await usage()).map(({ keyId, calls, billedMs }) => ({ keyId, calls, billedMs }))).toEqual(ledger);
  expect((await usage()).map(({ jobs }) => jobs)).toEqual([6, 6, 6, 6]);
});

test("a call that is closed twice is taken off once", async () => {
  const made = call(await insertClaimedJob(db), 1, 10);
  await openCall(db, made, NOW);
  const refused = { outcome: "rate_limited", httpStatus: 429, upstreamId: null };
  await closeCall(db, made, refused, NOW);
  await closeCall(db, made, refused, NOW);
  expect(await usage()).toMatchObject([{ calls: 0, billedMs: 0 }]);
});

test("a job is metered once, also by its second attempt, and beyond the limit not at all", async () => {
  await changeTenant(db, TENANT, { limits: { minutes_per_month: 2 } });
  const first = await insertClaimedJob(db);
  expect(await meterJob(db, first, 90, NOW)).toBe(true);
  expect(await meterJob(db, first, 90, NOW)).toBe(true);
  const second = await insertClaimedJob(db);
  expect(await meterJob(db, second, 30.001, NOW)).toBe(false);
  expect(await meterJob(db, second, 30, NOW)).toBe(true);
  const [quota] = await readQuotas(db, TENANT, { minutes_per_month: 2 }, NOW);
  expect(quota).toEqual({ name: "minutes_per_month", limit: 2, used: 2, resetsAt: Date.UTC(2026, 11, 1) });
  const [december] = await readQuotas(db, TENANT, { minutes_per_month: 2 }, Date.UTC(2026, 11, 1));
  expect(december?.used).toBe(0);
});

test("of two jobs for the last minutes one gets them", async () => {
  await changeTenant(db, TENANT, { limits: { minutes_per_month: 1 } });
  const jobs = await Promise.all([insertClaimedJob(db), insertClaimedJob(db)]);
  const metered = await Promise.all(jobs.map((job) => meterJob(db, job, 60, NOW)));
  expect(metered.toSorted()).toEqual([false, true]);
});

test("a canceled job gives its minutes back if no call was made, and keeps them if one was", async () => {
  const cancel = (job: Awaited<ReturnType<typeof insertClaimedJob>>) =>
    cancelJob(db, job, NOW, async (done) => eventFor(done, "job.canceled", { id: newId("evt", NOW) }));
  const unpaid = await insertClaimedJob(db);
  await meterJob(db, unpaid, 60, NOW);
  expect(await cancel(unpaid)).not.toBeNull();
  expect((await usage())[0]?.audioMs).toBe(0);
  const paid = await insertClaimedJob(db);
  await meterJob(db, paid, 60, NOW);
  await openCall(db, call(paid, 1, 60), NOW);
  expect(await cancel(paid)).not.toBeNull();
  expect((await usage())[0]?.audioMs).toBe(60_000);
  await leaveCalls(db, paid.id).run();
  expect((await usage())[0]).toMatchObject({ calls: 1, billedMs: 60_000 });
});

test("stored bytes are those of the jobs that are there", async () => {
  const stored = () => count(db, "SELECT bytes AS n FROM stored_bytes WHERE tenant_id = ?", TENANT);
  const one = await insertNewJob(db);
  const two = await insertNewJob(db);
  await insertNewJob(db, { audioKey: null, sourceUrl: "https://example.com/a.wav" });
  expect(await stored()).toBe(2 * 32_044);
  await complete(db, await claim(db, two.id));
  expect(await stored()).toBe(2 * 32_044);
  await deleteJob(db, one, NOW);
  expect(await stored()).toBe(32_044);
});

test("a quota's rows read do not grow with the tenant's jobs", async () => {
  const limits = { minutes_per_month: 1_000_000, jobs_at_once: 5, bytes_stored: 1 };
  const read = async () => {
    const { meta } = await db
      .prepare(
        `SELECT (SELECT sum(audio_ms) FROM usage_days WHERE tenant_id = ?1 AND day >= ?2),
           (SELECT count(*) FROM (SELECT 1 FROM jobs WHERE tenant_id = ?1 AND status IN ('queued', 'processing') LIMIT ?3)),
           (SELECT bytes FROM stored_bytes WHERE tenant_id = ?1)`,
      )
      .bind(TENANT, "2026-11-01", limits.jobs_at_once)
      .run();
    return meta.rows_read;
  };
  for (let n = 0; n < 10; n++) await insertNewJob(db);
  const few = await read();
  for (let n = 0; n < 40; n++) await insertNewJob(db);
  expect(await read()).toBe(few);
  expect(await readQuotas(db, TENANT, limits, NOW)).toMatchObject([{}, { used: 5 }, {}]);
});
