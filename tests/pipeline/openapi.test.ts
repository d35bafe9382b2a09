import { globSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ROOT } from "../../dev/root.ts";
import { FAILURE_CODES } from "../../shared/failure.ts";
import { PROBLEM_CODES } from "../../workers/ingest/http/problem.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import {
  type Document,
  follow,
  operationsOf,
  problemsOf,
  refsIn,
} from "../support/clients/openapi-document.ts";
import { accepted, sendJson, sendRaw, textBytes } from "../support/clients/send-job.ts";
import { append, begin } from "../support/clients/tus.ts";
import { eventually } from "../support/eventually.ts";
import { settledDeliveries } from "../support/stack/deliveries.ts";
import { openSlackDiarist } from "../support/stack/open-diarist.ts";
import { R2_SETTINGS } from "../support/stack/r2-stand-in.ts";
import { createTenant, OPERATOR_KEY, operate } from "../support/stack/tenants.ts";

const talk = await bytesOf(await record(TALK));

const diarist = await openSlackDiarist({ recognise: createRecogniser(), vars: R2_SETTINGS });
afterAll(() => diarist.close());

const document = (await (await fetch(`${diarist.url}/openapi.json`)).json()) as Document;
const operations = operationsOf(document);

/** Every route of the app, as the document would write it. Those that Slack calls follow Slack's own contract. */
async function routesOfTheApp(): Promise<string[]> {
  const routes: string[] = [];
  for (const file of globSync("workers/ingest/routes/**/*.ts", { cwd: ROOT })) {
    const exported: object[] = Object.values(await import(join(ROOT, file)));
    for (const router of exported) {
      if (!("routes" in router) || !Array.isArray(router.routes)) continue;
      for (const { method, path } of router.routes)
        if (!path.startsWith("/slack/")) routes.push(`${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    }
  }
  return [...new Set(routes)].sort();
}

describe("the OpenAPI document", () => {
  test("is one of OpenAPI 3.1, and names this server", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info).toMatchObject({ title: "Diarist", version: expect.stringMatching(/\d/) });
    expect(document.servers).toEqual([{ url: diarist.url }]);
  });

  test("has every route of the app and no other", async () => {
    expect([...operations.keys()].sort()).toEqual(await routesOfTheApp());
  });

  test("leads every reference somewhere", () => {
    const refs = new Set(refsIn(document));
    expect(refs.size).toBeGreaterThan(3);
    expect([...refs].filter((ref) => follow(document, ref) === undefined)).toEqual([]);
  });

  test("describes every operation, its parameters, its answers", () => {
    for (const [name, operation] of operations) {
      expect(operation.summary, name).toMatch(/\w/);
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const described = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      expect(described.map((parameter) => parameter.name).sort(), name).toEqual(inPath.sort());
      expect(
        described.every((parameter) => parameter.required),
        name,
      ).toBe(true);
      expect(
        Object.keys(operation.responses).some((status) => /^2\d\d$/.test(status)),
        name,
      ).toBe(true);
      for (const response of Object.values(operation.responses))
        expect(response.description, name).toMatch(/\w/);
    }
  });

  test("asks for a key on everything under /v1, by a scheme that it has", () => {
    for (const [name, { security = [], responses }] of operations) {
      const schemes = security.flatMap((requirement) => Object.keys(requirement));
      expect(schemes, name).toEqual(name.includes(" /v1/") ? ["key"] : []);
      const refusals = schemes.length > 0 ? ["401", "403", "429"] : [];
      expect(Object.keys(responses), name).toEqual(expect.arrayContaining(refusals));
    }
    expect(document.components.securitySchemes).toEqual({ key: { type: "http", scheme: "bearer" } });
  });

  test("lists every code of a refusal and of a failed job", () => {
    const codesAt = (ref: string) => new Set((follow(document, ref) as { enum: string[] }).enum);
    expect(codesAt("#/components/schemas/Problem/properties/code")).toEqual(new Set(PROBLEM_CODES));
    expect(codesAt("#/components/schemas/Job/properties/error/properties/code")).toEqual(
      new Set(FAILURE_CODES),
    );
  });
});

test("every JSON answer of real calls is as documented", async () => {
  const receiver = await diarist.receiver();
  const query = `?tags=a&external_id=b&webhook_url=${encodeURIComponent(receiver.url)}`;
  const job = await accepted(sendRaw(diarist, talk, { query }));
  await diarist.finished(job.id);
  const [delivery] = await settledDeliveries(diarist, job.id);
  await receiver.close();
  const failed = await diarist.finished((await accepted(sendRaw(diarist, textBytes("no audio")))).id);
  const waiting = await accepted(sendJson(diarist, { file: "http://127.0.0.1:9/talk.wav" }));
  const tenant = await createTenant(diarist, "documented");

  const upload = await begin(diarist, 10);
  const direct = { direct: true, bytes: 10 };

  const post = { method: "POST" };
  const form = new FormData();
  form.append("file", new Blob([talk]), "talk.wav");
  const kept = `/v1/tenants/${tenant.id}/retention`;
  const keep = {
    method: "PUT",
    body: '{"retain_audio_days":7}',
    headers: { "content-type": "application/json" },
  };
  const dropIn = { method: "POST", body: form };
  const hook = await diarist.receiver();
  const postJson = (path: string, body: unknown, method = "POST") =>
    diarist.call(path, {
      method,
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  const created = await postJson("/v1/webhooks/endpoints", { url: hook.url });
  const { id: endpointId } = (await created.clone().json()) as { id: string };
  const endpoint = `/v1/webhooks/endpoints/${endpointId}`;
  await postJson(endpoint, { enabled: false }, "PATCH");
  const change = (method: string, path: string, body: unknown) => {
    const headers = { "content-type": "application/json", "if-match": "*" };
    return diarist.call(`/v1/jobs/${job.id}${path}`, { method, headers, body: JSON.stringify(body) });
  };
  const answers: [operation: string, answer: Response][] = [
    ["POST /v1/jobs", await sendRaw(diarist, talk)],
    ["POST /v1/audio/transcriptions", await diarist.call("/v1/audio/transcriptions", dropIn)],
    ["POST /v1/audio/translations", await diarist.call("/v1/audio/translations", dropIn)],
    ["GET /v1/jobs", await diarist.call("/v1/jobs?limit=2")],
    ["GET /v1/jobs/{id}", await diarist.call(`/v1/jobs/${job.id}`)],
    ["GET /v1/jobs/{id}", await diarist.call(`/v1/jobs/${failed.id}`)],
    ["GET /v1/jobs/{id}/audio/link", await diarist.call(`/v1/jobs/${job.id}/audio/link`)],
    ["GET /v1/jobs/{id}", await diarist.call(`/v1/jobs/${waiting.id}`)],
    ["GET /v1/jobs/{id}/transcript", await diarist.call(`/v1/jobs/${job.id}/transcript`)],
    ["GET /v1/jobs/{id}/edits", await diarist.call(`/v1/jobs/${job.id}/edits`)],
    ["GET /v1/jobs/{id}/flags", await diarist.call(`/v1/jobs/${job.id}/flags`)],
    ["GET /v1/search", await diarist.call("/v1/search?q=the")],
    ["PATCH /v1/jobs/{id}", await change("PATCH", "", { speakers: { SPEAKER_00: "Ada" } })],
    ["PUT /v1/jobs/{id}/edits", await change("PUT", "/edits", { edits: [{ from: 0, text: "x" }] })],
    ["POST /v1/jobs/{id}/edits/revert", await change("POST", "/edits/revert", { revision: 0 })],
    ["POST /v1/jobs/{id}/share", await diarist.call(`/v1/jobs/${job.id}/share`, post)],
    ["GET /v1/jobs/{id}/share", await diarist.call(`/v1/jobs/${job.id}/share`)],
    ["POST /v1/jobs/{id}/cancel", await diarist.call(`/v1/jobs/${waiting.id}/cancel`, post)],
    ["POST /v1/jobs/{id}/retry", await diarist.call(`/v1/jobs/${failed.id}/retry`, post)],
    ["POST /v1/jobs/{id}/transcribe-again", await diarist.call(`/v1/jobs/${job.id}/transcribe-again`, post)],
    ["GET /v1/uploads/{id}", await diarist.call(upload)],
    [
      "POST /v1/uploads",
      await diarist.call("/v1/uploads", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(direct),
      }),
    ],
    ["GET /v1/events", await diarist.call("/v1/events")],
    ["GET /v1/webhooks/secret", await diarist.call("/v1/webhooks/secret")],
    ["GET /v1/webhooks/deliveries", await diarist.call("/v1/webhooks/deliveries")],
    ["GET /v1/webhooks/deliveries/{id}", await diarist.call(`/v1/webhooks/deliveries/${delivery?.id}`)],
    [
      "POST /v1/webhooks/deliveries/{id}/redeliver",
      await diarist.call(`/v1/webhooks/deliveries/${delivery?.id}/redeliver`, post),
    ],
    ["POST /v1/webhooks/secret/rotate", await diarist.call("/v1/webhooks/secret/rotate", post)],
    ["POST /v1/webhooks/endpoints", created],
    ["PATCH /v1/webhooks/endpoints/{id}", await postJson(endpoint, { enabled: true }, "PATCH")],
    ["GET /v1/webhooks/endpoints", await diarist.call("/v1/webhooks/endpoints")],
    ["GET /v1/webhooks/endpoints/{id}", await diarist.call(endpoint)],
    ["POST /v1/webhooks/endpoints/{id}/rotate-secret", await diarist.call(`${endpoint}/rotate-secret`, post)],
    ["POST /v1/webhooks/endpoints/{id}/test", await diarist.call(`${endpoint}/test`, post)],
    ["POST /v1/webhooks/endpoints/{id}/replay", await diarist.call(`${endpoint}/replay`, post)],
    ["GET /v1/webhooks/endpoints/{id}/replay", await diarist.call(`${endpoint}/replay`)],
    ["GET /v1/keys", await diarist.call("/v1/keys")],
    ["POST /v1/keys", await operate(diarist, "/v1/keys", { name: "x", tenant: tenant.id })],
    ["POST /v1/slack/install-links", await diarist.call("/v1/slack/install-links", post)],
    ["GET /v1/slack/installs", await diarist.call("/v1/slack/installs")],
    ["GET /v1/usage", await diarist.call("/v1/usage")],
    ["GET /v1/stats", await diarist.call("/v1/stats", {}, OPERATOR_KEY)],
    ["GET /v1/tenants/{id}", await diarist.call(`/v1/tenants/${tenant.id}`, {}, OPERATOR_KEY)],
    [
      "PATCH /v1/tenants/{id}",
      await diarist.call(
        `/v1/tenants/${tenant.id}`,
        {
          method: "PATCH",
          headers: { "content-type": "application/json" },
          body: '{"limits":{"jobs_at_once":1}}',
        },
        OPERATOR_KEY,
      ),
    ],
    ["GET /v1/tenants", await diarist.call("/v1/tenants?limit=1", {}, OPERATOR_KEY)],
    ["POST /v1/tenants", await operate(diarist, "/v1/tenants", { name: "x" })],
    ["GET /v1/tenants/{id}/retention", await diarist.call(kept, {}, OPERATOR_KEY)],
    ["PUT /v1/tenants/{id}/retention", await diarist.call(kept, keep, OPERATOR_KEY)],
    ["GET /healthz", await diarist.call("/healthz", {}, null)],
  ];

  for (const [operation, answer] of answers) {
    const documented = operations.get(operation)?.responses[answer.status]?.content?.["application/json"];
    expect({ operation, status: answer.status, isDocumented: documented !== undefined }).toMatchObject({
      isDocumented: true,
    });
    expect(answer.headers.get("content-type"), operation).toMatch(/^application\/json/);
    expect(problemsOf(await answer.json(), documented?.schema ?? {}, document), operation).toEqual([]);
  }
  await hook.close();
  const documentedJson = [...operations].filter(([, { responses }]) =>
    Object.entries(responses).some(
      ([status, { content }]) => status.startsWith("2") && content?.["application/json"] !== undefined,
    ),
  );
  expect(new Set(answers.map(([operation]) => operation))).toEqual(
    new Set(documentedJson.map(([name]) => name)),
  );
});

test("every refusal of real calls is as documented", async () => {
  const noJson = { method: "POST", body: "{", headers: { "content-type": "application/json" } };
  const { id } = await accepted(sendRaw(diarist, textBytes("no audio")));
  const upload = await begin(diarist, 10);
  const answers: [operation: string, answer: Response][] = [
    ["POST /v1/jobs", await sendRaw(diarist, talk, { query: "?temperature=2" })],
    ["POST /v1/jobs", await sendRaw(diarist, talk, { type: "text/plain" })],
    ["POST /v1/jobs", await sendJson(diarist, {})],
    ["GET /v1/jobs", await diarist.call("/v1/jobs", {}, null)],
    ["GET /v1/jobs/{id}", await diarist.call("/v1/jobs/x")],
    ["GET /v1/jobs/{id}/transcript", await diarist.call(`/v1/jobs/${id}/transcript`)],
    [
      "GET /v1/jobs/{id}/audio",
      await diarist.call(`/v1/jobs/${id}/audio`, { headers: { range: "bytes=99-" } }),
    ],
    ["POST /v1/jobs", await sendJson(diarist, { upload: upload.split("/").at(-1) })],
    ["POST /v1/uploads", await diarist.call("/v1/uploads", { method: "POST" })],
    ["PATCH /v1/uploads/{id}", await append(diarist, upload, 5, textBytes("x"))],
    ["GET /v1/uploads/{id}", await diarist.call("/v1/uploads/upl_x")],
    ["POST /v1/tenants", await diarist.call("/v1/tenants", { method: "POST" })],
    ["POST /v1/tenants", await diarist.call("/v1/tenants", noJson, OPERATOR_KEY)],
    ["POST /v1/keys", await diarist.call("/v1/keys", noJson, OPERATOR_KEY)],
    ["POST /v1/tenants", await operate(diarist, "/v1/tenants", {})],
    ["GET /v1/search", await diarist.call("/v1/search?q=---")],
    ["GET /v1/jobs/{id}/edits", await diarist.call(`/v1/jobs/${id}/edits`)],
    ["PATCH /v1/jobs/{id}", await diarist.call(`/v1/jobs/${id}`, { method: "PATCH", body: "{" })],
    ["GET /media/{token}/{name}", await diarist.call("/media/x/y", {}, null)],
  ];
  for (const [operation, answer] of answers) {
    const documented =
      operations.get(operation)?.responses[answer.status]?.content?.["application/problem+json"];
    expect({ operation, status: answer.status, isDocumented: documented !== undefined }).toMatchObject({
      isDocumented: true,
    });
    expect(problemsOf(await answer.json(), documented?.schema ?? {}, document), operation).toEqual([]);
  }
});

describe("the pages", () => {
  const page = async (path: string) => {
    const answer = await fetch(diarist.url + path);
    return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
  };

  test("of the documentation load nothing from another host", async () => {
    const { status, type, text } = await page("/docs/");
    expect([status, type]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? "");
    expect(links.length).toBeGreaterThan(1);
    for (const link of links) {
      expect(link).toMatch(/^\/[^/]/);
      const part = await page(link);
      expect([link, part.status]).toEqual([link, 200]);
      if (link.endsWith(".css")) expect(part.text).not.toMatch(/@import|url\(\s*["']?(https?:)?\/\//);
    }
    expect(text).not.toMatch(/https?:\/\//);
    expect((await page("/docs/show.js")).text).toContain("/openapi.json");
  });

  test("of the documentation are found without the last slash, too", async () => {
    expect((await page("/docs")).text).toBe((await page("/docs/")).text);
  });

  test("of the errors explain every code that an error's type points to", async () => {
    const problem = (await (await diarist.call("/v1/jobs", {}, null)).json()) as { type: string };
    const { status, text } = await page(new URL(problem.type).pathname);
    expect(status).toBe(200);
    const missing = [...PROBLEM_CODES, ...FAILURE_CODES].filter((code) => !text.includes(`id="${code}"`));
    expect(missing).toEqual([]);
  });
});

test("/healthz is well, and says when the speech API keeps jobs waiting", async () => {
  const health = async () => (await diarist.call("/healthz", {}, null)).json();
  expect(await health()).toEqual({ status: "ok", speech: { api: "together", waiting_for: null } });
  await diarist.control({ faults: [{ do: { status: 429, headers: { "retry-after": "60" } } }] });
  const { id } = await accepted(sendRaw(diarist, talk, { query: "?reuse=false" }));
  await eventually(health).toEqual({
    status: "ok",
    speech: { api: "together", waiting_for: "rate_limited" },
  });
  await eventually(async () => (await diarist.call(`/v1/jobs/${id}`)).json()).toMatchObject({
    status: "processing",
    progress: { waiting_for: "rate_limited" },
  });
});
