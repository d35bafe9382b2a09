import { request as httpRequest } from "node:http";
import { afterAll, describe, expect, test } from "vitest";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import type { ProblemCode } from "../../workers/ingest/http/problem.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendForm, sendJson, sendRaw } from "../support/clients/send-job.ts";
import { eventually } from "../support/eventually.ts";
import { takeInventory } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant, OPERATOR_KEY, operate } from "../support/stack/tenants.ts";

const talk = await bytesOf(await record(TALK));
const file = new File([talk], "talk.wav", { type: "audio/wav" });
const url = "https://example.com/talk.wav";

const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

type Send = () => Promise<Response>;

const refused = (status: number, code: ProblemCode, send: Send) => expectProblem(send(), status, code);

/** A test whose requests must leave no trace. */
const testWithoutTrace = (name: string, requests: () => Promise<void>) =>
  test(name, () => expectNothingKept(diarist, requests));

/** The fields that a refused job's `errors` name, sorted. */
async function wrongFields(send: Send): Promise<string[]> {
  const { errors } = await refused(422, "invalid_params", send);
  return (errors ?? []).map(({ field }) => field).sort();
}

function sendBody(type: string, body: string): Send {
  return () => diarist.call("/v1/jobs", { method: "POST", body, headers: { "content-type": type } });
}

describe("without a valid key", () => {
  const ROUTES = [
    "GET /v1/jobs",
    "POST /v1/jobs",
    "GET /v1/jobs/job_00000000000000000000000000",
    "DELETE /v1/jobs/job_00000000000000000000000000",
    "POST /v1/jobs/job_00000000000000000000000000/cancel",
    "POST /v1/jobs/job_00000000000000000000000000/retry",
    "GET /v1/jobs/job_00000000000000000000000000/transcript",
    "GET /v1/jobs/job_00000000000000000000000000/audio",
    "GET /v1/webhooks/secret",
    "GET /v1/webhooks/deliveries",
    "GET /v1/webhooks/deliveries/dlv_00000000000000000000000000",
    "GET /v1/keys",
    "POST /v1/keys",
    "DELETE /v1/keys/key_local",
    "GET /v1/tenants",
    "POST /v1/tenants",
  ].map((route) => route.split(" ") as [method: string, path: string]);

  testWithoutTrace("every route answers 401 and says how to authorize", async () => {
    for (const [method, path] of ROUTES) {
      const send = () => diarist.call(path, { method }, null);
      await refused(401, "unauthorized", send);
      expect((await send()).headers.get("www-authenticate")).toBe("Bearer");
    }
  });

  testWithoutTrace("every route answers 401 to a key that nobody has", async () => {
    for (const [method, path] of ROUTES) {
      await refused(401, "unauthorized", () => diarist.call(path, { method }, "dk_guessed"));
    }
  });

  testWithoutTrace("a recording is not taken", async () => {
    await refused(401, "unauthorized", () => sendRaw(diarist, talk, { key: "dk_guessed" }));
    await refused(401, "unauthorized", () => sendForm(diarist, [["file", file]], "dk_guessed"));
  });

  testWithoutTrace("a key that stands in the header in another way is none", async () => {
    const send = (authorization: string) => () =>
      diarist.call("/v1/jobs", { headers: { authorization } }, null);
    await refused(401, "unauthorized", send(DEV_API_KEY));
    await refused(401, "unauthorized", send("Bearer"));
    await refused(401, "unauthorized", send(`Basic ${DEV_API_KEY}`));
    await refused(401, "unauthorized", send(`Basic ${btoa(`:${DEV_API_KEY}`)}`));
    await refused(401, "unauthorized", send(`Bearer ${DEV_API_KEY} ${DEV_API_KEY}`));
    await refused(401, "unauthorized", send(`Bearer ${DEV_API_KEY},`));
    await refused(401, "unauthorized", send(`Bearer ${DEV_API_KEY.toUpperCase()}`));
    await refused(401, "unauthorized", () => diarist.call(`/v1/jobs?key=${DEV_API_KEY}`, {}, null));
  });

  test("a revoked key is none, from the next request on", async () => {
    const { key, keyId } = await createTenant(diarist, "leaving");
    expect((await diarist.call("/v1/jobs", {}, key)).status).toBe(200);
    expect((await diarist.call(`/v1/keys/${keyId}`, { method: "DELETE" }, key)).status).toBe(204);
    await expectNothingKept(diarist, async () => {
      await refused(401, "unauthorized", () => diarist.call("/v1/jobs", {}, key));
      await refused(401, "unauthorized", () => sendRaw(diarist, talk, { key }));
    });
  });

  testWithoutTrace("a tenant's key is none of the operator's", async () => {
    await refused(403, "operator_only", () => operate(diarist, "/v1/tenants", { name: "mine" }, DEV_API_KEY));
    await refused(403, "operator_only", () => diarist.call("/v1/tenants"));
    await refused(403, "operator_only", () => diarist.call("/v1/stats"));
    await refused(404, "not_found", () =>
      operate(diarist, "/v1/keys", { name: "x", tenant: "ten_other" }, DEV_API_KEY),
    );
  });

  testWithoutTrace("the operator's key belongs to no tenant", async () => {
    await refused(401, "unauthorized", () => diarist.call("/v1/jobs", {}, OPERATOR_KEY));
    await refused(401, "unauthorized", () => sendRaw(diarist, talk, { key: OPERATOR_KEY }));
  });
});

describe("a request without a recording", () => {
  testWithoutTrace("is refused as a raw body", async () => {
    await refused(400, "empty_body", () => sendRaw(diarist, new Uint8Array()));
    await refused(400, "empty_body", () =>
      diarist.call("/v1/jobs", { method: "POST", headers: { "content-type": "audio/mpeg" } }),
    );
  });

  testWithoutTrace("is refused as a form", async () => {
    await refused(400, "empty_body", () => sendForm(diarist, []));
    await refused(400, "empty_body", () => sendForm(diarist, [["language", "en"]]));
    await refused(400, "empty_body", () => sendForm(diarist, [["file", new File([], "talk.wav")]]));
  });

  testWithoutTrace("is refused as JSON", async () => {
    await refused(400, "empty_body", sendBody("application/json", ""));
    await refused(400, "empty_body", () => sendJson(diarist, {}));
    await refused(400, "empty_body", () => sendJson(diarist, { file: null }));
    await refused(400, "empty_body", () => sendJson(diarist, { file: [url] }));
  });
});

describe("a body that cannot be read", () => {
  testWithoutTrace("is refused when it is no JSON object", async () => {
    await refused(400, "invalid_json", sendBody("application/json", "{"));
    await refused(400, "invalid_json", sendBody("application/json; charset=utf-8", "file=x"));
    await refused(400, "invalid_json", sendBody("application/json", `["${url}"]`));
    await refused(400, "invalid_json", sendBody("application/json", `"${url}"`));
    await refused(400, "invalid_json", sendBody("application/json", "null"));
  });

  testWithoutTrace("is refused when the JSON is larger than 64 KB, and taken to be read below", async () => {
    const json = (bytes: number) => {
      const empty = JSON.stringify({ file: "" });
      return JSON.stringify({ file: "x".repeat(bytes - empty.length) });
    };
    await refused(422, "destination_refused", sendBody("application/json", json(65_536)));
    await refused(400, "invalid_json", sendBody("application/json", json(65_537)));
    await refused(400, "invalid_json", sendBody("application/json", json(10_000_000)));
  });

  testWithoutTrace("is refused when the form has no boundary", async () => {
    await refused(400, "invalid_form", sendBody("multipart/form-data", "--x--"));
    await refused(400, "invalid_form", sendBody("multipart/form-data; boundary=", "--x--"));
  });

  testWithoutTrace(
    "is refused when the form does not come to its end, and its recording is not kept",
    async () => {
      const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n';
      const type = "multipart/form-data; boundary=x";
      await refused(400, "upload_incomplete", sendBody(type, `${head}samples`));
      await refused(400, "upload_incomplete", sendBody(type, `${head}samples\r\n--x\r\n`));
      await refused(400, "upload_incomplete", sendBody(type, `${head}${"s".repeat(6_000_000)}`));
      await refused(400, "upload_incomplete", sendBody(type, ""));
    },
  );

  testWithoutTrace("is refused when the form is malformed", async () => {
    const type = "multipart/form-data; boundary=x";
    await refused(
      400,
      "invalid_form",
      sendBody(type, "--x\r\nContent-Type: audio/wav\r\n\r\ns\r\n--x--\r\n"),
    );
    await refused(400, "invalid_form", sendBody(type, `--x\r\n${"a".repeat(20_000)}\r\n\r\ns\r\n--x--\r\n`));
    await refused(400, "upload_incomplete", sendBody(type, "no form at all"));
  });

  testWithoutTrace("is refused when the form has two recordings", async () => {
    const other = new File([talk], "other.wav", { type: "audio/wav" });
    await refused(400, "invalid_form", () =>
      sendForm(diarist, [
        ["file", file],
        ["file", other],
      ]),
    );
    expect(
      await wrongFields(() =>
        sendForm(diarist, [
          ["file", file],
          ["file", url],
        ]),
      ),
    ).toEqual(["file"]);
  });

  testWithoutTrace("is refused when the form's recording has another name", async () => {
    expect(await wrongFields(() => sendForm(diarist, [["audio", file]]))).toEqual(["audio"]);
    expect(await wrongFields(() => sendForm(diarist, [["files[]", file]]))).toEqual(["files[]"]);
  });

  testWithoutTrace("is refused when the form has more text than any options", async () => {
    await refused(400, "invalid_form", () =>
      sendForm(diarist, [
        ["prompt", "x".repeat(65_537)],
        ["file", file],
      ]),
    );
    const fields = Array.from({ length: 101 }, (_, n): [string, string] => [`f${n}`, "x"]);
    await refused(400, "invalid_form", () => sendForm(diarist, fields));
  });

  testWithoutTrace("is refused when its type is none of the three", async () => {
    await refused(415, "unsupported_media_type", sendBody("text/plain", "hello"));
    await refused(
      415,
      "unsupported_media_type",
      sendBody("application/x-www-form-urlencoded", `file=${url}`),
    );
    await refused(415, "unsupported_media_type", sendBody("image/png", "hello"));
    await refused(415, "unsupported_media_type", sendBody("audio/", "hello"));
    await refused(415, "unsupported_media_type", () => diarist.call("/v1/jobs", { method: "POST" }));
  });

  test("is forgotten when the client hangs up in the middle", async () => {
    const before = await takeInventory(diarist);
    const request = httpRequest(`${diarist.url}/v1/jobs`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${DEV_API_KEY}`,
        "content-type": "audio/wav",
        "content-length": 9_000_000,
      },
    });
    request.on("error", () => undefined);
    request.write(new Uint8Array(6_000_000));
    const pendingAudio = async () => (await takeInventory(diarist)).rows["pending_audio"]?.length;
    await eventually(pendingAudio).toBe(1);
    request.destroy();
    await eventually(pendingAudio).toBe(0);
    expect(await takeInventory(diarist)).toEqual(before);
  });
});

describe("a route that is not there", () => {
  testWithoutTrace("answers 404", async () => {
    await refused(404, "not_found", () => diarist.call("/v1"));
    await refused(404, "not_found", () => diarist.call("/v1/job"));
    await refused(404, "not_found", () => diarist.call("/v1/jobs/"));
    await refused(404, "not_found", () => diarist.call("/v2/jobs"));
    await refused(404, "not_found", () => diarist.call("/v1/jobs/a/b/c", { method: "POST" }));
    await refused(404, "not_found", () => diarist.call("/nothing", {}, null));
  });

  testWithoutTrace("answers 405 where the path takes other methods, and names them", async () => {
    const allowed = async (path: string, method: string) => {
      await refused(405, "method_not_allowed", () => diarist.call(path, { method }));
      return (await diarist.call(path, { method })).headers.get("allow");
    };
    expect(await allowed("/v1/jobs", "PUT")).toBe("GET, POST");
    expect(await allowed("/v1/jobs/job_x", "POST")).toBe("DELETE, GET, PATCH");
    expect(await allowed("/v1/jobs/job_x/cancel", "GET")).toBe("POST");
    expect(await allowed("/v1/webhooks/secret", "DELETE")).toBe("GET");
    expect(await allowed("/healthz", "POST")).toBe("GET");
  });
});

describe("an id of nothing", () => {
  const MISSING = "job_00000000000000000000000000";

  testWithoutTrace("answers 404 on every route of a job", async () => {
    await refused(404, "not_found", () => diarist.call(`/v1/jobs/${MISSING}`));
    await refused(404, "not_found", () => diarist.call(`/v1/jobs/${MISSING}?wait=60`));
    await refused(404, "not_found", () => diarist.call(`/v1/jobs/${MISSING}/transcript`));
    await refused(404, "not_found", () => diarist.call(`/v1/jobs/${MISSING}/audio`));
    await refused(404, "not_found", () => diarist.call(`/v1/jobs/${MISSING}`, { method: "DELETE" }));
    await refused(404, "not_found", () => diarist.call(`/v1/jobs/${MISSING}/cancel`, { method: "POST" }));
    await refused(404, "not_found", () => diarist.call(`/v1/jobs/${MISSING}/retry`, { method: "POST" }));
  });

  testWithoutTrace("answers 404 when it could not be one", async () => {
    await refused(404, "not_found", () => diarist.call("/v1/jobs/1"));
    await refused(404, "not_found", () => diarist.call("/v1/jobs/..%2F..%2Fkeys"));
    await refused(404, "not_found", () => diarist.call("/v1/jobs/%00"));
    await refused(404, "not_found", () => diarist.call(`/v1/jobs/${"x".repeat(5_000)}`));
    await refused(404, "not_found", () => diarist.call("/v1/jobs/' OR 1=1 --"));
  });

  testWithoutTrace("answers 404 on the other resources", async () => {
    await refused(404, "not_found", () => diarist.call("/v1/webhooks/deliveries/dlv_x"));
    await refused(404, "not_found", () => diarist.call("/v1/keys/key_x", { method: "DELETE" }));
    await refused(404, "not_found", () => operate(diarist, "/v1/keys", { name: "x", tenant: "ten_x" }));
    await refused(404, "not_found", () => diarist.call("/media/x.y/talk.wav", {}, null));
  });
});

describe("what an operator sends", () => {
  testWithoutTrace("is refused when it is not what the route takes", async () => {
    await refused(422, "invalid_params", () => operate(diarist, "/v1/tenants", {}));
    await refused(422, "invalid_params", () => operate(diarist, "/v1/tenants", { name: "" }));
    await refused(422, "invalid_params", () => operate(diarist, "/v1/tenants", { name: "x", admin: true }));
    await refused(422, "invalid_params", () => operate(diarist, "/v1/tenants", []));
    await refused(422, "invalid_params", () => operate(diarist, "/v1/keys", { name: "x" }));
  });

  testWithoutTrace("is refused when it is no JSON", async () => {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: "{" };
    await refused(400, "invalid_json", () => diarist.call("/v1/tenants", init, OPERATOR_KEY));
  });
});

describe("a query that makes no sense", () => {
  testWithoutTrace("is refused on a list", async () => {
    await refused(422, "invalid_params", () => diarist.call("/v1/jobs?limit=0"));
    await refused(422, "invalid_params", () => diarist.call("/v1/jobs?limit=101"));
    await refused(422, "invalid_params", () => diarist.call("/v1/jobs?limit=many"));
    await refused(422, "invalid_params", () => diarist.call("/v1/jobs?status=done"));
    await refused(422, "invalid_params", () => diarist.call("/v1/jobs?created_after=yesterday"));
    await refused(422, "invalid_params", () => diarist.call("/v1/jobs?created_before=2026-13-01T00:00:00Z"));
    await refused(422, "invalid_params", () => diarist.call("/v1/webhooks/deliveries?status=lost"));
  });

  test("is refused on a job and its transcript", async () => {
    const { id } = await accepted(sendRaw(diarist, talk));
    await diarist.finished(id);
    await refused(422, "invalid_params", () => diarist.call(`/v1/jobs/${id}?wait=-1`));
    await refused(422, "invalid_params", () => diarist.call(`/v1/jobs/${id}?wait=long`));
    await refused(422, "invalid_params", () => diarist.call(`/v1/jobs/${id}/transcript?format=pdf`));
  });
});

test("a range outside the recording answers 416 and tells its length", async () => {
  const { id } = await accepted(sendRaw(diarist, talk));
  const ask = (range: string) => diarist.call(`/v1/jobs/${id}/audio`, { headers: { range } });
  await refused(416, "range_not_satisfiable", () => ask(`bytes=${talk.length}-`));
  await refused(416, "range_not_satisfiable", () => ask("bytes=99999999999-99999999999999"));
  await refused(416, "range_not_satisfiable", () => ask("bytes=-0"));
  expect((await ask(`bytes=${talk.length}-`)).headers.get("content-range")).toBe(`bytes */${talk.length}`);
});
