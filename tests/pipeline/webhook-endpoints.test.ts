import { afterAll, describe, expect, test } from "vitest";
import { createReceiver, type Received } from "../../dev/receiver.ts";
import { MAX_ENDPOINTS, MAX_RATE_LIMIT } from "../../shared/limits.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { eventually } from "../support/eventually.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant } from "../support/stack/tenants.ts";

const talk = await bytesOf(await record(TALK));
const diarist = await openDiarist({ recognise: createRecogniser() });
const other = await createTenant(diarist, "other");
afterAll(() => diarist.close());

type Endpoint = { id: string; secret: string; enabled: boolean } & Record<string, unknown>;
type Delivery = { id: string; status: string; tries: number; attempts: { stage: string | null }[] };

const BASE = "/v1/webhooks/endpoints";

function send(method: string, path: string, body?: unknown, key?: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  return diarist.call(path, init, key);
}

async function ask<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
  const response = await send(method, path, body, key);
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** An endpoint, and the receiver behind it, which verifies with the endpoint's own secret. */
async function makeEndpoint(fields: Record<string, unknown> = {}, key?: string, status = () => 204) {
  const held = { secret: "" };
  const receiver = await createReceiver({
    secret: () => held.secret,
    respond: () => ({ status: status() }),
  });
  const endpoint = await ask<Endpoint>("POST", BASE, { url: receiver.url, ...fields }, key);
  held.secret = endpoint.secret;
  return { endpoint, receiver, path: `${BASE}/${endpoint.id}`, held };
}

function delivery(id: string, key?: string): Promise<Delivery> {
  return ask<Delivery>("GET", `/v1/webhooks/deliveries/${id}`, undefined, key);
}

describe("an endpoint", () => {
  test("is created with a secret that is shown once, read, listed, changed and deleted", async () => {
    const made = await send("POST", BASE, { url: "https://app.example.com/hook", events: ["job.completed"] });
    expect(made.status).toBe(201);
    const { secret, public_key, ...endpoint } = (await made.json()) as Endpoint;
    expect(made.headers.get("location")).toBe(`${BASE}/${endpoint.id}`);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(public_key).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    expect(endpoint).toMatchObject({
      id: expect.stringMatching(/^ep_/),
      object: "endpoint",
      description: "",
      enabled: true,
      rate_limit: 10,
      ed25519: false,
      disabled_at: null,
    });
    const path = `${BASE}/${endpoint.id}`;
    const shown = await ask<Record<string, unknown>>("GET", path);
    expect(shown).toMatchObject({ ...endpoint, secrets: [{ public_key, expires_at: null }] });
    expect(JSON.stringify([shown, await ask("GET", BASE)])).not.toContain("whsec_");
    expect(await ask("GET", BASE)).toMatchObject({ data: expect.arrayContaining([endpoint]), next: null });

    const changed = await ask("PATCH", path, { description: "ours", events: null, rate_limit: 50 });
    expect(changed).toEqual({ ...endpoint, description: "ours", events: null, rate_limit: 50 });
    expect((await send("DELETE", path)).status).toBe(204);
    await expectProblem(send("GET", path), 404, "not_found");
  });

  test("with a wrong field is refused, on either side of each limit", async () => {
    const url = "https://app.example.com/hook";
    const wrong = (body: unknown) => expectProblem(send("POST", BASE, body), 422, "invalid_params");
    await wrong({});
    await wrong({ url, typo: 1 });
    await wrong({ url, events: [] });
    await wrong({ url, events: ["job.over"] });
    await wrong({ url, rate_limit: 0 });
    await wrong({ url, rate_limit: MAX_RATE_LIMIT + 1 });
    await wrong({ url, description: "x".repeat(501) });
    await expectProblem(send("POST", BASE, { url: "https://10.0.0.1/" }), 422, "destination_refused");
    await expectProblem(send("POST", BASE, { url: `${diarist.url}/v1/jobs` }), 422, "destination_refused");
    const { endpoint, path, receiver } = await makeEndpoint({
      rate_limit: MAX_RATE_LIMIT,
      description: "x".repeat(500),
    });
    await expectProblem(send("PATCH", path, { url: "https://localhost.local/" }), 422, "destination_refused");
    expect(await ask("GET", path)).toMatchObject({ url: endpoint["url"] });
    await receiver.close();
  });

  test("more than a tenant may have is refused, and nothing of it is kept", async () => {
    const tenant = await createTenant(diarist, "many");
    const make = () => send("POST", BASE, { url: "https://app.example.com/hook" }, tenant.key);
    for (let n = 0; n < MAX_ENDPOINTS; n++) expect((await make()).status).toBe(201);
    await expectNothingKept(diarist, async () => void (await expectProblem(make(), 409, "endpoint_limit")));
  });

  test("of another tenant is not there, whatever is asked of it", async () => {
    const { path, receiver, endpoint } = await makeEndpoint();
    const { id } = await ask<Delivery>("POST", `${path}/test`);
    await receiver.waitFor(1);
    await eventually(async () => (await delivery(id)).status).toBe("delivered");
    const missing = (method: string, at: string, body?: unknown) =>
      expectNothingKept(diarist, async () => {
        await expectProblem(send(method, at, body, other.key), 404, "not_found");
      });
    await missing("GET", path);
    await missing("PATCH", path, { enabled: false });
    await missing("DELETE", path);
    await missing("POST", `${path}/test`);
    await missing("POST", `${path}/rotate-secret`, {});
    await missing("POST", `${path}/replay`, {});
    await missing("GET", `${path}/replay`);
    await missing("POST", `/v1/webhooks/deliveries/${id}/redeliver`);
    expect(
      await ask("GET", `/v1/webhooks/deliveries?endpoint_id=${endpoint.id}`, undefined, other.key),
    ).toEqual({ data: [], next: null });
    await receiver.close();
  });
});

test("a job's progress goes to an endpoint that wants it, in order of sequence, and not to the job's own address", async () => {
  const tenant = await createTenant(diarist, "progress");
  const { endpoint, receiver } = await makeEndpoint({}, tenant.key);
  const { secret } = await ask<{ secret: string }>("GET", "/v1/webhooks/secret", undefined, tenant.key);
  const own = await createReceiver({ secret });
  const form = new FormData();
  form.set("file", new File([talk], "talk.wav"));
  form.set("webhook_url", own.url);
  const sent = await diarist.call("/v1/jobs", { method: "POST", body: form }, tenant.key);
  expect(sent.status).toBe(202);
  const { id } = (await sent.json()) as { id: string };

  const seen = (await receiver.waitFor(3)).map(({ verified, type, body }) => {
    const { data } = JSON.parse(body);
    return { verified, type, sequence: data.sequence, status: data.status, id: data.id };
  });
  expect(seen.sort((a, b) => a.sequence - b.sequence)).toEqual([
    { verified: true, type: "job.queued", sequence: 1, status: "queued", id },
    { verified: true, type: "job.started", sequence: 2, status: "processing", id },
    { verified: true, type: "job.completed", sequence: 3, status: "completed", id },
  ]);
  expect((await own.waitFor(1)).map(({ type }) => type)).toEqual(["job.completed"]);
  const list = `/v1/webhooks/deliveries?job_id=${id}`;
  const { data } = await ask<{ data: { endpoint_id: string | null; type: string }[] }>(
    "GET",
    list,
    undefined,
    tenant.key,
  );
  expect(data.filter(({ endpoint_id }) => endpoint_id !== endpoint.id).map(({ type }) => type)).toEqual([
    "job.completed",
  ]);
  const feed = await ask<{ data: { type: string }[] }>("GET", "/v1/events", undefined, tenant.key);
  expect(feed.data.map(({ type }) => type)).toEqual(["job.queued", "job.started", "job.completed"]);
  await receiver.close();
  await own.close();
});

describe("a test", () => {
  test("sends a signed webhook.test, once, and is on record", async () => {
    const { path, receiver, endpoint } = await makeEndpoint({ events: ["job.failed"] });
    const { id } = await ask<Delivery>("POST", `${path}/test`);
    const [webhook] = await receiver.waitFor(1);
    expect(webhook).toMatchObject({ verified: true, type: "webhook.test" });
    await eventually(async () => delivery(id)).toMatchObject({
      status: "delivered",
      endpoint_id: endpoint.id,
      job_id: null,
      tries: 1,
      attempts: [{ n: 1, http_status: 204, stage: null }],
    });
    await receiver.close();
  });

  test("that fails is not repeated, and can be sent again by hand under the same id", async () => {
    let status = 500;
    const { path, receiver } = await makeEndpoint({}, undefined, () => status);
    const { id } = await ask<Delivery>("POST", `${path}/test`);
    await eventually(async () => delivery(id)).toMatchObject({
      status: "failed",
      attempts: [{ stage: "during", http_status: 500 }],
    });
    expect(await ask("GET", path)).toMatchObject({ failing_since: expect.any(String) });
    status = 204;
    const again = await send("POST", `/v1/webhooks/deliveries/${id}/redeliver`);
    expect(again.status).toBe(202);
    await eventually(async () => delivery(id)).toMatchObject({ status: "delivered", tries: 2 });
    expect(new Set(receiver.received.map((webhook) => webhook.id)).size).toBe(1);
    expect(await ask("GET", path)).toMatchObject({ failing_since: null });
    await receiver.close();
  });

  test("of a disabled endpoint is refused, as are redelivery and replay", async () => {
    const { path, receiver } = await makeEndpoint();
    const { id } = await ask<Delivery>("POST", `${path}/test`);
    await eventually(async () => (await delivery(id)).status).toBe("delivered");
    expect(await ask("PATCH", path, { enabled: false })).toMatchObject({ disabled_reason: "by_you" });
    await expectProblem(send("POST", `${path}/test`), 409, "endpoint_disabled");
    await expectProblem(send("POST", `${path}/replay`), 409, "endpoint_disabled");
    await expectProblem(send("POST", `/v1/webhooks/deliveries/${id}/redeliver`), 409, "endpoint_disabled");
    await receiver.close();
  });
});

describe("a secret", () => {
  test("of an endpoint is changed, and the old one signs too for as long as was asked", async () => {
    const { path, receiver, endpoint, held } = await makeEndpoint();
    const rotated = await ask<{ secret: string; old_expires_at: string }>("POST", `${path}/rotate-secret`);
    expect(rotated.secret).not.toBe(endpoint.secret);
    await ask("POST", `${path}/test`);
    const [both] = await receiver.waitFor(1);
    expect(both).toMatchObject({ verified: true }); // with the old one
    expect(signaturesOf(both)).toHaveLength(2);

    const last = await ask<{ secret: string }>("POST", `${path}/rotate-secret`, { keep_old_for: 0 });
    held.secret = last.secret;
    await ask("POST", `${path}/test`);
    const webhook = (await receiver.waitFor(2))[1];
    expect(webhook).toMatchObject({ verified: true });
    expect(signaturesOf(webhook)).toHaveLength(2); // the first is kept for its day
    expect(await ask("GET", path)).toMatchObject({ secrets: [{ expires_at: null }, {}] });
    await receiver.close();
  });

  test("is kept for at most seven days, and no more than ten at a time", async () => {
    const { path, receiver } = await makeEndpoint();
    const rotate = (keep_old_for: number) => send("POST", `${path}/rotate-secret`, { keep_old_for });
    await expectProblem(rotate(-1), 422, "invalid_params");
    await expectProblem(rotate(7 * 86_400 + 1), 422, "invalid_params");
    for (let n = 0; n < 9; n++) expect((await rotate(7 * 86_400)).status).toBe(200);
    await expectProblem(rotate(0), 409, "secret_limit");
    await receiver.close();
  });

  test("of the tenant is changed the same way", async () => {
    const tenant = await createTenant(diarist, "rotating");
    const read = () => ask<{ secret: string }>("GET", "/v1/webhooks/secret", undefined, tenant.key);
    const before = await read();
    const body = { keep_old_for: 60 };
    const after = await ask<{ secret: string }>("POST", "/v1/webhooks/secret/rotate", body, tenant.key);
    expect(await read()).toEqual({ secret: after.secret });
    const receiver = await createReceiver({ secret: before.secret });
    const query = `?webhook_url=${encodeURIComponent(receiver.url)}`;
    await accepted(sendRaw(diarist, talk, { query, key: tenant.key }));
    const [webhook] = await receiver.waitFor(1, 60_000);
    expect(webhook).toMatchObject({ verified: true, type: "job.completed" });
    expect(signaturesOf(webhook)).toHaveLength(2);
    await receiver.close();
  });
});

function signaturesOf(webhook: Received | undefined): string[] {
  return webhook?.headers["webhook-signature"]?.split(" ") ?? [];
}

test("what an endpoint missed while it was disabled is offered, and comes by the replay that was offered", async () => {
  const tenant = await createTenant(diarist, "missing");
  const { path, receiver, endpoint } = await makeEndpoint({}, tenant.key);
  await ask("PATCH", path, { enabled: false }, tenant.key);
  const { id } = await accepted(sendRaw(diarist, talk, { key: tenant.key }));
  await diarist.finished(id, tenant.key);
  type Enabled = { missed: { events: number; replay: { path: string; body: unknown } } };
  const { missed } = await ask<Enabled>("PATCH", path, { enabled: true }, tenant.key);
  expect(missed).toMatchObject({ events: 3, replay: { method: "POST", path: `${path}/replay` } });
  const replay = await ask<{ id: string }>("POST", missed.replay.path, missed.replay.body, tenant.key);
  const webhooks = await receiver.waitFor(3);
  expect(webhooks.map(({ verified, type }) => [type, verified]).sort()).toEqual([
    ["job.completed", true],
    ["job.queued", true],
    ["job.started", true],
  ]);
  await eventually(async () => ask("GET", `${path}/replay`, undefined, tenant.key)).toMatchObject({
    id: replay.id,
    endpoint_id: endpoint.id,
    status: "completed",
    scanned: 3,
    replayed: 3,
  });
  const list = `/v1/webhooks/deliveries?endpoint_id=${endpoint.id}&status=delivered&type=job.completed`;
  await eventually(async () => ask("GET", list, undefined, tenant.key)).toMatchObject({
    data: [{ job_id: id, endpoint_id: endpoint.id }],
  });
  await receiver.close();
});

test("a replay is refused over a range that is empty, in the future or longer than 14 days", async () => {
  const { path, receiver } = await makeEndpoint();
  const day = 86_400_000;
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  const wrong = (body: unknown) => expectProblem(send("POST", `${path}/replay`, body), 422, "invalid_params");
  await wrong({ since: at(day) });
  await wrong({ since: at(-day), until: at(-2 * day) });
  await wrong({ since: at(-15 * day) });
  await wrong({ since: "yesterday" });
  await wrong({ status: "pending" });
  await expectProblem(send("GET", `${path}/replay`), 404, "not_found");
  expect((await send("POST", `${path}/replay`, { since: at(-13.9 * day) })).status).toBe(202);
  await receiver.close();
});
