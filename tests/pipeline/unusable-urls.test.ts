import { afterAll, expect, test } from "vitest";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { accepted, sendJson, textBytes } from "../support/clients/send-job.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { startFileHost } from "../support/stack/file-host.ts";
import { findTraces } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const talk = await bytesOf(await record(TALK));

const diarist = await openDiarist({ recognise: createRecogniser() });
const host = await startFileHost();
afterAll(() => Promise.all([diarist.close(), host.close()]));

/** The finished job, whose waits between attempts are cut short. */
async function hurry(id: string): Promise<ShownJob> {
  for (;;) {
    const job = (await (await diarist.call(`/v1/jobs/${id}`)).json()) as ShownJob;
    if (job.status !== "queued" && job.status !== "processing") return job;
    await diarist.stack.db
      .prepare("UPDATE jobs SET not_before = 0, sweep_at = 0 WHERE id = ? AND status = 'queued'")
      .bind(id)
      .run();
    await diarist.stack.sweep();
  }
}

/** The job fails because of its URL; nothing of it was stored, and the speech API was not asked. Tells the message. */
async function expectUnreachable(url: string): Promise<string> {
  const calls = (await diarist.calls()).length;
  const { id } = await accepted(sendJson(diarist, { file: url }));
  const job = await hurry(id);
  expect(job).toMatchObject({ status: "failed", audio: { bytes: null, sha256: null } });
  expect(job.error).toEqual({
    code: "source_unreachable",
    message: expect.stringMatching(/\w/),
    action: expect.stringMatching(/\w/),
    retryable: true,
    upstream_id: null,
  });
  const { objects, rows } = await findTraces(diarist, id);
  expect({ objects, tables: Object.keys(rows).sort() }).toEqual({ objects: [], tables: ["events", "jobs"] });
  expect(await diarist.calls()).toHaveLength(calls);
  return job.error?.message ?? "";
}

test("a URL that answers 404 is asked once", async () => {
  const url = host.serve("gone.mp3", (_, response) => response.writeHead(404).end());
  expect(await expectUnreachable(url)).toContain("404");
  expect(host.requestsOf(url)).toBe(1);
});

test("a URL that asks for a login is asked once", async () => {
  const url = host.serve("private.mp3", (_, response) => response.writeHead(401).end());
  expect(await expectUnreachable(url)).toContain("401");
  expect(host.requestsOf(url)).toBe(1);
});

test("a URL that answers 204 or part of a file is asked once", async () => {
  const empty = host.serve("empty", (_, response) => response.writeHead(204).end());
  expect(await expectUnreachable(empty)).toContain("204");
  const part = host.serve("part", (_, response) => response.writeHead(206).end(talk.subarray(0, 1000)));
  expect(await expectUnreachable(part)).toContain("206");
});

test("a URL that answers 500 is asked five times", async () => {
  const url = host.serve("broken.mp3", (_, response) => response.writeHead(500).end());
  expect(await expectUnreachable(url)).toContain("500");
  expect(host.requestsOf(url)).toBe(5);
});

test("a URL that answers 503 once is asked again, and the job completes", async () => {
  let n = 0;
  const url = host.serve("talk.wav", (_, response) => {
    if (++n === 1) response.writeHead(503).end();
    else response.writeHead(200, { "content-type": "audio/wav" }).end(talk);
  });
  const { id } = await accepted(sendJson(diarist, { file: url }));
  expect(await hurry(id)).toMatchObject({ status: "completed", audio: { bytes: talk.length } });
});

test("a download that breaks off is begun again, and the job completes", async () => {
  let n = 0;
  const url = host.serve("talk.wav", (_, response) => {
    response.writeHead(200, { "content-type": "audio/wav", "content-length": talk.length });
    if (++n === 1) response.write(talk.subarray(0, 50_000), () => response.destroy());
    else response.end(talk);
  });
  const { id } = await accepted(sendJson(diarist, { file: url }));
  expect(await hurry(id)).toMatchObject({ status: "completed", audio: { bytes: talk.length } });
  expect(host.requestsOf(url)).toBe(2);
});

test("a download that always breaks off is given up", async () => {
  const url = host.serve("talk.wav", (_, response) => {
    response.writeHead(200, { "content-type": "audio/wav", "content-length": 20_000_000 });
    response.write(new Uint8Array(6_000_000), () => response.destroy());
  });
  expect(await expectUnreachable(url)).toContain("broke off");
  expect(host.requestsOf(url)).toBe(5);
});

test("what is told of a URL names its host and what it answered, and nothing else of the URL", async () => {
  const secret = host.serve("secret.mp3?signature=secret", (_, response) => {
    response.writeHead(403, { "content-type": "application/xml" }).end("<Error>AccessDenied</Error>");
  });
  const { host: name } = new URL(host.url);
  expect(await expectUnreachable(secret)).toBe(`${name} answered 403 (application/xml).`);
});

test("a web page is no recording", async () => {
  const url = host.serveBytes("share", textBytes("<html>Sign in</html>"), "text/html; charset=utf-8");
  expect(await expectUnreachable(url)).toContain("HTML");
});

test("a web page that calls itself audio is no recording either", async () => {
  const url = host.serveBytes("share.mp3", textBytes("<!DOCTYPE html><p>Sign in</p>"), "audio/mpeg");
  const { id } = await accepted(sendJson(diarist, { file: url }));
  expect(await diarist.finished(id)).toMatchObject({
    status: "failed",
    error: { code: "unsupported_format" },
  });
});

test("an empty body is no recording", async () => {
  expect(await expectUnreachable(host.serveBytes("a.mp3", new Uint8Array(), "audio/mpeg"))).toContain(
    "empty",
  );
  const chunked = host.serve("b.mp3", (_, response) => response.writeHead(200).end());
  expect(await expectUnreachable(chunked)).toContain("empty");
});

test("a redirect that goes in a circle is left after three", async () => {
  const url = host.serve("circle", (request, response) => {
    response.writeHead(302, { location: request.url ?? "" }).end();
  });
  expect(await expectUnreachable(url)).toContain("redirects");
  expect(host.requestsOf(url)).toBe(4);
});

test("a redirect into a network is not followed", async () => {
  const redirect = (location: string) =>
    host.serve("moved", (_, response) => response.writeHead(307, { location }).end());
  expect(await expectUnreachable(redirect("https://10.0.0.1/talk.wav"))).toContain("refused");
  expect(await expectUnreachable(redirect("https://169.254.169.254/latest"))).toContain("refused");
  expect(await expectUnreachable(redirect("http://example.com/talk.wav"))).toContain("refused");
  expect(await expectUnreachable(redirect("file:///etc/passwd"))).toContain("refused");
  expect(await expectUnreachable(redirect("//intranet/talk.wav"))).toContain("refused");
  expect(await expectUnreachable(redirect("http://["))).toContain("refused");
});

test("a redirect to Diarist itself is not followed", async () => {
  const url = host.serve("moved", (_, response) =>
    response.writeHead(301, { location: `${diarist.url}/openapi.json` }).end(),
  );
  expect(await expectUnreachable(url)).toContain("refused");
});

test("a redirect to nowhere is an answer without audio", async () => {
  const url = host.serve("moved", (_, response) => response.writeHead(302).end());
  expect(await expectUnreachable(url)).toContain("302");
});

test("a host that refuses the connection is asked again, then given up", async () => {
  const closed = await startFileHost();
  const url = closed.serveBytes("talk.wav", talk, "audio/wav");
  await closed.close();
  expect(await expectUnreachable(url)).toContain("could not be reached");
});
