import { afterAll, describe, expect, test } from "vitest";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { eventually } from "../support/eventually.ts";
import { findTraces, takeInventory } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant, OPERATOR_KEY, operate } from "../support/stack/tenants.ts";

const diarist = await openDiarist({ recognise: createRecogniser() });
const receiver = await diarist.receiver();
afterAll(async () => {
  await diarist.close();
  await receiver.close();
});

const hook = `webhook_url=${encodeURIComponent(receiver.url)}`;
const talkOf = async (words: string) => bytesOf(await record(`A: ${words}\n`));

/** A finished job of these words. */
async function run(words: string, query = "", key?: string) {
  const sent = sendRaw(diarist, await talkOf(words), { query: `?${query}`, ...(key ? { key } : {}) });
  return diarist.finished((await accepted(sent)).id, key);
}

/** As if this number of days had gone by since the job's end. */
async function daysLater(id: string, days: number): Promise<void> {
  const { db } = diarist.stack;
  await db
    .prepare("UPDATE jobs SET completed_at = completed_at - ? WHERE id = ?")
    .bind(days * 86_400_000, id)
    .run();
  await diarist.stack.sweep();
}

const read = async (path: string) => (await diarist.call(path)).json();

describe("a job that keeps its recording no day", () => {
  test("has its transcript and no recording, says so, and lends its transcript to a duplicate", async () => {
    const { id, retention } = await run("nobody keeps this sound", "retain_audio_days=0");
    expect(retention).toMatchObject({ audio_days: 0, transcript_days: null, transcript_until: null });
    await diarist.stack.sweep();

    expect((await findTraces(diarist, id)).objects).toEqual([`raw/local/${id}/0.json`]);
    await expectProblem(diarist.call(`/v1/jobs/${id}/audio`), 410, "gone");
    expect(await read(`/v1/jobs/${id}/transcript`)).toMatchObject({ text: "nobody keeps this sound" });
    expect(await read(`/v1/jobs/${id}`)).toMatchObject({
      status: "completed",
      retention: { audio_until: null, audio_removed_at: expect.any(String), transcript_removed_at: null },
    });
    const calls = (await diarist.calls()).length;
    expect(await run("nobody keeps this sound")).toMatchObject({ result: { reused_from: id } });
    expect(await diarist.calls()).toHaveLength(calls);
  });
});

describe("a job that keeps its transcript a day", () => {
  test("has only its recording the day after, and the same recording is transcribed again", async () => {
    const { id, result } = await run("these words fade", `retain_transcript_days=1&${hook}`);
    const isDone = ({ type, body }: { type: string | null; body: string }) =>
      type === "job.completed" && body.includes(id);
    const webhook = await receiver.waitFor(isDone);
    await daysLater(id, 1);

    await expectProblem(diarist.call(`/v1/jobs/${id}/transcript`), 410, "gone");
    await expectProblem(fetch(JSON.parse(webhook.body).data.result.download_url), 410, "gone");
    expect((await diarist.call(`/v1/jobs/${id}/audio`)).status).toBe(200);
    expect((await findTraces(diarist, id)).objects).toEqual([`audio/local/${id}/source.wav`]);
    expect((await findTraces(diarist, id)).rows).not.toHaveProperty("transcript_slices");
    expect(await read(`/v1/jobs/${id}`)).toMatchObject({ status: "completed", result: { words: 3 } });

    const again = await run("these words fade");
    expect(again.result).toMatchObject({ reused_from: null, transcript_sha256: result?.transcript_sha256 });
  });
});

describe("a job that keeps nothing for long", () => {
  test("goes whole, tells its webhook, and leaves nothing in either store but ledger and receipt", async () => {
    const words = "remember no words";
    const days = "retain_audio_days=1&retain_transcript_days=2";
    const personal = "external_id=patient-7&tags=ward&filename=patient.wav&prompt=Dr+Who";
    const { id } = await run(words, `${days}&${personal}&${hook}`);
    await daysLater(id, 2);
    const receipt = await receiver.waitFor(({ type, body }) => type === "job.deleted" && body.includes(id));
    expect(receipt.verified).toBe(true);
    expect(JSON.parse(receipt.body).data).toMatchObject({
      id,
      reason: "retention_ended",
      removed: [{ what: "audio" }, { what: "transcript" }],
    });
    await expectProblem(diarist.call(`/v1/jobs/${id}`), 404, "not_found");

    await diarist.stack.db.prepare("UPDATE purges SET sweep_at = 0").run();
    await diarist.stack.sweep();
    await eventually(async () => Object.keys((await findTraces(diarist, id)).rows).sort()).toEqual([
      "calls",
      "deliveries",
      "events",
    ]);
    const { objects, rows } = await takeInventory(diarist);
    const everything = JSON.stringify([objects, rows]);
    expect(objects.filter((key) => key.includes(id))).toEqual([]);
    const traces = ["remember", "patient", "ward", "Dr Who"].filter((trace) => everything.includes(trace));
    expect(traces).toEqual([]);
  });
});

test("a job that is deleted tells its webhook once, with what was removed", async () => {
  const { id, audio } = await run("asked to go", hook);
  expect((await diarist.call(`/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
  await expectProblem(diarist.call(`/v1/jobs/${id}`, { method: "DELETE" }), 404, "not_found");
  const { body } = await receiver.waitFor((found) => found.type === "job.deleted" && found.body.includes(id));
  expect(JSON.parse(body).data).toMatchObject({
    id,
    reason: "requested",
    removed: [{ what: "audio", sha256: audio.sha256 }, { what: "transcript" }],
  });
  const receipts = receiver.received.filter(({ type, body }) => type === "job.deleted" && body.includes(id));
  expect(receipts).toHaveLength(1);
});

describe("a tenant's default", () => {
  test("is set by the operator and holds for jobs that do not say", async () => {
    const { id: tenant, key } = await createTenant(diarist, "forgetful");
    const path = `/v1/tenants/${tenant}/retention`;
    const put = (body: unknown, as = OPERATOR_KEY) => {
      const headers = { "content-type": "application/json" };
      return diarist.call(path, { method: "PUT", body: JSON.stringify(body), headers }, as);
    };
    await expectNothingKept(diarist, async () => {
      await expectProblem(put({ retain_audio_days: 0 }, key), 403, "operator_only");
      await expectProblem(put({ retain_audio_days: -1 }), 422, "invalid_params");
      await expectProblem(diarist.call("/v1/tenants/ten_x/retention", {}, OPERATOR_KEY), 404, "not_found");
    });
    const days = { retain_audio_days: 0, retain_transcript_days: null };
    expect(await (await put({ retain_audio_days: 0 })).json()).toEqual(days);
    expect(await (await diarist.call(path, {}, OPERATOR_KEY)).json()).toEqual(days);
    expect((await run("by default", "", key)).retention).toMatchObject({ audio_days: 0 });
    expect((await run("by choice", "retain_audio_days=5", key)).retention).toMatchObject({ audio_days: 5 });
    await expectProblem(operate(diarist, path, {}), 405, "method_not_allowed");
  });
});

test("days that make no sense are refused", async () => {
  await expectNothingKept(diarist, async () => {
    for (const query of [
      "retain_audio_days=-1",
      "retain_audio_days=36501",
      "retain_audio_days=1.5",
      "retain_transcript_days=0",
      "retain_transcript_days=long",
    ]) {
      const sent = sendRaw(diarist, await talkOf("refused"), { query: `?${query}` });
      await expectProblem(sent, 422, "invalid_params");
    }
  });
});
