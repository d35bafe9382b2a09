// What a customer sends is bytes to all others, whatever its sender calls it and whichever way it came in.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signLink } from "../../shared/secrets/signed-link.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { DOORS, HOSTILE_FILES } from "../support/clients/hostile-files.ts";
import { accepted, sendForm } from "../support/clients/send-job.ts";
import { type FileHost, startFileHost } from "../support/stack/file-host.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const SIGNING_KEY = "a-signing-key-that-this-test-knows-too";
const diarist = await openDiarist({ recognise: createRecogniser(), vars: { SIGNING_KEY } });
let host: FileHost;
beforeAll(async () => {
  host = await startFileHost();
});
afterAll(() => Promise.all([diarist.close(), host.close()]));

const NOTHING_RUNS = {
  "content-security-policy": "sandbox; default-src 'none'",
  "x-content-type-options": "nosniff",
};

/** What a browser goes by. */
function seen({ status, headers }: Response) {
  return {
    status,
    type: headers.get("content-type"),
    disposition: headers.get("content-disposition")?.split(";")[0],
    "content-security-policy": headers.get("content-security-policy"),
    "x-content-type-options": headers.get("x-content-type-options"),
  };
}
const UNKNOWN_BYTES = { type: "application/octet-stream", disposition: "attachment", ...NOTHING_RUNS };

/** Every place at which a job's recording is served. */
async function placesOf(jobId: string): Promise<Response[]> {
  const link = (await (await diarist.call(`/v1/jobs/${jobId}/audio/link`)).json()) as { url: string };
  return Promise.all([
    diarist.call(`/v1/jobs/${jobId}/audio`),
    diarist.call(`/v1/jobs/${jobId}/audio`, { method: "HEAD" }),
    diarist.call(`/v1/jobs/${jobId}/audio`, { headers: { range: "bytes=0-9" } }),
    fetch(diarist.url + link.url),
    fetch(diarist.url + link.url, { headers: { range: "bytes=0-9" } }),
  ]);
}

describe.each(DOORS)("a file that came by $door", ({ send }) => {
  test.each(HOSTILE_FILES)(
    "as $type named $name is unknown bytes, to be kept and not shown",
    async (file) => {
      const id = await send({ diarist, host }, file);
      const job = await diarist.finished(id);
      if (job.error?.code === "source_unreachable") return; // HTML from a URL is refused before a byte is kept
      for (const answer of await placesOf(id)) {
        expect(seen(answer)).toEqual({ status: expect.toBeOneOf([200, 206]), ...UNKNOWN_BYTES });
        await answer.body?.cancel();
      }
    },
  );
});

test("a recording has the type that its probe found, not the one that its sender named", async () => {
  const talk = new File([await bytesOf(await record(TALK))], "talk.html", { type: "text/html" });
  const { id } = await accepted(sendForm(diarist, [["file", talk]]));
  await diarist.finished(id);
  for (const answer of await placesOf(id)) {
    expect(seen(answer)).toEqual({
      status: expect.toBeOneOf([200, 206]),
      type: "audio/wav",
      disposition: "inline",
      ...NOTHING_RUNS,
    });
    await answer.body?.cancel();
  }
  // The speech API goes by type and ending.
  const asked = await fetch((await diarist.calls()).at(-1)?.file?.url ?? "");
  expect(seen(asked)).toMatchObject({ type: "audio/wav", disposition: "inline" });
  expect(asked.url).toMatch(/\.wav$/);
  await asked.body?.cancel();
});

test("a link that was signed before for another type shows no page either", async () => {
  const key = "audio/local/job_1/source.html";
  const httpMetadata = { contentType: "text/html" };
  await diarist.stack.bucket.put(key, "<script>alert(1)</script>", { httpMetadata });
  const expires = Math.floor(Date.now() / 1000) + 60;
  const grant = { kind: "audio" as const, key, contentType: "text/html", expires };
  const answer = await fetch(diarist.url + (await signLink(SIGNING_KEY, grant, "recording.html")));
  expect(seen(answer)).toEqual({ status: 200, ...UNKNOWN_BYTES });
});

test("transcripts and everything else that the Workers answer run nothing", async () => {
  const { id } = await accepted(
    sendForm(diarist, [["file", new File([await bytesOf(await record(TALK))], "talk.wav")]]),
  );
  await diarist.finished(id);
  for (const format of ["verbose_json", "json", "text", "srt", "vtt", "md", "csv", "docx", "zip"]) {
    const answer = await diarist.call(`/v1/jobs/${id}/transcript?format=${format}`);
    expect(seen(answer)).toMatchObject({ status: 200, disposition: "attachment", ...NOTHING_RUNS });
    await answer.body?.cancel();
  }
  for (const path of [
    "/v1/jobs",
    "/v1/jobs/none",
    "/media/x/y.html",
    "/nothing",
    "/healthz",
    "/openapi.json",
  ]) {
    expect(seen(await diarist.call(path))).toMatchObject(NOTHING_RUNS);
  }
});

test("with MEDIA_BASE_URL every link leads to that host, and a page of another one may play it", async () => {
  const vars = { MEDIA_BASE_URL: "https://media.example.com" };
  const media = await openDiarist({ recognise: createRecogniser(), vars });
  const talk = new File([await bytesOf(await record(TALK))], "talk.wav");
  const job = await accepted(sendForm(media, [["file", talk]]));
  const answer = await media.call(`/v1/jobs/${job.id}/audio/link`);
  const url = new URL(((await answer.json()) as { url: string }).url);
  expect(url.origin).toBe("https://media.example.com");
  const served = await fetch(media.url + url.pathname, {
    headers: { origin: "https://diarist.example.com" },
  });
  expect([served.status, served.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
  await served.body?.cancel();
  const offered = async () => (await media.calls()).map(({ file }) => new URL(file?.url ?? "none:").origin);
  await expect.poll(offered, { timeout: 10_000 }).toContain("https://media.example.com");
  await media.call(`/v1/jobs/${job.id}`, { method: "DELETE" });
  await media.close();
});
