// What every route that takes a body holds it to, before anything else looks at it.

import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import { MAX_EDITS_BYTES, MAX_JSON_BODY_BYTES, MAX_JSON_DEPTH } from "../../shared/limits.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { type Document, operationsOf } from "../support/clients/openapi-document.ts";
import { sendForm, sendJson, sendRaw } from "../support/clients/send-job.ts";
import { begin, metadata, tus } from "../support/clients/tus.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { OPERATOR_KEY } from "../support/stack/tenants.ts";

const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

const document = (await (await diarist.call("/openapi.json", {}, null)).json()) as Document;
const JSON_TYPE = "application/json";
const takingJson = [...operationsOf(document)]
  .filter(([name, { requestBody }]) => name.includes(" /v1") && requestBody?.content[JSON_TYPE] !== undefined)
  .map(([name]) => name.split(" ") as [method: string, path: string]);

function send(method: string, path: string, body: BodyInit, headers: Record<string, string> = {}) {
  const key = path.startsWith("/v1/tenants") ? OPERATOR_KEY : DEV_API_KEY;
  const init = { method, body, headers: { "content-type": JSON_TYPE, ...headers } };
  return diarist.call(path.replaceAll(/\{\w+\}/g, "none"), init, key);
}

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("JSON, on every route that takes it,", () => {
  test("is refused when it is too large, however little of it could be valid", async () => {
    expect(takingJson.length).toBeGreaterThan(12);
    await expectNothingKept(diarist, async () => {
      for (const [method, path] of takingJson) {
        const most = path.endsWith("/edits") ? MAX_EDITS_BYTES : MAX_JSON_BODY_BYTES;
        const body = `{"name":"${"x".repeat(most)}"}`;
        const { detail } = await expectProblem(send(method, path, body), 400, "invalid_json");
        expect([path, detail]).toEqual([path, `The JSON is larger than ${most} bytes.`]);
      }
    });
  });

  test("is refused when it is nested too deep", async () => {
    await expectNothingKept(diarist, async () => {
      for (const [method, path] of takingJson) {
        const body = `{"metadata":{"a":${nested(MAX_JSON_DEPTH)}}}`;
        const { detail } = await expectProblem(send(method, path, body), 422, "invalid_params");
        expect([path, detail]).toEqual([path, "body: must not be nested more than 64 levels deep"]);
      }
    });
  });

  test("is refused when it is compressed, and the answer says what is taken", async () => {
    await expectNothingKept(diarist, async () => {
      for (const [method, path] of takingJson) {
        const sent = send(method, path, gzipSync("{}"), { "content-encoding": "gzip" });
        expect((await sent).headers.get("accept-encoding")).toBe("identity");
        await expectProblem(
          sent.then((answer) => answer.clone()),
          415,
          "unsupported_media_type",
        );
      }
    });
  });
});

test("brackets inside text are no depth", async () => {
  const metadata = { a: "[".repeat(500), b: `\\"${"{".repeat(500)}` };
  expect((await sendJson(diarist, { file: "https://example.com/a.wav", metadata })).status).toBe(202);
});

test("metadata is refused by its depth in forms, queries and uploads too", async () => {
  const deep = `{"a":${nested(5_500)}}`;
  await expectNothingKept(diarist, async () => {
    const form = sendForm(diarist, [
      ["file", "https://example.com/a.wav"],
      ["metadata", deep],
    ]);
    const tags = sendForm(diarist, [
      ["file", "https://example.com/a.wav"],
      ["tags", nested(5_500)],
    ]);
    const query = sendRaw(diarist, new Uint8Array(9), {
      query: `?metadata=${encodeURIComponent(`{"a":${nested(500)}}`)}`,
    });
    for (const [sent, field] of [
      [form, "metadata"],
      [tags, "tags"],
      [query, "metadata"],
    ] as const) {
      expect((await expectProblem(sent, 422, "invalid_params")).errors).toMatchObject([{ field }]);
    }
    const said = metadata({ diarist: `{"metadata":{"a":${nested(500)}}}` });
    const upload = tus(diarist, "POST", "/v1/uploads", { "upload-length": "5", "upload-metadata": said });
    await expectProblem(upload, 422, "invalid_params");
  });
});

test("recordings, forms and chunks that are compressed are refused before a byte is kept", async () => {
  const path = await begin(diarist, 100);
  await expectNothingKept(diarist, async () => {
    for (const [method, to, type] of [
      ["POST", "/v1/jobs", "audio/wav"],
      ["POST", "/v1/jobs", "multipart/form-data; boundary=x"],
      ["PATCH", path, "application/offset+octet-stream"],
    ] as const) {
      const headers = {
        "content-type": type,
        "content-encoding": "gzip",
        "tus-resumable": "1.0.0",
        "upload-offset": "0",
      };
      await expectProblem(
        diarist.call(to, { method, headers, body: gzipSync("x") }),
        415,
        "unsupported_media_type",
      );
    }
  });
  const dropIn = { "content-type": "multipart/form-data; boundary=x", "content-encoding": "br" };
  const answer = await diarist.call("/v1/audio/transcriptions", {
    method: "POST",
    headers: dropIn,
    body: "x",
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    415,
    { error: { code: "unsupported_media_type" } },
  ]);
});

test.each(["__proto__", "constructor"])(
  "a field %s is refused like any other that is not known",
  async (name) => {
    await expectNothingKept(diarist, async () => {
      const form = sendForm(diarist, [
        ["file", "https://example.com/a.wav"],
        [name, "x"],
      ]);
      const query = sendRaw(diarist, new Uint8Array(9), { query: `?${name}=x` });
      const json = send("POST", "/v1/jobs", `{"file":"https://example.com/a.wav","${name}":"x"}`);
      for (const sent of [form, query, json]) {
        expect((await expectProblem(sent, 422, "invalid_params")).errors).toMatchObject([{ field: name }]);
      }
    });
  },
);

describe("under npm start, where the key is known to all,", () => {
  const ask = (host: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { host, authorization: `Bearer ${DEV_API_KEY}` };
      request(`${diarist.url}/v1/jobs`, { headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });
  const { port } = new URL(diarist.url);

  test.each([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`])("%s is answered", async (host) => {
    expect(await ask(host)).toBe(200);
  });

  test.each([
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "localhost.evil.example",
  ])("%s, which somebody may have pointed here, is not", async (host) => {
    expect(await ask(host)).toBe(421);
  });
});
