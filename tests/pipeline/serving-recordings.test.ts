import { createHash, randomBytes } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { signLink } from "../../shared/secrets/signed-link.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendForm, sendRaw } from "../support/clients/send-job.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const SIGNING_KEY = "a-signing-key-that-this-test-knows-too";
const MIB = 1024 * 1024;
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const talk = await bytesOf(await record(TALK));
/** More than R2's parts of 5 MiB: stored in three. It is no audio, but it can be had back all the same. */
const large = new Uint8Array(randomBytes(11 * MIB + 7));

const diarist = await openDiarist({ recognise: createRecogniser(), vars: { SIGNING_KEY } });
afterAll(() => diarist.close());

const { id } = await diarist.finished((await accepted(sendRaw(diarist, talk))).id);
const { id: largeId } = await accepted(sendRaw(diarist, large, { type: "application/octet-stream" }));

/** What the speech API was given for the recording: a path of this server. */
const mediaUrl = (await diarist.calls()).at(-1)?.file?.url ?? "";

function listenTo(jobId: string, headers: Record<string, string> = {}): Promise<Response> {
  return diarist.call(`/v1/jobs/${jobId}/audio`, { headers });
}

/** A range of the large file: the answer's headers, and whether its bytes are these. */
async function expectRange(range: string, from: number, to: number): Promise<void> {
  const answer = await listenTo(largeId, { range });
  const body = await answer.bytes();
  expect({ status: answer.status, range: answer.headers.get("content-range") }).toEqual({
    status: 206,
    range: `bytes ${from}-${to - 1}/${large.length}`,
  });
  expect(answer.headers.get("content-length")).toBe(String(to - from));
  expect(Buffer.compare(body, large.subarray(from, to))).toBe(0);
}

async function expectWhole(headers: Record<string, string>): Promise<void> {
  const answer = await listenTo(id, headers);
  expect({ status: answer.status, range: answer.headers.get("content-range") }).toEqual({
    status: 200,
    range: null,
  });
  expect(await answer.bytes()).toEqual(talk);
}

describe("a recording", () => {
  test("comes back whole, with its exact length and type", async () => {
    const answer = await listenTo(id);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "audio/wav",
      "content-length": String(talk.length),
      "accept-ranges": "bytes",
      etag: expect.stringMatching(/^"[^"]+"$/),
      "x-content-type-options": "nosniff",
    });
    expect(await answer.bytes()).toEqual(talk);
  });

  test("comes back whole when it was stored in several parts", async () => {
    const answer = await listenTo(largeId);
    expect(answer.headers.get("content-length")).toBe(String(large.length));
    const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    expect(hash(await answer.bytes())).toBe(hash(large));
  });

  test("comes in ranges: first, middle, last, open at the end", async () => {
    await expectRange("bytes=0-0", 0, 1);
    await expectRange("bytes=0-999", 0, 1000);
    await expectRange(`bytes=${5 * MIB - 3}-${5 * MIB + 3}`, 5 * MIB - 3, 5 * MIB + 4);
    await expectRange("bytes=-1", large.length - 1, large.length);
    await expectRange("bytes=-7", large.length - 7, large.length);
    await expectRange(`bytes=${11 * MIB}-`, 11 * MIB, large.length);
    await expectRange("bytes=0-", 0, large.length);
  });

  test("comes as far as it goes when the range is longer", async () => {
    await expectRange(`bytes=${large.length - 5}-99999999999`, large.length - 5, large.length);
    await expectRange("bytes=-99999999999", 0, large.length);
  });

  test("comes whole when the range is none, or several", async () => {
    await expectWhole({ range: "bytes=0-9,20-29" });
    await expectWhole({ range: "bytes=9-3" });
    await expectWhole({ range: "bytes=-" });
    await expectWhole({ range: "bytes=a-b" });
    await expectWhole({ range: "samples=0-9" });
    await expectWhole({ range: "" });
  });

  test("comes in a range only if it is still the one that If-Range names", async () => {
    const etag = (await listenTo(id)).headers.get("etag") ?? "";
    expect((await listenTo(id, { range: "bytes=0-9", "if-range": etag })).status).toBe(206);
    await expectWhole({ range: "bytes=0-9", "if-range": '"another"' });
    await expectWhole({ range: "bytes=0-9", "if-range": `W/${etag}` });
    await expectWhole({ range: "bytes=0-9", "if-range": "Fri, 20 Nov 2026 12:00:00 GMT" });
  });

  test("answers HEAD with the headers of GET and nothing else", async () => {
    const head = await diarist.call(`/v1/jobs/${id}/audio`, { method: "HEAD" });
    const headers = { "content-length": String(talk.length), "content-type": "audio/wav" };
    expect(Object.fromEntries(head.headers)).toMatchObject(headers);
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("is offered under the name it came with, whatever letters that has", async () => {
    const nameOf = async (filename: string) => {
      const file = new File([talk], filename, { type: "audio/wav" });
      const job = await accepted(sendForm(diarist, [["file", file]]));
      await diarist.finished(job.id);
      const answer = await listenTo(job.id);
      return [answer.status, answer.headers.get("content-disposition")];
    };
    expect(await nameOf("stand up.wav")).toEqual([200, "inline; filename*=UTF-8''stand%20up.wav"]);
    expect(await nameOf("naïve 😀.wav")).toEqual([
      200,
      "inline; filename*=UTF-8''na%C3%AFve%20%F0%9F%98%80.wav",
    ]);
    expect(await nameOf("it's \"(1)*.wav")).toEqual([
      200,
      "inline; filename*=UTF-8''it%27s%20%22%281%29%2A.wav",
    ]);
    expect(await nameOf("../../etc/passwd.wav")).toEqual([200, "inline; filename*=UTF-8''passwd.wav"]);
    // Cut to 200 units, this one begins in the middle of a character.
    expect((await nameOf(`${"😀".repeat(150)}a.wav`))[0]).toBe(200);
  });
});

describe("a signed link", () => {
  const token = mediaUrl.split("/").at(-2) ?? "";
  const fetchToken = (changed: string) => fetch(`${diarist.url}/media/${changed}/recording.wav`);

  test("gives the recording away without a key, whole and in ranges", async () => {
    const answer = await fetch(mediaUrl);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "audio/wav",
      "content-length": String(talk.length),
      "accept-ranges": "bytes",
    });
    expect(await answer.bytes()).toEqual(talk);
    const part = await fetch(mediaUrl, { headers: { range: "bytes=100-199" } });
    expect([part.status, part.headers.get("content-length")]).toEqual([206, "100"]);
    expect(await part.bytes()).toEqual(talk.slice(100, 200));
    await expectProblem(
      fetch(mediaUrl, { headers: { range: "bytes=999999999-" } }),
      416,
      "range_not_satisfiable",
    );
  });

  test("answers HEAD with the headers of GET and nothing else", async () => {
    const head = await fetch(mediaUrl, { method: "HEAD" });
    const headers = {
      "content-length": String(talk.length),
      "content-type": "audio/wav",
      "accept-ranges": "bytes",
    };
    expect(Object.fromEntries(head.headers)).toMatchObject(headers);
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const part = await fetch(mediaUrl, { method: "HEAD", headers: { range: "bytes=0-9" } });
    expect([part.status, part.headers.get("content-length")]).toEqual([206, "10"]);
  });

  test("can be had for a player, which sends no key, and is of use for an hour", async () => {
    const asked = Date.now();
    const answer = await diarist.call(`/v1/jobs/${id}/audio/link`);
    const { url, expires_at } = (await answer.json()) as { url: string; expires_at: string };
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(Date.parse(expires_at)).toBeGreaterThan(asked + 59 * 60_000);
    expect(Date.parse(expires_at)).toBeLessThanOrEqual(Date.now() + 60 * 60_000);
    const part = await fetch(diarist.url + url, { headers: { range: "bytes=100-199" } });
    expect([part.status, part.headers.get("content-type")]).toEqual([206, "audio/wav"]);
    expect(await part.bytes()).toEqual(talk.slice(100, 200));
    await expectProblem(diarist.call("/v1/jobs/job_00000000000000000000000000/audio/link"), 404, "not_found");
    await expectProblem(diarist.call(`/v1/jobs/${id}/audio/link`, {}, null), 401, "unauthorized");
  });

  test("answers 404 when any one character of it is changed", async () => {
    const statuses = new Set<number>();
    for (let at = 0; at < token.length; at++) {
      const other = BASE64URL[BASE64URL.indexOf(token.charAt(at)) ^ 32] ?? "A";
      const answer = await fetchToken(token.slice(0, at) + other + token.slice(at + 1));
      statuses.add(answer.status);
      await answer.body?.cancel();
    }
    expect(statuses).toEqual(new Set([404]));
  });

  test("answers 404 when something is missing or added", async () => {
    const [payload, mac] = token.split(".");
    await expectProblem(fetchToken(`${payload}`), 404, "not_found");
    await expectProblem(fetchToken(`${payload}.`), 404, "not_found");
    await expectProblem(fetchToken(`.${mac}`), 404, "not_found");
    await expectProblem(fetchToken(`${token}.${mac}`), 404, "not_found");
    await expectProblem(fetchToken(`${token}A`), 404, "not_found");
    await expectProblem(fetchToken(token.slice(0, -1)), 404, "not_found");
    await expectProblem(fetchToken("x"), 404, "not_found");
  });

  test("answers 404 once it has expired, or when another deployment signed it", async () => {
    const grant = { kind: "audio" as const, key: `audio/local/${id}/source.wav`, contentType: "audio/wav" };
    const now = Math.floor(Date.now() / 1000);
    const link = (key: string, expires: number) => signLink(key, { ...grant, expires }, "recording.wav");
    expect((await fetch(diarist.url + (await link(SIGNING_KEY, now + 60)))).status).toBe(200);
    await expectProblem(fetch(diarist.url + (await link(SIGNING_KEY, now - 1))), 404, "not_found");
    await expectProblem(fetch(diarist.url + (await link("another-key", now + 60))), 404, "not_found");
  });

  test("gives a transcript away as it does a recording, and no longer than the job is kept", async () => {
    const receiver = await diarist.receiver();
    const query = `?webhook_url=${encodeURIComponent(receiver.url)}`;
    const job = await accepted(sendRaw(diarist, talk, { query }));
    const [webhook] = await receiver.waitFor(1);
    await receiver.close();
    const { result } = JSON.parse(webhook?.body ?? "").data as {
      result: { download_url: string } & ShownJob["result"];
    };
    const answer = await fetch(result.download_url);
    const hash = createHash("sha256").update(await answer.bytes());
    expect([answer.status, hash.digest("hex")]).toEqual([200, result.transcript_sha256]);
    await diarist.call(`/v1/jobs/${job.id}`, { method: "DELETE" });
    await expectProblem(fetch(result.download_url), 404, "not_found");
  });
});
