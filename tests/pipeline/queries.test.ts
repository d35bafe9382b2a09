import { Readable } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { compareWithTruth } from "../support/audio/compare-with-truth.ts";
import { createPausableRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { readStrictSrt, readStrictVtt } from "../support/audio/strict-subtitles.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendChunked, sendJson, sendRaw, textBytes } from "../support/clients/send-job.ts";
import { eventually } from "../support/eventually.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { takeInventory } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

type Page = { data: ShownJob[]; next: string | null };

const talk = await record(TALK);
const bytes = await bytesOf(talk);

const recogniser = createPausableRecogniser();
const diarist = await openDiarist({ recognise: recogniser.recognise });
afterAll(() => diarist.close());

async function read(path: string): Promise<ShownJob> {
  return (await (await diarist.call(path)).json()) as ShownJob;
}

/** A job that ends at once, since its recording is none. */
function addJob(query = ""): Promise<ShownJob> {
  return accepted(sendRaw(diarist, textBytes("no audio"), { query }));
}

async function list(query: string): Promise<Page> {
  const response = await diarist.call(`/v1/jobs?${query}`);
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()) as Page;
}

async function listIds(query: string): Promise<string[]> {
  return (await list(query)).data.map(({ id }) => id);
}

async function completed(query = ""): Promise<ShownJob> {
  const { id } = await accepted(sendRaw(diarist, bytes, { query }));
  return diarist.finished(id);
}

function transcript(id: string, format: string, headers: Record<string, string> = {}): Promise<Response> {
  return diarist.call(`/v1/jobs/${id}/transcript${format && `?format=${format}`}`, { headers });
}

describe("waiting for a job", () => {
  test("answers when the job has finished", async () => {
    const release = recogniser.hold();
    const { id } = await accepted(sendRaw(diarist, bytes, { query: "?reuse=false" }));
    const waiting = read(`/v1/jobs/${id}?wait=60`);
    await eventually(async () => (await read(`/v1/jobs/${id}`)).progress.stage).toBe("transcribing");
    release();
    expect(await waiting).toMatchObject({ id, status: "completed" });
  });

  test("answers with the job as it is when the time is over", async () => {
    const release = recogniser.hold();
    const { id } = await accepted(sendRaw(diarist, bytes, { query: "?reuse=false" }));
    expect((await read(`/v1/jobs/${id}?wait=0`)).status).not.toBe("completed");
    expect(await read(`/v1/jobs/${id}?wait=0.2`)).toMatchObject({ id, result: null });
    release();
    await diarist.finished(id);
  });

  test("does not wait for what is over, however long one would", async () => {
    const { id } = await completed();
    expect(await read(`/v1/jobs/${id}?wait=100000`)).toEqual(await read(`/v1/jobs/${id}`));
  });
});

describe("a list of jobs", () => {
  test("comes newest first, in pages that neither skip nor repeat while jobs are added", async () => {
    const added = [];
    for (let n = 0; n < 7; n++) added.push(await addJob("?tags=paged"));
    const expected = added.map(({ id }) => id).reverse();

    const seen: string[] = [];
    let next: string | null = null;
    do {
      const page = await list(`tag=paged&limit=3${next ? `&after=${next}` : ""}`);
      expect(page.data.length).toBeLessThanOrEqual(3);
      seen.push(...page.data.map(({ id }) => id));
      await addJob("?tags=paged");
      next = page.next;
    } while (next);
    expect(seen).toEqual(expected);
  });

  test("has no next page when the last one is just full", async () => {
    const older = await addJob("?tags=two");
    const newer = await addJob("?tags=two");
    expect(await list("tag=two&limit=2")).toMatchObject({
      data: [{ id: newer.id }, { id: older.id }],
      next: null,
    });
    expect(await list("tag=two&limit=1")).toMatchObject({ data: [{ id: newer.id }], next: newer.id });
    expect(await list(`tag=two&limit=1&after=${older.id}`)).toEqual({ data: [], next: null });
  });

  test("shows each job as its own route does", async () => {
    const job = await completed("?external_id=shown");
    expect(await list("external_id=shown")).toEqual({ data: [await read(`/v1/jobs/${job.id}`)], next: null });
  });

  test("gives twenty when nobody says how many", async () => {
    await Promise.all(Array.from({ length: 21 }, () => addJob("?tags=many")));
    expect(await listIds("tag=many")).toHaveLength(20);
    expect(new Set(await listIds("tag=many&limit=100")).size).toBe(21);
  });

  test("is filtered by status", async () => {
    const done = await completed("?tags=status");
    const failed = await diarist.finished((await addJob("?tags=status")).id);
    const release = recogniser.hold();
    const held = await accepted(sendRaw(diarist, bytes, { query: "?tags=status&reuse=false" }));
    await eventually(() => listIds("tag=status&status=processing")).toEqual([held.id]);
    const queued = await addJob("?tags=status");
    const canceled = await addJob("?tags=status");
    await diarist.call(`/v1/jobs/${canceled.id}/cancel`, { method: "POST" });

    expect(await listIds("tag=status&status=completed")).toEqual([done.id]);
    expect(await listIds("tag=status&status=failed")).toEqual([failed.id]);
    expect(await listIds("tag=status&status=processing")).toEqual([held.id]);
    expect(await listIds("tag=status&status=queued")).toEqual([queued.id]);
    expect(await listIds("tag=status&status=canceled")).toEqual([canceled.id]);
    release();
    await diarist.finished(queued.id);
  });

  test("is filtered by external_id and by tag, and by all at once", async () => {
    const one = await addJob("?external_id=crm-1&tags=red,blue");
    const two = await addJob("?external_id=crm-1&tags=red");
    const three = await addJob("?external_id=crm-2&tags=blue");
    expect(await listIds("external_id=crm-1")).toEqual([two.id, one.id]);
    expect(await listIds("tag=blue")).toEqual([three.id, one.id]);
    expect(await listIds("tag=red&external_id=crm-1&limit=1")).toEqual([two.id]);
    expect(await listIds("tag=blue&external_id=crm-1")).toEqual([one.id]);
    expect(await listIds("tag=Red")).toEqual([]);
    expect(await listIds("tag=re%25")).toEqual([]);
    expect(await listIds("external_id=crm")).toEqual([]);
  });

  test("is filtered by the time of creation, from the first on and up to before the second", async () => {
    const jobs = [];
    for (let n = 0; n < 3; n++) jobs.push(await addJob("?tags=timed"));
    const [first, second, third] = jobs.map(({ id }) => id);
    const [, time = ""] = jobs.map(({ created_at }) => created_at);
    const zoned = encodeURIComponent(
      new Date(Date.parse(time) + 7_200_000).toISOString().replace("Z", "+02:00"),
    );
    expect(await listIds(`tag=timed&created_after=${time}`)).toEqual([third, second]);
    expect(await listIds(`tag=timed&created_before=${time}`)).toEqual([first]);
    expect(await listIds(`tag=timed&created_after=${zoned}`)).toEqual([third, second]);
    expect(await listIds(`tag=timed&created_after=${time}&created_before=${time}`)).toEqual([]);
  });

  test("finds a job whose upload took long by the time it says it was created", async () => {
    const upload = new Readable({ read() {} });
    const sent = accepted(sendChunked(diarist, upload, { query: "?tags=slow" }));
    upload.push("no audio");
    await eventually(async () => (await takeInventory(diarist)).rows["pending_audio"]?.length).toBe(1);
    const meanwhile = await addJob();
    upload.push(null);
    const slow = await sent;
    expect(await listIds(`tag=slow&created_after=${slow.created_at}`)).toEqual([slow.id]);
    expect(await listIds(`tag=slow&created_before=${slow.created_at}`)).toEqual([]);
    expect(slow.timings.stored_at?.localeCompare(meanwhile.created_at)).toBeGreaterThanOrEqual(0);
  });
});

describe("a transcript", () => {
  test("is verbose_json unless told otherwise, byte for byte the same each time", async () => {
    const { id } = await completed();
    const answer = await transcript(id, "");
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const text = await answer.text();
    expect(compareWithTruth(JSON.parse(text) as Transcript, talk.truth)).toEqual([]);
    expect(Object.keys(JSON.parse(text))).toEqual([
      "language",
      "duration",
      "text",
      "segments",
      "words",
      "speaker_segments",
    ]);
    expect(await (await transcript(id, "verbose_json")).text()).toBe(text);
  });

  test("comes as text, with a paragraph for each turn", async () => {
    const { id } = await completed();
    const answer = await transcript(id, "text");
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const paragraphs = (await answer.text()).split("\n\n").map((line) => line.replace(/^SPEAKER_\d\d: /, ""));
    expect(paragraphs).toEqual([
      "good morning all",
      "hello there",
      "where were we yesterday",
      "naïve résumé 😀",
    ]);
  });

  test("comes as JSON with the text alone", async () => {
    const { id } = await completed();
    const answer = await transcript(id, "json");
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await answer.json()).toEqual({ text: talk.truth.words.map(({ word }) => word).join(" ") });
  });

  test("comes as subtitles that strict readers take", async () => {
    const { id } = await completed();
    const said = talk.truth.words.map(({ word }) => word).join(" ");
    const srt = await transcript(id, "srt");
    expect(srt.headers.get("content-type")).toBe("application/x-subrip; charset=utf-8");
    const lines = readStrictSrt(await srt.text()).flatMap((cue) => cue.lines);
    expect(lines.map((line) => line.replace(/^(SPEAKER_\d\d|\[?SPEAKER_\d\d\]?):? /, "")).join(" ")).toBe(
      said,
    );
    const vtt = await transcript(id, "vtt");
    expect(vtt.headers.get("content-type")).toBe("text/vtt; charset=utf-8");
    const cues = readStrictVtt(await vtt.text());
    expect(cues.flatMap((cue) => cue.lines).join(" ")).toBe(said);
    expect(new Set(cues.map((cue) => cue.voice)).size).toBe(2);
  });

  test("comes as Markdown and as a table", async () => {
    const { id } = await completed();
    const md = await transcript(id, "md");
    expect(md.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
    expect(await md.text()).toMatch(/^\*\*SPEAKER_0\d\*\* \[00:00:00\] good morning all\n/);
    const csv = await transcript(id, "csv");
    expect(csv.headers.get("content-type")).toMatch(/^text\/csv; charset=utf-8/);
    const rows = (await csv.text()).split("\r\n");
    expect(rows[0]).toBe("start,end,speaker,text");
    expect(rows[4]).toMatch(/^\d\.\d{3},\d\.\d{3},SPEAKER_0\d,naïve résumé 😀$/);
    expect(rows).toHaveLength(6);
  });

  test("comes in the job's response_format unless the request names another", async () => {
    const { id } = await completed("?response_format=vtt");
    expect(await (await transcript(id, "")).text()).toMatch(/^WEBVTT\n/);
    expect(await (await transcript(id, "text")).text()).toContain("good morning all");
  });

  test("is not sent again to who has it", async () => {
    const { id } = await completed();
    const tags = new Set<string>();
    for (const format of ["verbose_json", "json", "text", "srt", "vtt", "md", "csv"]) {
      const etag = (await transcript(id, format)).headers.get("etag") ?? "";
      expect(etag).toMatch(/^"[^"]+"$/);
      tags.add(etag);
      const again = await transcript(id, format, { "if-none-match": etag });
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
    }
    expect(tags.size).toBe(7);
  });

  test("is known by its tag in a list, and by one that a proxy made weak", async () => {
    const { id } = await completed();
    const etag = (await transcript(id, "srt")).headers.get("etag") ?? "";
    expect((await transcript(id, "srt", { "if-none-match": `W/${etag}` })).status).toBe(304);
    expect((await transcript(id, "srt", { "if-none-match": `"a", ${etag}` })).status).toBe(304);
    expect((await transcript(id, "srt", { "if-none-match": "*" })).status).toBe(304);
    expect((await transcript(id, "srt", { "if-none-match": '"other"' })).status).toBe(200);
    expect((await transcript(id, "vtt", { "if-none-match": etag })).status).toBe(200);
  });

  test("is not ready before the job is completed, nor ever for one that failed", async () => {
    const release = recogniser.hold();
    const { id } = await accepted(sendRaw(diarist, bytes, { query: "?reuse=false" }));
    await expectProblem(transcript(id, ""), 409, "not_ready");
    await eventually(async () => (await read(`/v1/jobs/${id}`)).status).toBe("processing");
    await expectProblem(transcript(id, "srt"), 409, "not_ready");
    await expectProblem(transcript(id, "", { "if-none-match": "*" }), 409, "not_ready");
    release();
    await diarist.finished(id);
    expect((await transcript(id, "")).status).toBe(200);

    const failed = await addJob();
    await diarist.finished(failed.id);
    await expectProblem(transcript(failed.id, ""), 409, "not_ready");
  });
});

test("a recording that has not been fetched yet cannot be listened to", async () => {
  const release = recogniser.hold();
  const held = await accepted(sendRaw(diarist, bytes, { query: "?reuse=false" }));
  const waiting = await accepted(sendJson(diarist, { file: "http://127.0.0.1:9/talk.wav" }));
  await expectProblem(diarist.call(`/v1/jobs/${waiting.id}/audio`), 409, "audio_gone");
  await diarist.call(`/v1/jobs/${waiting.id}/cancel`, { method: "POST" });
  release();
  await diarist.finished(held.id);
});
