import { afterAll, describe, expect, test } from "vitest";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendJson, sendRaw } from "../support/clients/send-job.ts";
import { settledDeliveries } from "../support/stack/deliveries.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant, OPERATOR_KEY, operate } from "../support/stack/tenants.ts";

const talk = await bytesOf(await record(TALK));

const diarist = await openDiarist({ recognise: createRecogniser() });
const owner = await createTenant(diarist, "owner");
const other = await createTenant(diarist, "other");
const receiver = await diarist.receiver(owner.key);
afterAll(() => Promise.all([diarist.close(), receiver.close()]));

/** A finished job of the owner's, and the delivery of its webhook. */
async function makeJob(query = ""): Promise<{ job: ShownJob; deliveryId: string }> {
  const hook = `?webhook_url=${encodeURIComponent(receiver.url)}${query}`;
  const { id } = await accepted(sendRaw(diarist, talk, { query: hook, key: owner.key }));
  const job = await diarist.finished(id, owner.key);
  const [delivery] = await settledDeliveries(diarist, id, owner.key);
  return { job, deliveryId: delivery?.id ?? "" };
}

async function idsOf(path: string, key: string): Promise<string[]> {
  const { data } = (await (await diarist.call(path, {}, key)).json()) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}

describe("with another tenant's key", () => {
  /** The route answers as if nothing were there, and nothing has changed. */
  function expectMissing(path: string, method = "GET"): Promise<void> {
    return expectNothingKept(diarist, async () => {
      await expectProblem(diarist.call(path, { method }, other.key), 404, "not_found");
    });
  }

  test("a job is not there on any of its routes", async () => {
    const { job } = await makeJob();
    await expectMissing(`/v1/jobs/${job.id}`);
    await expectMissing(`/v1/jobs/${job.id}?wait=60`);
    await expectMissing(`/v1/jobs/${job.id}/transcript`);
    await expectMissing(`/v1/jobs/${job.id}/transcript?format=srt`);
    await expectMissing(`/v1/jobs/${job.id}/audio`);
    await expectMissing(`/v1/jobs/${job.id}/cancel`, "POST");
    await expectMissing(`/v1/jobs/${job.id}/retry`, "POST");
    await expectMissing(`/v1/jobs/${job.id}`, "DELETE");
    expect(await (await diarist.call(`/v1/jobs/${job.id}`, {}, owner.key)).json()).toEqual(job);
  });

  test("a job that waits or has failed cannot be touched either", async () => {
    const waiting = await accepted(sendJson(diarist, { file: "http://127.0.0.1:9/talk.wav" }, owner.key));
    await expectProblem(
      diarist.call(`/v1/jobs/${waiting.id}/cancel`, { method: "POST" }, other.key),
      404,
      "not_found",
    );
    const cancel = { method: "POST" };
    expect((await diarist.call(`/v1/jobs/${waiting.id}/cancel`, cancel, owner.key)).status).toBe(200);
    await expectMissing(`/v1/jobs/${waiting.id}/retry`, "POST");
  });

  test("a delivery is not there", async () => {
    const { deliveryId } = await makeJob();
    await expectMissing(`/v1/webhooks/deliveries/${deliveryId}`);
    const shown = await diarist.call(`/v1/webhooks/deliveries/${deliveryId}`, {}, owner.key);
    expect(await shown.json()).toMatchObject({ id: deliveryId, status: "delivered" });
  });

  test("a key cannot be revoked", async () => {
    await expectMissing(`/v1/keys/${owner.keyId}`, "DELETE");
    expect((await diarist.call("/v1/jobs", {}, owner.key)).status).toBe(200);
  });

  test("lists show nothing of it, whatever they are asked", async () => {
    const { job, deliveryId } = await makeJob("&tags=secret&external_id=crm-1");
    await expectNothingKept(diarist, async () => {
      expect(await idsOf("/v1/jobs?limit=100", other.key)).toEqual([]);
      expect(await idsOf("/v1/jobs?tag=secret", other.key)).toEqual([]);
      expect(await idsOf("/v1/jobs?external_id=crm-1", other.key)).toEqual([]);
      expect(await idsOf(`/v1/jobs?after=${job.id.slice(0, -1)}z`, other.key)).toEqual([]);
      expect(await idsOf("/v1/webhooks/deliveries?limit=100", other.key)).toEqual([]);
      expect(await idsOf(`/v1/webhooks/deliveries?job_id=${job.id}`, other.key)).toEqual([]);
    });
    expect(await idsOf("/v1/jobs?tag=secret", owner.key)).toEqual([job.id]);
    expect(await idsOf(`/v1/webhooks/deliveries?job_id=${job.id}`, owner.key)).toEqual([deliveryId]);
  });
});

test("two tenants may use the same tags, external ids and recordings, and each finds its own", async () => {
  const query = "?tags=shared&external_id=42";
  const mine = await accepted(sendRaw(diarist, talk, { query, key: owner.key }));
  const theirs = await accepted(sendRaw(diarist, talk, { query, key: other.key }));
  expect(await idsOf("/v1/jobs?tag=shared", owner.key)).toEqual([mine.id]);
  expect(await idsOf("/v1/jobs?tag=shared", other.key)).toEqual([theirs.id]);
  expect(await idsOf("/v1/jobs?external_id=42", other.key)).toEqual([theirs.id]);
  expect((await diarist.finished(theirs.id, other.key)).result?.reused_from).toBeNull();
});

test("each tenant lists its own keys, and never the keys themselves", async () => {
  expect(await idsOf("/v1/keys", owner.key)).toEqual([owner.keyId]);
  expect(await idsOf("/v1/keys", other.key)).toEqual([other.keyId]);
  expect(await (await diarist.call("/v1/keys", {}, owner.key)).text()).not.toContain(owner.key);
});

test("each tenant has a webhook secret of its own, which signs its webhooks and no other's", async () => {
  const secretOf = async (key: string) => (await diarist.call("/v1/webhooks/secret", {}, key)).json();
  expect(await secretOf(owner.key)).not.toEqual(await secretOf(other.key));
  const { id } = await accepted(
    sendRaw(diarist, talk, { query: `?webhook_url=${encodeURIComponent(receiver.url)}`, key: other.key }),
  );
  const webhook = await receiver.waitFor(({ body }) => body.includes(id));
  expect(webhook).toMatchObject({ verified: false, problem: "No matching signature found" });
});

test("a key made for one tenant opens that one alone, and dies alone", async () => {
  const made = await operate(diarist, "/v1/keys", { name: "second", tenant: owner.id });
  const { id, key } = (await made.json()) as { id: string; key: string };
  expect(await idsOf("/v1/keys", key)).toEqual([id, owner.keyId]);
  expect(await idsOf("/v1/jobs?limit=100", key)).toEqual(await idsOf("/v1/jobs?limit=100", owner.key));
  expect((await diarist.call(`/v1/keys/${id}`, { method: "DELETE" }, owner.key)).status).toBe(204);
  await expectProblem(diarist.call("/v1/jobs", {}, key), 401, "unauthorized");
  expect((await diarist.call("/v1/jobs", {}, owner.key)).status).toBe(200);
});

test("the operator lists every tenant, a page at a time", async () => {
  const page = async (query: string) => {
    const response = await diarist.call(`/v1/tenants?limit=2${query}`, {}, OPERATOR_KEY);
    return (await response.json()) as { data: { id: string; name: string }[]; next: string | null };
  };
  const first = await page("");
  const second = await page(`&after=${first.next}`);
  expect([...first.data, ...second.data].map(({ name }) => name).sort()).toEqual(["local", "other", "owner"]);
  expect(second.next).toBeNull();
});
