import { afterAll, describe, expect, test } from "vitest";
import { createPausableRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record } from "../support/audio/recordings.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendForm, sendRaw } from "../support/clients/send-job.ts";
import { eventually } from "../support/eventually.ts";
import { settledDeliveries } from "../support/stack/deliveries.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { findTraces, takeInventory } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant } from "../support/stack/tenants.ts";

const recogniser = createPausableRecogniser();
const diarist = await openDiarist({ recognise: recogniser.recognise });
afterAll(() => diarist.close());

/** Those whose rows name the job; `attempts` names the delivery. */
const TABLES_OF_A_JOB = [
  "calls",
  "deliveries",
  "events",
  "job_tags",
  "jobs",
  "parts",
  "search_blocks",
  "transcript_slices",
];

/** A recording that no other test sends. */
async function talkOf(words: string): Promise<Uint8Array<ArrayBuffer>> {
  return bytesOf(await record(`A: ${words}\nB: yes\n`));
}

async function callCount(): Promise<number> {
  return (await diarist.calls()).length;
}

async function act(id: string, action: "cancel" | "retry"): Promise<ShownJob> {
  const response = await diarist.call(`/v1/jobs/${id}/${action}`, { method: "POST" });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as ShownJob;
}

async function remove(id: string): Promise<number> {
  return (await diarist.call(`/v1/jobs/${id}`, { method: "DELETE" })).status;
}

async function transcriptOf(id: string, key?: string): Promise<string> {
  return (await diarist.call(`/v1/jobs/${id}/transcript`, {}, key)).text();
}

async function run(bytes: Uint8Array<ArrayBuffer>, query = "", key?: string): Promise<ShownJob> {
  const options = key === undefined ? { query } : { query, key };
  return diarist.finished((await accepted(sendRaw(diarist, bytes, options))).id, key);
}

/** Until the job's recording is being listened to, which a held recogniser makes last. */
async function untilAsked(id: string, calls: number): Promise<void> {
  await eventually(callCount).toBe(calls + 1);
  expect(await (await diarist.call(`/v1/jobs/${id}`)).json()).toMatchObject({ status: "processing" });
}

describe("the same recording", () => {
  test("with the same options is paid for once", async () => {
    const bytes = await talkOf("the same again");
    const calls = await callCount();
    const first = await run(bytes);
    const second = await run(
      bytes,
      "?filename=copy.wav&metadata={}&tags=b&external_id=c&response_format=srt",
    );
    expect(first.result?.reused_from).toBeNull();
    expect(second).toMatchObject({
      status: "completed",
      timings: { upstream_ms: 0 },
      result: { ...first.result, reused_from: first.id, transcript_url: `/v1/jobs/${second.id}/transcript` },
    });
    expect(await (await diarist.call(`/v1/jobs/${second.id}/transcript?format=verbose_json`)).text()).toBe(
      await transcriptOf(first.id),
    );
    expect(await callCount()).toBe(calls + 1);
  });

  test("sent twice at the same time is paid for once", async () => {
    const bytes = await talkOf("both at once");
    const calls = await callCount();
    const [one, two] = await Promise.all([run(bytes), run(bytes)]);
    expect([one.status, two.status]).toEqual(["completed", "completed"]);
    expect([one.result?.reused_from, two.result?.reused_from].filter((from) => from === null)).toHaveLength(
      1,
    );
    expect(await callCount()).toBe(calls + 1);
  });

  test("with reuse=false is paid for each time", async () => {
    const bytes = await talkOf("each time again");
    const calls = await callCount();
    await run(bytes, "?reuse=false");
    const second = await run(bytes, "?reuse=false");
    expect(second.result?.reused_from).toBeNull();
    expect(await callCount()).toBe(calls + 2);
  });

  test("with other options is other work", async () => {
    const bytes = await talkOf("in other words");
    const calls = await callCount();
    await run(bytes);
    await run(bytes, "?language=de");
    await run(bytes, "?diarize=false");
    await run(bytes, "?prompt=Names");
    await run(bytes, "?task=translate");
    expect(await callCount()).toBe(calls + 5);
  });

  test("with a temperature is paid for each time, since the answers are meant to differ", async () => {
    const bytes = await talkOf("roll the dice");
    const calls = await callCount();
    await run(bytes, "?temperature=0.2");
    await run(bytes, "?temperature=0.2");
    expect(await callCount()).toBe(calls + 2);
  });

  test("is paid for again once its first job is deleted", async () => {
    const bytes = await talkOf("gone and forgotten");
    const calls = await callCount();
    expect(await remove((await run(bytes)).id)).toBe(204);
    expect((await run(bytes)).result?.reused_from).toBeNull();
    expect(await callCount()).toBe(calls + 2);
  });

  test("keeps its transcript when the job it was taken from is deleted", async () => {
    const bytes = await talkOf("outlives its source");
    const first = await run(bytes);
    const second = await run(bytes);
    const transcript = await transcriptOf(second.id);
    await remove(first.id);
    expect(await transcriptOf(second.id)).toBe(transcript);
  });

  test("of another tenant is never used", async () => {
    const bytes = await talkOf("mine and not yours");
    const [ours, theirs] = [await createTenant(diarist, "ours"), await createTenant(diarist, "theirs")];
    const calls = await callCount();
    await run(bytes, "", ours.key);
    const second = await run(bytes, "", theirs.key);
    expect(second).toMatchObject({ status: "completed", result: { reused_from: null } });
    expect(await callCount()).toBe(calls + 2);
  });
});

describe("a canceled job", () => {
  test("that was waiting is never sent to the speech API, and tells by webhook", async () => {
    const receiver = await diarist.receiver();
    const calls = await callCount();
    const release = recogniser.hold();
    const held = await accepted(sendRaw(diarist, await talkOf("first in line")));
    await untilAsked(held.id, calls);
    const query = `?webhook_url=${encodeURIComponent(receiver.url)}`;
    const { id } = await accepted(sendRaw(diarist, await talkOf("never mind"), { query }));
    const canceled = await act(id, "cancel");
    expect(canceled).toMatchObject({ id, status: "canceled", result: null, error: null });
    expect(canceled.timings.completed_at).not.toBeNull();
    release();
    await diarist.finished(held.id);
    const [webhook] = await receiver.waitFor(1);
    expect(webhook).toMatchObject({ verified: true, type: "job.canceled" });
    expect(JSON.parse(webhook?.body ?? "").data).toMatchObject({ id, status: "canceled", sequence: 2 });
    // What comes after it in the queue is done, so this would have been, too.
    await run(await talkOf("next please"));
    expect(await (await diarist.call(`/v1/jobs/${id}`)).json()).toEqual(canceled);
    expect(await callCount()).toBe(calls + 2);
    await receiver.close();
  });

  test("that was being transcribed stays canceled; retried, it uses the answer that was paid for", async () => {
    const calls = await callCount();
    const release = recogniser.hold();
    const { id } = await accepted(sendRaw(diarist, await talkOf("changed my mind twice")));
    await untilAsked(id, calls);
    await act(id, "cancel");
    release();
    await eventually(async () => (await takeInventory(diarist)).objects).toContain(`raw/local/${id}/0.json`);
    expect(await (await diarist.call(`/v1/jobs/${id}`)).json()).toMatchObject({
      status: "canceled",
      result: null,
    });
    await expectProblem(diarist.call(`/v1/jobs/${id}/transcript`), 409, "not_ready");

    expect(await act(id, "retry")).toMatchObject({ id, error: null, timings: { completed_at: null } });
    expect(await diarist.finished(id)).toMatchObject({ status: "completed", result: { words: 5 } });
    expect(await callCount()).toBe(calls + 1);
  });

  test("cannot be canceled again, nor one that has finished", async () => {
    const { id } = await run(await talkOf("over and done"));
    await expectProblem(diarist.call(`/v1/jobs/${id}/cancel`, { method: "POST" }), 409, "job_state");
    const release = recogniser.hold();
    const calls = await callCount();
    const held = await accepted(sendRaw(diarist, await talkOf("once only")));
    await untilAsked(held.id, calls);
    await act(held.id, "cancel");
    await expectProblem(diarist.call(`/v1/jobs/${held.id}/cancel`, { method: "POST" }), 409, "job_state");
    release();
  });
});

describe("a failed job", () => {
  test("that is retried pays only for what it has not got yet", async () => {
    await diarist.control({
      faults: [{ match: { path: "transcriptions" }, do: { status: 400, slug: "invalid_params" }, times: 1 }],
    });
    const calls = await callCount();
    const file = new File([await talkOf("half of it works")], "talk.wav", { type: "audio/wav" });
    const { id } = await accepted(
      sendForm(diarist, [
        ["task", "translate"],
        ["diarize", "true"],
        ["file", file],
      ]),
    );
    const failed = await diarist.finished(id);
    expect(failed).toMatchObject({ status: "failed", error: { code: "invalid_params", retryable: false } });
    expect(failed.error?.upstream_id).toMatch(/\w/);

    await act(id, "retry");
    expect(await diarist.finished(id)).toMatchObject({ status: "completed", error: null });
    const paths = (await diarist.calls()).slice(calls).map(({ path, outcome }) => [path, outcome]);
    expect(paths).toEqual([
      ["/v1/audio/translations", "ok"],
      ["/v1/audio/transcriptions", "fault:invalid_params"],
      ["/v1/audio/transcriptions", "ok"],
    ]);
  });

  test("is told of by each of its ends, in order", async () => {
    const receiver = await diarist.receiver();
    await diarist.control({ faults: [{ do: { status: 400, slug: "invalid_params" }, times: 1 }] });
    const query = `?webhook_url=${encodeURIComponent(receiver.url)}`;
    const { id } = await run(await talkOf("second time lucky"), query);
    await receiver.waitFor(1);
    await act(id, "retry");
    await diarist.finished(id);
    const webhooks = (await receiver.waitFor(2)).map(({ type, body }) => [
      type,
      JSON.parse(body).data.sequence,
    ]);
    expect(webhooks).toEqual([
      ["job.failed", 3],
      ["job.completed", 5], // the fourth: it was begun again
    ]);
    await receiver.close();
  });

  test("can be retried, a completed one cannot", async () => {
    const { id } = await run(await talkOf("nothing to repeat"));
    await expectProblem(diarist.call(`/v1/jobs/${id}/retry`, { method: "POST" }), 409, "job_state");
  });
});

describe("a deleted job", () => {
  test("leaves nothing but the ledger, the receipt and the note to look again", async () => {
    const receiver = await diarist.receiver();
    const query = `?tags=a,b&webhook_url=${encodeURIComponent(receiver.url)}`;
    const { id } = await run(await talkOf("nothing to see here"), query);
    await receiver.waitFor(1);
    const { objects, rows } = await findTraces(diarist, id);
    expect(objects).toEqual([`audio/local/${id}/source.wav`, `raw/local/${id}/0.json`]);
    expect(Object.keys(rows).sort()).toEqual(TABLES_OF_A_JOB);
    const [delivery] = await settledDeliveries(diarist, id);
    const ofDelivery = async () => Object.keys((await findTraces(diarist, delivery?.id ?? "")).rows).sort();
    expect(await ofDelivery()).toEqual(["attempts", "deliveries"]);

    expect(await remove(id)).toBe(204);
    await receiver.waitFor(({ type }) => type === "job.deleted");
    const after = await findTraces(diarist, id);
    expect({ objects: after.objects, tables: Object.keys(after.rows).sort() }).toEqual({
      objects: [],
      tables: ["calls", "deliveries", "events", "purges"],
    });
    expect(await ofDelivery()).toEqual([]);
    await receiver.close();
  });

  test("is not there any more on any route", async () => {
    const { id } = await run(await talkOf("who goes there"), "?tags=gone");
    const link = (await diarist.calls()).at(-1)?.file?.url ?? "";
    await remove(id);
    await expectProblem(diarist.call(`/v1/jobs/${id}`), 404, "not_found");
    await expectProblem(diarist.call(`/v1/jobs/${id}/transcript`), 404, "not_found");
    await expectProblem(diarist.call(`/v1/jobs/${id}/audio`), 404, "not_found");
    await expectProblem(diarist.call(`/v1/jobs/${id}`, { method: "DELETE" }), 404, "not_found");
    await expectProblem(fetch(link), 404, "not_found");
    expect(await (await diarist.call("/v1/jobs?tag=gone")).json()).toEqual({ data: [], next: null });
    expect(await (await diarist.call(`/v1/webhooks/deliveries?job_id=${id}`)).json()).toMatchObject({
      data: [],
    });
  });

  test("that was being transcribed leaves nothing either, once the answer is in and was looked for", async () => {
    const calls = await callCount();
    const release = recogniser.hold();
    const { id } = await accepted(sendRaw(diarist, await talkOf("too late now")));
    await untilAsked(id, calls);
    expect(await remove(id)).toBe(204);
    release();
    await expect
      .poll(() => diarist.logs.some((line) => line.includes("claim_lost") && line.includes(id)))
      .toBe(true);
    await diarist.stack.db.prepare("UPDATE purges SET sweep_at = 0 WHERE job_id = ?").bind(id).run();
    await diarist.stack.sweep();
    const { objects, rows } = await findTraces(diarist, id);
    expect({ objects, tables: Object.keys(rows) }).toEqual({ objects: [], tables: ["calls", "events"] });
  });
});
