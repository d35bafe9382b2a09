import { afterAll, describe, expect, test } from "vitest";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { takeInventory } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant, OPERATOR_KEY } from "../support/stack/tenants.ts";

const talk = await bytesOf(await record(TALK));
const longer = new Uint8Array([...talk, 0, 0]);
const changed = talk.with(talk.length - 1, 1) as Uint8Array<ArrayBuffer>;

const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());
const { db } = diarist.stack;

let keys = 0;
const freshKey = () => `key-${++keys}`;

function post(
  path: string,
  body: BodyInit | null,
  key: string,
  headers: Record<string, string> = {},
  as?: string,
) {
  return diarist.call(path, { method: "POST", body, headers: { ...headers, "idempotency-key": key } }, as);
}

const json = { "content-type": "application/json" };
const wav = { "content-type": "audio/wav" };
const raw = (key: string, body: Uint8Array<ArrayBuffer> = talk, query = "") =>
  post(`/v1/jobs${query}`, body, key, wav);

function form(
  key: string,
  body: Uint8Array<ArrayBuffer>,
  fields: Record<string, string> = {},
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new File([body], "talk.wav", { type: "audio/wav" }));
  return post("/v1/jobs", form, key);
}

async function countJobs(): Promise<number> {
  return (await db.prepare("SELECT count(*) AS n FROM jobs").first<{ n: number }>())?.n ?? 0;
}

/** How many jobs this makes. */
async function jobsMadeBy(send: () => Promise<unknown>): Promise<number> {
  const before = await countJobs();
  await send();
  return (await countJobs()) - before;
}

/** What is left when a Worker dies after its work and before its answer is kept. */
async function dieBeforeAnswering(): Promise<void> {
  await db
    .prepare("UPDATE idempotent_requests SET status = NULL, body = NULL, content = NULL, lease_until = 0")
    .run();
}

/** The answer is kept in the background: a request that waits for it has seen it. */
async function sent(
  answer: Promise<Response>,
): Promise<{ status: number; text: string; replayed: string | null }> {
  const response = await answer;
  return {
    status: response.status,
    text: await response.text(),
    replayed: response.headers.get("idempotency-replayed"),
  };
}

describe("the same request again", () => {
  test("is answered with the same bytes, and makes no second job", async () => {
    for (const send of [raw, (key: string) => form(key, talk, { tags: "a" })]) {
      const key = freshKey();
      const made = await jobsMadeBy(async () => {
        const first = await sent(send(key));
        const second = await sent(send(key));
        expect(first).toMatchObject({ status: 202, replayed: null });
        expect(second).toEqual({ ...first, replayed: "true" });
      });
      expect(made).toBe(1);
    }
  });

  test("keeps Location, and has a request id of its own", async () => {
    const key = freshKey();
    const first = await raw(key);
    const second = await raw(key);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    expect(second.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
  });

  test("while the first still runs is answered with the first's answer", async () => {
    const key = freshKey();
    const made = await jobsMadeBy(async () => {
      const answers = await Promise.all([1, 2, 3, 4].map(() => sent(raw(key))));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers.filter(({ replayed }) => replayed === null)).toHaveLength(1);
    });
    expect(made).toBe(1);
  });

  test("shows an API key's secret once more, and D1 never", async () => {
    const { id } = await createTenant(diarist, "keys");
    const key = freshKey();
    const create = () =>
      sent(post("/v1/keys", JSON.stringify({ name: "x", tenant: id }), key, json, OPERATOR_KEY));
    const first = await create();
    expect((await create()).text).toBe(first.text);
    const { key: secret } = JSON.parse(first.text) as { key: string };
    expect(JSON.stringify((await takeInventory(diarist)).rows)).not.toContain(secret);
  });

  test("with another tenant's key is another request", async () => {
    const { key: otherKey } = await createTenant(diarist, "other");
    const key = freshKey();
    const mine = await sent(raw(key));
    const theirs = await sent(post("/v1/jobs", talk, key, wav, otherKey));
    expect([mine.status, theirs.status, theirs.replayed]).toEqual([202, 202, null]);
    expect(theirs.text).not.toBe(mine.text);
  });

  test("after a day is a new request", async () => {
    const key = freshKey();
    const first = await sent(raw(key));
    const age = (ms: number) =>
      db.prepare("UPDATE idempotent_requests SET created_at = created_at - ?").bind(ms).run();
    await age(24 * 60 * 60_000 - 60_000);
    expect((await sent(raw(key))).text).toBe(first.text);
    await age(60_000);
    expect((await sent(raw(key))).text).not.toBe(first.text);
  });

  test("that was refused is checked again", async () => {
    const key = freshKey();
    await expectProblem(raw(key, talk, "?temperature=2"), 422, "invalid_params");
    await expectProblem(raw(key, talk, "?temperature=2"), 422, "invalid_params");
    expect((await sent(raw(key))).status).toBe(202);
  });
});

describe("another request with the same key", () => {
  test("is refused, no matter what differs, and changes nothing", async () => {
    const key = freshKey();
    await sent(form(key, talk, { tags: "a" }));
    const rawKey = freshKey();
    await sent(raw(rawKey));
    const made = await jobsMadeBy(async () => {
      await expectProblem(form(key, changed, { tags: "a" }), 409, "idempotency_key_reused");
      await expectProblem(form(key, talk, { tags: "b" }), 409, "idempotency_key_reused");
      await expectProblem(form(key, talk), 409, "idempotency_key_reused");
      await expectProblem(raw(key), 409, "idempotency_key_reused");
      await expectProblem(raw(rawKey, changed), 409, "idempotency_key_reused");
      await expectProblem(raw(rawKey, longer), 409, "idempotency_key_reused");
      await expectProblem(raw(rawKey, talk, "?language=en"), 409, "idempotency_key_reused");
      await expectProblem(post("/v1/uploads", null, rawKey), 409, "idempotency_key_reused");
    });
    expect(made).toBe(0);
    expect(await sent(raw(rawKey))).toMatchObject({ status: 202, replayed: "true" });
  });

  test("is refused when its JSON is another", async () => {
    const key = freshKey();
    const create = (name: string) => post("/v1/tenants", JSON.stringify({ name }), key, json, OPERATOR_KEY);
    expect((await sent(create("a"))).status).toBe(201);
    await expectProblem(create("b"), 409, "idempotency_key_reused");
  });
});

describe("when the Worker died between its work and its answer", () => {
  test("the same job is answered, however it came", async () => {
    const url = JSON.stringify({ file: "https://example.com/a.wav" });
    for (const send of [
      raw,
      (key: string) => form(key, talk),
      (key: string) => post("/v1/jobs", url, key, json),
    ]) {
      const key = freshKey();
      const made = await jobsMadeBy(async () => {
        const { id } = JSON.parse((await sent(send(key))).text) as { id: string };
        await sent(send(key));
        await dieBeforeAnswering();
        const again = await sent(send(key));
        expect([again.status, JSON.parse(again.text)]).toEqual([202, expect.objectContaining({ id })]);
      });
      expect(made).toBe(1);
    }
  });

  test("another recording is refused, and the same one is answered all the same", async () => {
    for (const send of [raw, form]) {
      const key = freshKey();
      const made = await jobsMadeBy(async () => {
        const { id } = JSON.parse((await sent(send(key, talk))).text) as { id: string };
        await sent(send(key, talk));
        await dieBeforeAnswering();
        await expectProblem(send(key, changed), 409, "idempotency_key_reused");
        expect(JSON.parse((await sent(send(key, talk))).text)).toMatchObject({ id });
        await expectProblem(send(key, changed), 409, "idempotency_key_reused");
      });
      expect(made).toBe(1);
    }
  });

  test("the same upload is answered, and the same tenant", async () => {
    const begun = async (key: string) => {
      const headers = { "tus-resumable": "1.0.0", "upload-length": "9" };
      return (await post("/v1/uploads", null, key, headers)).headers.get("location");
    };
    const tenant = async (key: string) =>
      JSON.parse((await sent(post("/v1/tenants", '{"name":"x"}', key, json, OPERATOR_KEY))).text)
        .id as string;
    for (const make of [begun, tenant]) {
      const key = freshKey();
      const first = await make(key);
      await make(key);
      await dieBeforeAnswering();
      expect(await make(key)).toBe(first);
    }
  });

  test("a key's new secret works, and the one that was never shown does not", async () => {
    const { id } = await createTenant(diarist, "crash");
    const key = freshKey();
    const create = async () => {
      const made = await sent(
        post("/v1/keys", JSON.stringify({ name: "x", tenant: id }), key, json, OPERATOR_KEY),
      );
      return JSON.parse(made.text) as { id: string; key: string };
    };
    const unseen = await create();
    await create();
    await dieBeforeAnswering();
    const seen = await create();
    expect(seen.id).toBe(unseen.id);
    expect((await diarist.call("/v1/jobs", {}, seen.key)).status).toBe(200);
    await expectProblem(diarist.call("/v1/jobs", {}, unseen.key), 401, "unauthorized");
  });

  test("the request waits while its lease lasts, and is taken over when it has run out", async () => {
    const key = freshKey();
    await sent(raw(key));
    await sent(raw(key));
    await dieBeforeAnswering();
    await db
      .prepare("UPDATE idempotent_requests SET lease_until = ?")
      .bind(Date.now() + 1_500)
      .run();
    const started = Date.now();
    expect((await sent(raw(key))).status).toBe(202);
    expect(Date.now() - started).toBeGreaterThan(1_000);
  });
});

test("a key is 1 to 255 visible characters", async () => {
  const create = (key: string) => post("/v1/tenants", '{"name":"x"}', key, json, OPERATOR_KEY);
  expect((await create("x".repeat(255))).status).toBe(201);
  await expectProblem(create("y".repeat(256)), 400, "invalid_idempotency_key");
  await expectProblem(create(""), 400, "invalid_idempotency_key");
  await expectProblem(create("a b"), 400, "invalid_idempotency_key");
});

test("the sweep removes answers that are older than a day", async () => {
  await sent(raw(freshKey()));
  const rows = async () => (await takeInventory(diarist)).rows["idempotent_requests"]?.length ?? 0;
  await diarist.stack.sweep();
  expect(await rows()).toBeGreaterThan(0);
  await db.prepare("UPDATE idempotent_requests SET created_at = created_at - 86400000").run();
  await diarist.stack.sweep();
  expect(await rows()).toBe(0);
});
