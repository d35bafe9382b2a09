import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sweepShares } from "../../shared/storage/keys.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const talk = await bytesOf(await record(TALK));
const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

const DAY = 86_400;
let id: string;
let other: string;
beforeAll(async () => {
  id = (await accepted(sendRaw(diarist, talk, { query: "?tags=secret&external_id=secret&prompt=secret" })))
    .id;
  other = (await accepted(sendRaw(diarist, talk))).id;
  await diarist.finished(id);
  await diarist.finished(other);
});

type Share = { id: string; url: string; expires_at: string; created_at: string };

function post(jobId: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const json = { "content-type": "application/json", ...headers };
  const init = body === undefined ? { headers } : { headers: json, body: JSON.stringify(body) };
  return diarist.call(`/v1/jobs/${jobId}/share`, { method: "POST", ...init });
}

async function share(jobId: string, body?: unknown): Promise<Share & { key: string }> {
  const answer = await post(jobId, body);
  expect(answer.status).toBe(201);
  const made = (await answer.json()) as Share;
  return { ...made, key: new URL(made.url).hash.replace("#/shared/", "") };
}

describe("a link to a job", () => {
  test("reads the job, its transcript and its recording", async () => {
    const { key, url, created_at, expires_at } = await share(id);
    expect(url.startsWith(diarist.url)).toBe(true);
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(7 * DAY * 1000);
    const own = await (await diarist.call(`/v1/jobs/${id}/transcript?format=srt`)).text();
    expect(await (await diarist.call(`/v1/jobs/${id}/transcript?format=srt`, {}, key)).text()).toBe(own);
    const heard = await diarist.call(`/v1/jobs/${id}/audio`, { headers: { range: "bytes=0-3" } }, key);
    expect(await heard.text()).toBe("RIFF");
    expect((await diarist.call(`/v1/jobs/${id}/edits`, {}, key)).status).toBe(200);
  });

  test("shows nothing of what is kept with the job", async () => {
    const { key } = await share(id);
    for (const path of ["", "?wait=1", "/events"]) {
      const text = await (await diarist.call(`/v1/jobs/${id}${path}`, {}, key)).text();
      expect(text).toContain(id);
      expect(text).not.toContain("secret");
    }
    expect(await (await diarist.call(`/v1/jobs/${id}`)).text()).toContain("secret");
  });

  test("lists its job alone, and no filter tells of what is kept with it", async () => {
    const { key } = await share(id);
    for (const query of ["", "?tag=secret", "?tag=another", "?external_id=another"]) {
      const list = (await (await diarist.call(`/v1/jobs${query}`, {}, key)).json()) as { data: object[] };
      expect(list.data).toMatchObject([{ id }]);
      expect(JSON.stringify(list)).not.toContain("secret");
    }
  });

  test("opens no other job, no search, and not the other links", async () => {
    const { key } = await share(id);
    for (const path of [`/v1/jobs/${other}`, `/v1/jobs/${other}/transcript`, "/v1/search?q=a"]) {
      await expectProblem(diarist.call(path, {}, key), 404, "not_found");
    }
    await expectProblem(diarist.call(`/v1/jobs/${id}/share`, {}, key), 404, "not_found");
  });

  test("changes nothing", async () => {
    const { key } = await share(id);
    const json = { "content-type": "application/json" };
    for (const [method, path] of [
      ["PATCH", ""],
      ["DELETE", ""],
      ["POST", "/share"],
      ["PUT", "/edits"],
    ] as const) {
      const init = method === "DELETE" ? { method } : { method, headers: json, body: "{}" };
      await expectProblem(diarist.call(`/v1/jobs/${id}${path}`, init, key), 403, "scope_missing");
    }
  });

  test("ends when its time is over, and its key goes with the sweep", async () => {
    const { key, id: keyId, created_at, expires_at } = await share(id, { expires_in: 60 });
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(60_000);
    const { db } = diarist.stack;
    const past = Date.now() - 1;
    await db.prepare("UPDATE api_keys SET expires_at = ? WHERE id = ?").bind(past, keyId).run();
    await expectProblem(diarist.call(`/v1/jobs/${id}`, {}, key), 401, "unauthorized");
    const left = () => db.prepare("SELECT id FROM api_keys WHERE id = ?").bind(keyId).first();
    await sweepShares(db, past, 10);
    expect(await left()).toEqual({ id: keyId });
    await sweepShares(db, past + 1, 10);
    expect(await left()).toBeNull();
  });

  test("is listed without its key, and ends with all others at once", async () => {
    const made = await share(other);
    const list = async () => (await diarist.call(`/v1/jobs/${other}/share`)).json();
    const { created_at, expires_at } = made;
    expect(await list()).toEqual({
      data: [{ id: made.id, created_at, expires_at, last_used_at: null }],
      next: null,
    });
    expect(await (await diarist.call("/v1/keys")).text()).not.toContain(made.id);
    expect((await diarist.call(`/v1/jobs/${other}/share`, { method: "DELETE" })).status).toBe(204);
    expect(await list()).toEqual({ data: [], next: null });
    await expectProblem(diarist.call(`/v1/jobs/${other}`, {}, made.key), 401, "unauthorized");
  });

  test("goes with its job", async () => {
    const gone = (await accepted(sendRaw(diarist, talk))).id;
    await diarist.finished(gone);
    const { key } = await share(gone);
    await diarist.call(`/v1/jobs/${gone}`, { method: "DELETE" });
    await expectProblem(diarist.call(`/v1/jobs/${gone}`, {}, key), 401, "unauthorized");
  });
});

test("a link lasts from a minute to 90 days", async () => {
  for (const expires_in of [59, 90 * DAY + 1, 60.5])
    await expectProblem(post(id, { expires_in }), 422, "invalid_params");
  for (const expires_in of [60, 90 * DAY]) expect((await post(id, { expires_in })).status).toBe(201);
});

test("a job has a hundred links and not one more", async () => {
  const tight = (await accepted(sendRaw(diarist, talk))).id;
  for (let n = 0; n < 100; n++) await share(tight);
  await expectProblem(post(tight), 409, "share_limit");
});

test("the same request makes one link", async () => {
  const headers = { "idempotency-key": "share-once" };
  const first = await (await post(id, undefined, headers)).json();
  expect(await (await post(id, undefined, headers)).json()).toEqual(first);
});
