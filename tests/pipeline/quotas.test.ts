import { afterAll, describe, expect, test } from "vitest";
import { closeGate } from "../../shared/storage/gates.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendForm, sendJson, sendRaw } from "../support/clients/send-job.ts";
import { begin, tus } from "../support/clients/tus.ts";
import { eventually } from "../support/eventually.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { count } from "../support/stack/storage.ts";
import { createTenant, OPERATOR_KEY, operate, setLimits } from "../support/stack/tenants.ts";

const talk = await bytesOf(await record(TALK));
const file = new File([talk], "talk.wav", { type: "audio/wav" });

const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

const send = (key: string, query = "?reuse=false") => sendRaw(diarist, talk, { key, query });
const nextMonth = () => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString();
};

/** The limit that a refusal names. */
async function overQuota(sent: Promise<Response>) {
  return (await expectProblem(sent, 429, "quota_exceeded")).limit;
}

/** A job of this tenant that nobody works on until the test ends. */
async function unfinishedJob(key: string): Promise<string> {
  const { id } = await accepted(send(key));
  await diarist.finished(id, key);
  await diarist.stack.db
    .prepare("UPDATE jobs SET status = 'queued', sweep_at = NULL WHERE id = ?")
    .bind(id)
    .run();
  return id;
}

describe("jobs_at_once", () => {
  test("refuses the job after the last, before its bytes are kept, and takes it when one has ended", async () => {
    const { key } = await createTenant(diarist, "two", { jobs_at_once: 2 });
    await unfinishedJob(key);
    const id = await unfinishedJob(key);
    await expectNothingKept(diarist, async () => {
      const limit = { name: "jobs_at_once", max: 2, used: 2, resets_at: null };
      expect(await overQuota(send(key))).toEqual(limit);
      expect(await overQuota(sendForm(diarist, [["file", file]], key))).toEqual(limit);
      expect(await overQuota(sendJson(diarist, { file: "https://example.com/a.wav" }, key))).toEqual(limit);
      expect((await send(key)).headers.get("retry-after")).toBe("30");
    });
    expect((await diarist.call(`/v1/jobs/${id}`, { method: "DELETE" }, key)).status).toBe(204);
    await diarist.finished((await accepted(send(key))).id, key);
  });

  test("holds when many come at the same moment", async () => {
    const { key } = await createTenant(diarist, "burst", { jobs_at_once: 3 });
    const { db } = diarist.stack;
    await closeGate(db, { closedUntil: Date.now() + 3_600_000, reason: "rate_limited" });
    const statuses = await Promise.all(
      Array.from({ length: 12 }, () => send(key).then(({ status }) => status)),
    );
    await db.prepare("DELETE FROM gates").run();
    expect(statuses.toSorted()).toEqual([...Array(3).fill(202), ...Array(9).fill(429)]);
    expect(await count(db, "SELECT count(*) AS n FROM pending_audio")).toBe(0);
  });

  test("counts a retried job like a new one", async () => {
    const { key } = await createTenant(diarist, "retry", { jobs_at_once: 1 });
    const { id } = await accepted(sendRaw(diarist, new Uint8Array(Buffer.from("no audio")), { key }));
    await diarist.finished(id, key);
    await unfinishedJob(key);
    const retry = () => diarist.call(`/v1/jobs/${id}/retry`, { method: "POST" }, key);
    expect(await overQuota(retry())).toMatchObject({ name: "jobs_at_once" });
  });

  test("of none refuses every job, and another tenant's are as before", async () => {
    const { key } = await createTenant(diarist, "none", { jobs_at_once: 0 });
    const { key: free } = await createTenant(diarist, "free");
    expect(await overQuota(send(key))).toMatchObject({ max: 0 });
    await diarist.finished((await accepted(send(free))).id, free);
  });
});

describe("minutes_per_month", () => {
  const minutes = 11 / 60;

  test("lets a recording through that just fits, fails the next before any call, and refuses from then on", async () => {
    const probe = await accepted(send("dev-api-key"));
    const { duration } = (await diarist.finished(probe.id)).audio;
    const exact = Number(duration) / 60;
    const { key, id: tenant } = await createTenant(diarist, "month", { minutes_per_month: exact * 1.5 });

    const first = await diarist.finished((await accepted(send(key))).id, key);
    expect(first.status).toBe("completed");
    const calls = (await diarist.calls()).length;
    const second = await diarist.finished((await accepted(send(key))).id, key);
    expect(second).toMatchObject({ status: "failed", error: { code: "quota_exceeded", retryable: true } });
    expect(second.error?.message).toContain(nextMonth());
    expect(await diarist.calls()).toHaveLength(calls);

    await setLimits(diarist, tenant, { minutes_per_month: exact });
    await expectNothingKept(diarist, async () => {
      expect(await overQuota(send(key))).toMatchObject({ name: "minutes_per_month", resets_at: nextMonth() });
    });
    expect((await send(key)).headers.get("retry-after")).toBe(new Date(nextMonth()).toUTCString());

    await setLimits(diarist, tenant, { minutes_per_month: exact * 2 });
    const retry = await diarist.call(`/v1/jobs/${second.id}/retry`, { method: "POST" }, key);
    expect(retry.status).toBe(202);
    expect((await diarist.finished(second.id, key)).status).toBe("completed");
  });

  test("counts a reused transcript as nothing, and gives back what a job that failed unpaid had counted", async () => {
    const { key } = await createTenant(diarist, "reuse", { minutes_per_month: minutes * 10 });
    const used = async () => {
      const { quotas } = (await (await diarist.call("/v1/usage", {}, key)).json()) as {
        quotas: { used: number }[];
      };
      return quotas[0]?.used;
    };
    await diarist.finished((await accepted(send(key, ""))).id, key);
    const once = await used();
    expect(once).toBeGreaterThan(0);
    const again = await diarist.finished((await accepted(send(key, ""))).id, key);
    expect(again.result?.reused_from).not.toBeNull();
    expect(await used()).toBe(once);

    await diarist.control({ faults: [{ do: { status: 400, slug: "invalid_params" } }] });
    const refused = await diarist.finished((await accepted(send(key))).id, key);
    await diarist.control({ faults: [] });
    expect(refused).toMatchObject({ status: "failed", error: { code: "invalid_params" } });
    expect(await used()).toBe(once);
  });
});

describe("bytes_stored", () => {
  const bytes = talk.length;

  test("takes what just fits, refuses a byte more, and has room again when a job is deleted", async () => {
    const { key, id: tenant } = await createTenant(diarist, "bytes", { bytes_stored: bytes - 1 });
    await expectNothingKept(diarist, async () => {
      expect(await overQuota(send(key))).toEqual({
        name: "bytes_stored",
        max: bytes - 1,
        used: 0,
        resets_at: null,
      });
    });
    await setLimits(diarist, tenant, { bytes_stored: bytes });
    const { id } = await accepted(send(key));
    await diarist.finished(id, key);
    expect(await overQuota(send(key))).toMatchObject({ used: bytes });
    expect((await diarist.call(`/v1/jobs/${id}`, { method: "DELETE" }, key)).status).toBe(204);
    await diarist.finished((await accepted(send(key))).id, key);
  });

  test("stops a body of unknown length where the room ends, and keeps nothing of it", async () => {
    const { key } = await createTenant(diarist, "chunked", { bytes_stored: bytes - 1 });
    const chunked = () => {
      const body = new Blob([talk]).stream();
      const init = { method: "POST", body, duplex: "half", headers: { "content-type": "audio/wav" } };
      return diarist.call("/v1/jobs", init as RequestInit, key);
    };
    await expectNothingKept(diarist, async () => {
      expect(await overQuota(chunked())).toMatchObject({ name: "bytes_stored" });
      expect(await overQuota(sendForm(diarist, [["file", file]], key))).toMatchObject({
        name: "bytes_stored",
      });
    });
  });

  test("reserves an upload's bytes from its beginning, and its job takes them over", async () => {
    const { key } = await createTenant(diarist, "upload", { bytes_stored: bytes });
    const path = await begin(diarist, bytes, {}, key);
    const headers = { "upload-length": "1" };
    expect(await overQuota(tus(diarist, "POST", "/v1/uploads", headers, { key }))).toMatchObject({
      used: bytes,
    });
    const type = { "upload-offset": "0", "content-type": "application/offset+octet-stream" };
    expect((await tus(diarist, "PATCH", path, type, { body: talk, key })).status).toBe(204);
    const { id } = await accepted(sendJson(diarist, { upload: path.split("/").at(-1) }, key));
    expect((await diarist.finished(id, key)).status).toBe("completed");
    expect(await overQuota(send(key))).toMatchObject({ used: bytes });
  });

  test("gives the bytes back of an upload that is given up", async () => {
    const { key } = await createTenant(diarist, "given up", { bytes_stored: bytes });
    const path = await begin(diarist, bytes, {}, key);
    expect((await tus(diarist, "DELETE", path, {}, { key })).status).toBe(204);
    await diarist.finished((await accepted(send(key))).id, key);
  });
});

test("an upload that was to become a job keeps its bytes when the limit is reached, and becomes one later", async () => {
  const { key, id: tenant } = await createTenant(diarist, "later");
  const path = await begin(diarist, talk.length, { "upload-metadata": "diarist" }, key);
  await setLimits(diarist, tenant, { jobs_at_once: 0 });
  const type = { "upload-offset": "0", "content-type": "application/offset+octet-stream" };
  const last = await tus(diarist, "PATCH", path, type, { body: talk, key });
  expect([last.status, last.headers.get("diarist-job")]).toEqual([204, null]);
  await setLimits(diarist, tenant, {});
  const job = async () => (await tus(diarist, "HEAD", path, {}, { key })).headers.get("diarist-job");
  await eventually(job).toMatch(/^job_/);
});

describe("requests_per_minute", () => {
  const DIGITS = /^"requests_per_minute";r=(\d+);t=(\d+)$/;
  const ask = (key: string) => diarist.call("/v1/jobs", {}, key);

  test("lets the allowed requests through and tells how many are left, then answers 429 and when to try again", async () => {
    const { key } = await createTenant(diarist, "rate", { requests_per_minute: 3 });
    const left: string[] = [];
    for (let n = 0; n < 3; n++) {
      const answer = await ask(key);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("ratelimit-policy")).toBe('"requests_per_minute";q=3;w=60');
      left.push(DIGITS.exec(answer.headers.get("ratelimit") ?? "")?.[1] ?? "");
    }
    expect(left).toEqual(["2", "1", "0"]);
    const refused = await ask(key);
    const { limit } = await expectProblem(Promise.resolve(refused.clone()), 429, "rate_limited");
    expect(limit).toMatchObject({ name: "requests_per_minute", max: 3, used: 3 });
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(DIGITS.exec(refused.headers.get("ratelimit") ?? "")?.[2]).toBe(String(seconds));
  });

  test("counts all keys of a tenant together, refusals too, and starts again after a minute", async () => {
    const { key, id: tenant } = await createTenant(diarist, "window", { requests_per_minute: 2 });
    const { key: second } = (await (await operate(diarist, "/v1/keys", { name: "b", tenant })).json()) as {
      key: string;
    };
    expect((await diarist.call("/v1/jobs/none", {}, key)).status).toBe(404);
    expect((await ask(second)).status).toBe(200);
    expect((await ask(key)).status).toBe(429);
    const { db } = diarist.stack;
    await db
      .prepare("UPDATE request_windows SET started_at = started_at - 60000 WHERE tenant_id = ?")
      .bind(tenant)
      .run();
    expect((await ask(key)).status).toBe(200);
  });

  test("lets no more through when all come at once", async () => {
    const { key } = await createTenant(diarist, "parallel", { requests_per_minute: 5 });
    const statuses = await Promise.all(
      Array.from({ length: 20 }, () => ask(key).then(({ status }) => status)),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
  });

  test("is not told and not counted for a tenant without the limit", async () => {
    const answer = await ask("dev-api-key");
    expect([answer.headers.get("ratelimit"), answer.headers.get("ratelimit-policy")]).toEqual([null, null]);
    expect((await diarist.call("/v1/tenants", {}, OPERATOR_KEY)).headers.get("ratelimit")).toBeNull();
  });
});
