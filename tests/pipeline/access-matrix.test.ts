import { afterAll, describe, expect, test } from "vitest";
import { SCOPES, type Scope } from "../../shared/scope.ts";
import { type Caller, whoMay } from "../../workers/ingest/access/rules.ts";
import type { ProblemCode } from "../../workers/ingest/http/problem.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { type Document, operationsOf } from "../support/clients/openapi-document.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { begin } from "../support/clients/tus.ts";
import { settledDeliveries } from "../support/stack/deliveries.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createKey, createTenant, OPERATOR_KEY } from "../support/stack/tenants.ts";

const talk = await bytesOf(await record(TALK));

const diarist = await openDiarist({ recognise: createRecogniser() });
const owner = await createTenant(diarist, "owner");
const other = await createTenant(diarist, "other");
const receiver = await diarist.receiver(owner.key);
afterAll(() => Promise.all([diarist.close(), receiver.close()]));

const document = (await (await diarist.call("/openapi.json", {}, null)).json()) as Document;
/** Every documented operation that wants a key, as [method, path]. */
const operations = [...operationsOf(document)]
  .filter(([, { security }]) => security !== undefined)
  .map(([name]) => name.split(" ") as [method: string, path: string]);

const query = `?webhook_url=${encodeURIComponent(receiver.url)}&tags=secret-tag`;
const { id: jobId } = await accepted(sendRaw(diarist, talk, { query, key: owner.key }));
await diarist.finished(jobId, owner.key);
const [delivery] = await settledDeliveries(diarist, jobId, owner.key);
const hook = await diarist.call(
  "/v1/webhooks/endpoints",
  {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url: receiver.url, enabled: false }),
  },
  owner.key,
);
const { id: endpointId } = (await hook.json()) as { id: string };
const uploadId = (await begin(diarist, 1_000, {}, owner.key)).split("/").at(-1) ?? "";

/** What the owner has of each kind; a path's parameter is filled with what is before it. */
const THINGS: [path: string, id: string][] = [
  ["/v1/jobs/", jobId],
  ["/v1/uploads/", uploadId],
  ["/v1/webhooks/deliveries/", delivery?.id ?? ""],
  ["/v1/webhooks/endpoints/", endpointId],
  ["/v1/keys/", owner.keyId],
  ["/v1/tenants/", owner.id],
];

function fill(path: string): string {
  const id = THINGS.find(([before]) => path.startsWith(`${before}{`))?.[1] ?? "of_another_kind";
  return path.replace(/\{\w+\}/, id).replaceAll(/\{\w+\}/g, "of_another_kind");
}

/** What a JSON route takes. Of the others, a name. */
const BODIES: Record<string, unknown> = {
  "POST /v1/webhooks/endpoints": { url: receiver.url },
  "PATCH /v1/webhooks/endpoints/{id}": { description: "x" },
  "PATCH /v1/jobs/{id}": { tags: ["x"] },
  "PUT /v1/jobs/{id}/edits": { edits: [{ word: 0, text: "x" }] },
  "POST /v1/jobs/{id}/edits/revert": { revision: 0 },
  "POST /v1/webhooks/endpoints/{id}/rotate-secret": {},
  "POST /v1/webhooks/endpoints/{id}/replay": {},
  "POST /v1/webhooks/secret/rotate": {},
  "POST /v1/jobs/{id}/share": {},
  "PUT /v1/tenants/{id}/retention": { retain_audio_days: 1 },
};

/** A request that would do something, were it let in. */
function send(method: string, path: string, key: string | null): Promise<Response> {
  const headers: Record<string, string> = {
    "tus-resumable": "1.0.0",
    "upload-length": "5",
    "x-http-method-override": "DELETE",
    "if-match": "*",
  };
  if (method === "PATCH" && path.startsWith("/v1/uploads")) {
    headers["content-type"] = "application/offset+octet-stream";
    headers["upload-offset"] = "0";
  }
  if (method === "GET" || method === "DELETE") return diarist.call(fill(path), { method, headers }, key);
  if (path === "/v1/jobs" || path.startsWith("/v1/audio")) {
    return diarist.call(path, { method, headers: { "content-type": "audio/wav" }, body: talk }, key);
  }
  if (path.startsWith("/v1/uploads")) return diarist.call(fill(path), { method, headers }, key);
  headers["content-type"] = "application/json";
  const body = JSON.stringify(BODIES[`${method} ${path}`] ?? { name: "x" });
  return diarist.call(fill(path), { method, headers, body }, key);
}

/** Only the body may tell something; what it must not hold is what belongs to the owner. */
async function expectSilent(answer: Response): Promise<void> {
  const text = await answer.clone().text();
  for (const secret of ["secret-tag", "talk.wav", receiver.url, owner.key])
    expect(text).not.toContain(secret);
}

async function refuseAll(key: string | null, status: number, code: ProblemCode): Promise<void> {
  await expectNothingKept(diarist, async () => {
    for (const [method, path] of operations) {
      const answer = await send(method, path, key);
      await expectSilent(answer);
      await expectRefused(path, answer, status, code);
    }
  });
}

/** As a problem, or in the envelope of the drop-in routes, which have a name of their own for a wrong key. */
async function expectRefused(
  path: string,
  answer: Response,
  status: number,
  code: ProblemCode,
): Promise<void> {
  if (!path.startsWith("/v1/audio")) return void (await expectProblem(Promise.resolve(answer), status, code));
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({
    error: { code: code === "unauthorized" ? "invalid_api_key" : code },
  });
}

test("every documented operation under /v1 wants a key, and somebody may call it", () => {
  const all = [...operationsOf(document)].filter(([name]) => name.includes(" /v1"));
  expect(all.filter(([, { security }]) => security === undefined)).toEqual([]);
  expect(operations.length).toBeGreaterThan(20);
  for (const [method, path] of operations)
    expect([method, path, whoMay(method, path)]).not.toEqual([method, path, []]);
});

test("a path without a rule is open to no one", () => {
  expect(whoMay("GET", "/v1/job")).toEqual([]);
  expect(whoMay("GET", "/v1/jobsfoo")).toEqual([]);
  expect(whoMay("POST", "/v1/usage")).toEqual([]);
  expect(whoMay("GET", "/v1/jobs")).toEqual(["jobs:read"]);
});

describe("every route refuses, and leaks and changes nothing,", () => {
  test("without a key", () => refuseAll(null, 401, "unauthorized"));

  test("with a revoked key", async () => {
    const { id, key } = await createKey(diarist, { tenant: owner.id });
    expect((await diarist.call("/v1/jobs", {}, key)).status).toBe(200);
    expect((await diarist.call(`/v1/keys/${id}`, { method: "DELETE" }, owner.key)).status).toBe(204);
    await refuseAll(key, 401, "unauthorized");
  });

  test("with an expired key", async () => {
    const { id, key } = await createKey(diarist, { tenant: owner.id, expires_at: "2999-01-01T00:00:00Z" });
    expect((await diarist.call("/v1/jobs", {}, key)).status).toBe(200);
    const expire = diarist.stack.db.prepare("UPDATE api_keys SET expires_at = ? WHERE id = ?");
    await expire.bind(Date.now(), id).run();
    await refuseAll(key, 401, "unauthorized");
  });

  test("with a key that has every scope but those it takes", async () => {
    const keyWithout = new Map<string, string>();
    for (const lacking of new Set(operations.map(([method, path]) => named(whoMay(method, path))))) {
      const scopes = SCOPES.filter((scope) => !lacking.includes(scope));
      keyWithout.set(lacking, (await createKey(diarist, { tenant: owner.id, scopes })).key);
    }
    await expectNothingKept(diarist, async () => {
      for (const [method, path] of operations) {
        const allowed = whoMay(method, path);
        const answer = await send(method, path, keyWithout.get(named(allowed)) ?? "");
        await expectSilent(answer);
        const code = allowed.every((caller) => caller === "operator") ? "operator_only" : "scope_missing";
        await expectRefused(path, answer, 403, code);
      }
    });
  });

  test("with another tenant's key", async () => {
    await expectNothingKept(diarist, async () => {
      for (const [method, path] of operations.filter(([, path]) => path.includes("{"))) {
        const answer = await send(method, path, other.key);
        await expectSilent(answer);
        expect([method, path, [403, 404].includes(answer.status)]).toEqual([method, path, true]);
        expect(await answer.json()).toMatchObject({
          code: answer.status === 403 ? "operator_only" : "not_found",
        });
      }
      for (const [method, path] of operations.filter(([, path]) => !path.includes("{"))) {
        if (method === "GET") await expectSilent(await send(method, path, other.key));
      }
    });
  });

  test("with the operator's key, unless it is the operator's", async () => {
    await expectNothingKept(diarist, async () => {
      for (const [method, path] of operations) {
        if (whoMay(method, path).includes("operator")) continue;
        await expectRefused(path, await send(method, path, OPERATOR_KEY), 401, "unauthorized");
      }
    });
  });
});

describe("a key that has one scope alone", () => {
  test.each(SCOPES)("%s opens what takes it", async (scope) => {
    const { key } = await createKey(diarist, { tenant: owner.id, scopes: [scope] });
    for (const [method, path] of operations.filter(([method]) => method === "GET")) {
      const { status } = await send(method, path, key);
      expect([path, status === 403]).toEqual([path, !whoMay(method, path).includes(scope)]);
    }
  });
});

function named(callers: readonly Caller[]): string {
  return callers.filter((caller): caller is Scope => caller !== "operator").join(" ");
}
