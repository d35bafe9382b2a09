import type { ServerResponse } from "node:http";
import { afterAll, describe, expect, test } from "vitest";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendForm, sendJson, sendRaw } from "../support/clients/send-job.ts";
import { eventually } from "../support/eventually.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { startFileHost } from "../support/stack/file-host.ts";
import { takeInventory } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const talk = await bytesOf(await record(TALK));
const diarist = await openDiarist({ recognise: createRecogniser() });
const host = await startFileHost();
const elsewhere = await startFileHost();
afterAll(() => Promise.all([diarist.close(), host.close(), elsewhere.close()]));

const TOKEN = "Bearer of-a-secret-4711";

/** A recording that only who knows the token gets. */
const lockedUrl = host.serve("talk.wav", (request, response) => {
  if (request.headers.authorization !== TOKEN) response.writeHead(401).end();
  else response.writeHead(200, { "content-type": "audio/wav", "content-length": talk.length }).end(talk);
});

/** Nothing that is kept, shown or logged holds the token, and no row holds sealed headers. */
async function expectNoTrace(job: ShownJob): Promise<void> {
  const { rows } = await takeInventory(diarist);
  expect(rows["imports"]).toEqual([]);
  for (const seen of [rows, job, diarist.logs]) expect(JSON.stringify(seen)).not.toContain("4711");
}

describe("file_headers", () => {
  test("open a recording that needs them, and are nowhere to be seen then", async () => {
    const job = await accepted(
      sendJson(diarist, { file: lockedUrl, file_headers: { Authorization: TOKEN } }),
    );
    expect(JSON.stringify(job)).not.toMatch(/4711|file_headers/);
    const done = await diarist.finished(job.id);
    expect(done).toMatchObject({ status: "completed", audio: { bytes: talk.length } });
    await expectNoTrace(done);
  });

  test("come as JSON text in a form", async () => {
    const sent = sendForm(diarist, [
      ["file", lockedUrl],
      ["file_headers", JSON.stringify({ authorization: TOKEN })],
      ["reuse", "false"],
    ]);
    expect(await diarist.finished((await accepted(sent)).id)).toMatchObject({ status: "completed" });
  });

  test("are sealed while they wait, and dropped when the job is canceled or deleted", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<ServerResponse>();
    const slow = host.serve("slow.wav", (_, response) => resolve(response));
    const jobs = [];
    for (let n = 0; n < 2; n++) {
      jobs.push(await accepted(sendJson(diarist, { file: slow, file_headers: { authorization: TOKEN } })));
    }
    const response = await asked;
    const kept = JSON.stringify((await takeInventory(diarist)).rows["imports"]);
    expect(kept).toContain("v2.");
    expect(kept).not.toContain("4711");
    await diarist.call(`/v1/jobs/${jobs[0]?.id}/cancel`, { method: "POST" });
    await diarist.call(`/v1/jobs/${jobs[1]?.id}`, { method: "DELETE" });
    await eventually(async () => (await takeInventory(diarist)).rows["imports"]).toEqual([]);
    response.writeHead(404).end();
  });

  test("are dropped when the import fails", async () => {
    const job = await accepted(
      sendJson(diarist, { file: lockedUrl, file_headers: { authorization: "wrong 4711" } }),
    );
    const failed = await diarist.finished(job.id);
    expect(failed).toMatchObject({ status: "failed", error: { code: "source_unreachable" } });
    await expectNoTrace(failed);
  });

  test("are not sent to where a redirect leads", async () => {
    const seen: unknown[] = [];
    const target = elsewhere.serve("talk.wav", (request, response) => {
      seen.push(request.headers.authorization, request.headers["x-key"]);
      response.writeHead(200, { "content-type": "audio/wav" }).end(talk);
    });
    const moved = host.serve("moved.wav", (_, response) =>
      response.writeHead(302, { location: target }).end(),
    );
    const headers = { authorization: TOKEN, "x-key": "4711" };
    const job = await accepted(sendJson(diarist, { file: moved, file_headers: headers }));
    expect(await diarist.finished(job.id)).toMatchObject({ status: "completed" });
    expect(seen).toEqual([undefined, undefined]);
  });
});

test("file_headers that cannot be are refused before anything is kept, without being repeated", async () => {
  await expectNothingKept(diarist, async () => {
    const refused = (file_headers: unknown) => sendJson(diarist, { file: lockedUrl, file_headers });
    const host = await expectProblem(refused({ Host: "4711" }), 422, "invalid_params");
    expect(host.errors).toMatchObject([{ field: "file_headers.Host" }]);
    const split = await expectProblem(refused({ "x-a": "4711\r\nhost: b" }), 422, "invalid_params");
    expect(JSON.stringify([host, split])).not.toContain("4711");
    await expectProblem(refused("Authorization: 4711"), 422, "invalid_params");

    const form = sendForm(diarist, [
      ["file", new Blob([talk])],
      ["file_headers", '{"a":"b"}'],
    ]);
    expect(await expectProblem(form, 422, "invalid_params")).toMatchObject({
      errors: [{ field: "file_headers" }],
    });
    const query = sendRaw(diarist, talk, { query: `?file_headers=${encodeURIComponent('{"a":"4711"}')}` });
    expect((await expectProblem(query, 422, "invalid_params")).detail).toContain("query string");
  });
});
