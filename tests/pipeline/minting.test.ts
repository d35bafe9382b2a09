// No key gets more than it has: whatever a request makes can do no more, and lasts no longer, than the key that asked.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SCOPES, type Scope } from "../../shared/scope.ts";
import { insertKey } from "../../shared/storage/keys.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { R2_SETTINGS } from "../support/stack/r2-stand-in.ts";
import { createKey, createTenant } from "../support/stack/tenants.ts";

const SLACK = { SLACK_CLIENT_ID: "1.2", SLACK_CLIENT_SECRET: "x", SLACK_SIGNING_SECRET: "y" };
const diarist = await openDiarist({ recognise: createRecogniser(), vars: { ...R2_SETTINGS, ...SLACK } });
afterAll(() => diarist.close());

let owner: { id: string; key: string };
let jobId: string;
let endpointId: string;
beforeAll(async () => {
  owner = await createTenant(diarist, "owner");
  const talk = await bytesOf(await record(TALK));
  jobId = (await accepted(sendRaw(diarist, talk, { key: owner.key }))).id;
  await diarist.finished(jobId, owner.key);
  const made = await send("POST", "/v1/webhooks/endpoints", { url: HOOK, enabled: false }, owner.key);
  endpointId = ((await made.json()) as { id: string }).id;
});

const HOOK = "https://hook.example.com/x";

function send(
  method: string,
  path: string,
  body: unknown,
  key: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const init =
    body === null
      ? { headers }
      : { body: JSON.stringify(body), headers: { ...headers, "content-type": "application/json" } };
  return diarist.call(path, { method, ...init }, key);
}

type Minting = {
  what: string;
  method: string;
  path: () => string;
  body: unknown;
  needs: Scope[];
  /** Of the answer, unless it is 200 or 201. */
  status?: number;
};

/** Every route whose answer holds something that opens something, and all that its caller must have. */
const MINTINGS: Minting[] = [
  { what: "a key", method: "POST", path: () => "/v1/keys", body: { name: "k" }, needs: ["keys"] },
  {
    what: "a key that reads",
    method: "POST",
    path: () => "/v1/keys",
    body: { name: "k", scopes: ["jobs:read"] },
    needs: ["keys", "jobs:read"],
  },
  {
    what: "a share link",
    method: "POST",
    path: () => `/v1/jobs/${jobId}/share`,
    body: {},
    needs: ["jobs:write", "jobs:read"],
  },
  {
    what: "an audio link",
    method: "GET",
    path: () => `/v1/jobs/${jobId}/audio/link`,
    body: null,
    needs: ["jobs:read"],
  },
  {
    what: "another transcript of a recording, of which the caller's webhook is sent a link",
    method: "POST",
    path: () => `/v1/jobs/${jobId}/transcribe-again`,
    body: { webhook_url: HOOK },
    needs: ["jobs:write", "jobs:read"],
    status: 202,
  },
  {
    what: "an endpoint, which is sent links to transcripts",
    method: "POST",
    path: () => "/v1/webhooks/endpoints",
    body: { url: HOOK },
    needs: ["webhooks", "jobs:read"],
  },
  {
    what: "another address of an endpoint",
    method: "PATCH",
    path: () => `/v1/webhooks/endpoints/${endpointId}`,
    body: { url: HOOK },
    needs: ["webhooks", "jobs:read"],
  },
  {
    what: "an endpoint's new secret",
    method: "POST",
    path: () => `/v1/webhooks/endpoints/${endpointId}/rotate-secret`,
    body: {},
    needs: ["webhooks"],
  },
  {
    what: "the tenant's webhook secret",
    method: "GET",
    path: () => "/v1/webhooks/secret",
    body: null,
    needs: ["webhooks"],
  },
  {
    what: "the tenant's new webhook secret",
    method: "POST",
    path: () => "/v1/webhooks/secret/rotate",
    body: {},
    needs: ["webhooks"],
  },
  {
    what: "a link that connects a Slack workspace",
    method: "POST",
    path: () => "/v1/slack/install-links",
    body: null,
    needs: ["keys", "jobs:read", "jobs:write"],
  },
  {
    what: "presigned parts of an upload",
    method: "POST",
    path: () => "/v1/uploads",
    body: { direct: true, bytes: 5 },
    needs: ["jobs:write"],
  },
];

describe.each(MINTINGS)("$what", ({ method, path, body, needs, status }) => {
  const given = status === undefined ? [200, 201] : [status];

  test("is refused to a key that lacks any one of the scopes it takes", async () => {
    for (const lacking of needs) {
      const scopes = SCOPES.filter((scope) => scope !== lacking);
      const { key } = await createKey(diarist, { tenant: owner.id, scopes });
      await expectNothingKept(diarist, async () => {
        const { detail } = await expectProblem(send(method, path(), body, key), 403, "scope_missing");
        expect(detail).toContain(lacking);
      });
    }
  });

  test("is given to a key with just these, and kept by no cache", async () => {
    const { key } = await createKey(diarist, { tenant: owner.id, scopes: needs });
    const answer = await send(method, path(), body, key);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([
      expect.toBeOneOf(given),
      "no-store",
    ]);
  });

  test("is not given to another key that repeats the request", async () => {
    if (method !== "POST") return;
    const headers = { "idempotency-key": randomUUID() };
    const first = await createKey(diarist, { tenant: owner.id });
    expect(given).toContain((await send(method, path(), body, first.key, headers)).status);
    for (const scopes of [needs, SCOPES]) {
      const { key } = await createKey(diarist, { tenant: owner.id, scopes });
      await expectProblem(send(method, path(), body, key, headers), 409, "idempotency_key_reused");
    }
    const again = await send(method, path(), body, first.key, headers);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });
});

describe("what a key makes that expires", () => {
  const soon = () => new Date(Date.now() + 60_000).toISOString();

  test("expires no later: keys, share links, audio links, links for Slack", async () => {
    const end = soon();
    const { key } = await createKey(diarist, { tenant: owner.id, expires_at: end });
    for (const [method, path, body] of [
      ["POST", "/v1/keys", { name: "child" }],
      ["POST", "/v1/keys", { name: "child", expires_at: null }],
      ["POST", `/v1/jobs/${jobId}/share`, {}],
      ["GET", `/v1/jobs/${jobId}/audio/link`, null],
      ["POST", "/v1/slack/install-links", null],
    ] as const) {
      const { expires_at } = (await (await send(method, path, body, key)).json()) as { expires_at: string };
      expect([path, Date.parse(expires_at) <= Date.parse(end)]).toEqual([path, true]);
    }
  });

  test("is refused when it asks for more", async () => {
    const { key } = await createKey(diarist, { tenant: owner.id, expires_at: soon() });
    const asked = send("POST", "/v1/keys", { name: "child", expires_at: "2999-01-01T00:00:00Z" }, key);
    expect((await expectProblem(asked, 422, "invalid_params")).errors).toMatchObject([
      { field: "expires_at" },
    ]);
  });
});

test("a key whose first run died has the scopes and the end that the second run asked for", async () => {
  const { db } = diarist.stack;
  const made = {
    id: "key_of_two_runs",
    tenantId: owner.id,
    name: "k",
    createdAt: 1,
    lastUsedAt: null,
    revokedAt: null,
    jobId: null,
  };
  await insertKey(db, { ...made, scopes: [...SCOPES], expiresAt: null }, "hash of the first");
  await insertKey(db, { ...made, scopes: ["usage"], expiresAt: 5 }, "hash of the second");
  const row = await db
    .prepare("SELECT hash, scopes, expires_at FROM api_keys WHERE id = ?")
    .bind(made.id)
    .first();
  expect(row).toEqual({ hash: "hash of the second", scopes: '["usage"]', expires_at: 5 });
});

test("ending the links to a job ends the audio links that were had through them", async () => {
  const linkOf = async (key: string) => {
    const answer = await send("GET", `/v1/jobs/${jobId}/audio/link`, null, key);
    return diarist.url + ((await answer.json()) as { url: string }).url;
  };
  const shared = await send("POST", `/v1/jobs/${jobId}/share`, {}, owner.key);
  const shareKey = ((await shared.json()) as { url: string }).url.split("#/shared/")[1] ?? "";
  const links = [await linkOf(shareKey), await linkOf(owner.key)] as const;
  for (const link of links) expect((await fetch(link)).status).toBe(200);

  expect((await send("DELETE", `/v1/jobs/${jobId}/share`, null, owner.key)).status).toBe(204);
  await expectProblem(fetch(links[0]), 404, "not_found");
  expect((await fetch(links[1])).status).toBe(200);
});

test("events hold the link to a transcript only for a key that may read it", async () => {
  const linkIn = async (scopes: Scope[]) => {
    const { key } = await createKey(diarist, { tenant: owner.id, scopes });
    const page = await send("GET", "/v1/events?types=job.completed", null, key);
    const { data } = (await page.json()) as { data: { body: string }[] };
    return JSON.parse(data[0]?.body ?? "").data.result.download_url as unknown;
  };
  expect(await linkIn(["webhooks"])).toBeNull();
  expect(await linkIn(["webhooks", "jobs:read"])).toMatch(/\/media\//);
});
