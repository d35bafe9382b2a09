import { createPublicKey, verify as verifySignature } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LANE_LEASE_MS, LANE_SENDING_MS, WAKE_GRACE_MS } from "../../shared/limits.ts";
import { seal, sealedWith } from "../../shared/secrets/seal.ts";
import { listDeliveries } from "../../shared/storage/deliveries.ts";
import { deleteEndpoint, updateEndpoint } from "../../shared/storage/endpoints.ts";
import { rotateSecret } from "../../shared/storage/webhook-secrets.ts";
import { newWebhookSecret } from "../../shared/webhooks/sign-webhook.ts";
import { NOW } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../tests/support/stack/storage.ts";
import { SIGNING_KEY, TENANT } from "../../tests/support/stack/tenant.ts";
import { addEndpoint, endpointNow, idsOf, receiveAt } from "../../tests/support/workers/endpoints.ts";
import {
  dispatch,
  finishBackground,
  insertEvent,
  makeNotifyDeps,
  passTime,
  receive,
  verify,
} from "../../tests/support/workers/notify-deps.ts";
import { dispatchEvent } from "./dispatch-event.ts";
import { processLane } from "./process-lane.ts";
import { sweep } from "./sweep.ts";

const storage = await useStorage();
useLogs();
const { db } = storage;

const no = () => new Response(null, { status: 500 });

describe("an event goes", () => {
  test("to the job's webhook_url and to every endpoint that wants its type, each under the same id", async () => {
    const deps = makeNotifyDeps(storage);
    const wanting = await addEndpoint(db, { events: ["job.completed", "job.failed"] });
    const all = await addEndpoint(db);
    const others = [
      await addEndpoint(db, { events: ["job.failed"] }),
      await addEndpoint(db, { enabled: false, disabledReason: "by_you", disabledAt: NOW }),
    ];
    const got = receiveAt(deps, [wanting, all, ...others]);
    const id = await insertEvent(db, null);
    await dispatch(deps, id);
    await passTime(deps, NOW);
    expect(idsOf(got(wanting))).toEqual([id]);
    expect(idsOf(got(all))).toEqual([id]);
    expect(others.flatMap(got)).toEqual([]);
    expect(await count(db, "SELECT count(*) AS n FROM deliveries")).toBe(2);
  });

  test("nowhere but to its own tenant", async () => {
    const deps = makeNotifyDeps(storage);
    await db.prepare("INSERT INTO tenants (id, name, created_at) VALUES ('ten_other', '', 0)").run();
    const other = await addEndpoint(db, { tenantId: "ten_other" });
    const got = receiveAt(deps, [other]);
    await dispatch(deps, await insertEvent(db, null));
    expect(got(other)).toEqual([]);
  });

  test("to an endpoint's new address when it was changed after a failure", async () => {
    const deps = makeNotifyDeps(storage);
    const old = await addEndpoint(db);
    const moved = { ...old, url: "https://new.example.com/" };
    const got = receiveAt(deps, [old], no);
    await dispatch(deps, await insertEvent(db, null));
    await updateEndpoint(db, old, moved);
    const gotThere = receiveAt(deps, [moved]);
    await passTime(deps, NOW + 10_000);
    expect([got(old).length, gotThere(moved).length]).toEqual([1, 1]);
  });
});

describe("one lane", () => {
  test("that hangs keeps no other waiting, not even its own message", async () => {
    const deps = makeNotifyDeps(storage);
    const [slow, quick] = [await addEndpoint(db), await addEndpoint(db)];
    const answer = Promise.withResolvers<Response>();
    const got = receiveAt(deps, [slow, quick], (endpoint) =>
      endpoint.id === slow.id ? answer.promise : undefined,
    );
    await dispatchEvent(deps, await insertEvent(db, null));
    const hanging = deps.background.splice(0);
    await processLane(deps, quick.id);
    await finishBackground(deps);
    expect(got(quick)).toHaveLength(1);
    expect(await count(db, "SELECT count(*) AS n FROM deliveries WHERE status = 'delivered'")).toBe(1);
    answer.resolve(new Response());
    await Promise.all(hanging);
    expect(await count(db, "SELECT count(*) AS n FROM deliveries WHERE status = 'delivered'")).toBe(2);
  });

  test("sends five at once and no more", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db);
    let [begun, most] = [0, 0];
    const open: (() => void)[] = [];
    receiveAt(deps, [endpoint], async () => {
      begun++;
      const answered = new Promise<void>((resolve) => open.push(resolve));
      most = Math.max(most, open.length);
      // The first is sent alone, before there is a lane to claim.
      if (begun === 1 || open.length === 5 || begun === 12) void answerAll();
      await answered;
      return new Response();
    });
    /** After a time in which a sixth could come. */
    async function answerAll(): Promise<void> {
      for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
      for (const answer of open.splice(0)) answer();
    }
    for (let n = 0; n < 12; n++) await dispatchEventOnly();
    await processLane(deps, endpoint.id);
    await finishBackground(deps);
    expect(most).toBe(5);

    /** Its deliveries are due, and nobody has started. */
    async function dispatchEventOnly(): Promise<void> {
      await db
        .prepare("UPDATE lanes SET lease_until = ?")
        .bind(NOW + 1)
        .run();
      await dispatchEvent(deps, await insertEvent(db, null));
      await db.prepare("UPDATE lanes SET lease_until = 0").run();
      await finishBackground(deps);
    }
  });

  test("keeps to its rate in every second, and waiting is no attempt", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db, { rateLimit: 3 });
    const got = receiveAt(deps, [endpoint]);
    for (let n = 0; n < 20; n++) await dispatch(deps, await insertEvent(db, null));
    await passTime(deps, NOW + 60_000);
    const times = got(endpoint).map(({ at }) => at);
    expect(times).toHaveLength(20);
    for (const [n, at] of times.entries()) {
      expect(at - (times[n - 3] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(1_000);
    }
    expect(times.at(-1)).toBe(NOW + 6_000);
    expect(await count(db, "SELECT count(*) AS n FROM deliveries WHERE tries <> 1")).toBe(0);
  });

  test("is handed on when its time is over, and what was not begun stays due", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db, { rateLimit: 1 });
    const got = receiveAt(deps, [endpoint]);
    for (let n = 0; n < 15; n++) {
      await db
        .prepare("UPDATE lanes SET lease_until = ?")
        .bind(NOW + 1)
        .run();
      await dispatchEvent(deps, await insertEvent(db, null));
      await finishBackground(deps);
    }
    deps.queue.length = 0;
    deps.time = NOW + LANE_LEASE_MS;
    const begun = deps.time;
    await processLane(deps, endpoint.id);
    await finishBackground(deps);
    const waiting = await count(db, "SELECT count(*) AS n FROM deliveries WHERE tries = 0");
    expect(waiting).toBeGreaterThan(0);
    expect(deps.time - begun).toBeLessThanOrEqual(LANE_SENDING_MS);
    expect(deps.queue).toMatchObject([{ message: { lane: endpoint.id } }]);
    await passTime(deps, begun + 60_000);
    expect(new Set(idsOf(got(endpoint))).size).toBe(15);
    expect(got(endpoint)).toHaveLength(15);
  });

  test("of a webhook_url is one for each origin, and goes when it has been idle", async () => {
    const deps = makeNotifyDeps(storage);
    receive(deps);
    await dispatch(deps, await insertEvent(db, "https://a.example.com/1"));
    await dispatch(deps, await insertEvent(db, "https://a.example.com/2"));
    await dispatch(deps, await insertEvent(db, "https://b.example.com/1"));
    expect(await count(db, "SELECT count(*) AS n FROM lanes")).toBe(2);
    deps.time += 2 * 60 * 60_000;
    await sweep(deps);
    await passTime(deps, deps.time);
    expect(await count(db, "SELECT count(*) AS n FROM lanes")).toBe(0);
  });
});

describe("an endpoint that answers 410", () => {
  test("is disabled at once; the others are notified, and its pending deliveries are discarded", async () => {
    const deps = makeNotifyDeps(storage);
    const [gone, other] = [await addEndpoint(db), await addEndpoint(db, { events: ["endpoint.disabled"] })];
    const got = receiveAt(deps, [gone, other], (endpoint) =>
      endpoint.id === gone.id ? new Response("gone", { status: 410 }) : undefined,
    );
    for (let n = 0; n < 3; n++) await dispatch(deps, await insertEvent(db, null));
    await passTime(deps, NOW + 1_000);
    expect(got(gone)).toHaveLength(1);
    expect(await endpointNow(db, gone)).toMatchObject({
      enabled: false,
      disabledReason: "gone",
      disabledAt: NOW,
    });
    const { data } = await listDeliveries(db, TENANT, { lane: gone.id }, 10);
    expect(new Set(data.map(({ status }) => status))).toEqual(new Set(["discarded"]));
    expect(got(other).map(({ body }) => JSON.parse(body))).toMatchObject([
      {
        type: "endpoint.disabled",
        data: { id: gone.id, disabled_reason: "gone", disabled_at: new Date(NOW).toISOString() },
      },
    ]);
  });
});

describe("what counts against an endpoint", () => {
  test("is what happened during an attempt, until one succeeds", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db);
    receiveAt(deps, [endpoint], no);
    await dispatch(deps, await insertEvent(db, null));
    expect((await endpointNow(db, endpoint)).failingSince).toBe(NOW);
    receiveAt(deps, [endpoint]);
    await passTime(deps, NOW + 10_000);
    expect((await endpointNow(db, endpoint)).failingSince).toBeNull();
  });

  test("is not that we refuse to call its address", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db, { url: "https://10.0.0.1/hook" });
    await dispatch(deps, await insertEvent(db, null));
    expect(await count(db, "SELECT count(*) AS n FROM attempts WHERE error = 'refused'")).toBe(1);
    expect((await endpointNow(db, endpoint)).failingSince).toBeNull();
  });
});

test("what waits for a deleted endpoint is discarded and stays on record", async () => {
  const deps = makeNotifyDeps(storage);
  const endpoint = await addEndpoint(db);
  receiveAt(deps, [endpoint], no);
  await dispatch(deps, await insertEvent(db, null));
  await deleteEndpoint(db, endpoint.id);
  await passTime(deps, NOW + 10_000);
  expect((await listDeliveries(db, TENANT, { lane: endpoint.id }, 10)).data).toMatchObject([
    { status: "discarded", tries: 1 },
  ]);
});

describe("signatures", () => {
  afterEach(() => void vi.restoreAllMocks());

  test("come from the current secret first and from the old one for as long as it is kept", async () => {
    const deps = makeNotifyDeps(storage);
    const old = await addEndpoint(db);
    const secret = newWebhookSecret(crypto.getRandomValues(new Uint8Array(32)));
    const stored = { sealed: await seal(SIGNING_KEY, secret), publicKey: null, createdAt: NOW };
    await rotateSecret(db, old.id, stored, NOW + 3_600_000);
    const got = receiveAt(deps, [old]); // verifies with the old one
    await dispatch(deps, await insertEvent(db, null));
    const [hook] = got(old);
    if (!hook) throw new Error("it came");
    verify(hook, NOW, secret);
    const [first, second] = hook.headers["webhook-signature"]?.split(" ") ?? [];
    verify({ ...hook, headers: { ...hook.headers, "webhook-signature": first ?? "" } }, NOW, secret);
    verify({ ...hook, headers: { ...hook.headers, "webhook-signature": second ?? "" } }, NOW, old.secret);

    deps.time = NOW + 3_600_000;
    const later = receiveAt(deps, [{ ...old, secret }]);
    await dispatch(deps, await insertEvent(db, null));
    expect(later(old)[0]?.headers["webhook-signature"]?.split(" ")).toHaveLength(1);
  });

  test("of v1a verify with the public key, and with nothing changed", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db, { ed25519: true });
    const got = receiveAt(deps, [endpoint]);
    await dispatch(deps, await insertEvent(db, null));
    const [{ headers, body } = { headers: {} as Record<string, string>, body: "" }] = got(endpoint);
    const [v1, v1a] = headers["webhook-signature"]?.split(" ") ?? [];
    expect(v1).toMatch(/^v1,/);
    const key = createPublicKey({
      key: {
        kty: "OKP",
        crv: "Ed25519",
        x: Buffer.from(endpoint.publicKey.slice("whpk_".length), "base64").toString("base64url"),
      },
      format: "jwk",
    });
    const signature = Buffer.from(v1a?.slice("v1a,".length) ?? "", "base64");
    const isGenuine = (content: string) => verifySignature(null, Buffer.from(content), key, signature);
    const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    expect(isGenuine(content)).toBe(true);
    expect(isGenuine(content.replace("e", "f"))).toBe(false);
    expect(isGenuine(`${headers["webhook-id"]}.${NOW / 1000 - 360}.${body}`)).toBe(false);
  });
});

test("secrets are sealed with the current key by the sweep after SIGNING_KEY was changed, and sign all the while", async () => {
  const [before, after] = ["b".repeat(32), "a".repeat(32)];
  const deps = makeNotifyDeps(storage);
  const endpoint = await addEndpoint(db);
  const sealed = await seal(before, endpoint.secret);
  await db
    .prepare("UPDATE webhook_secrets SET sealed = ?, key_id = ?")
    .bind(sealed, sealedWith(sealed))
    .run();
  deps.config.signingKey = `${after} ${before}`;
  const got = receiveAt(deps, [endpoint]);
  await dispatch(deps, await insertEvent(db, null));
  await sweep(deps);
  deps.config.signingKey = after;
  deps.time += WAKE_GRACE_MS;
  await dispatch(deps, await insertEvent(db, null));
  expect(got(endpoint)).toHaveLength(2);
});
