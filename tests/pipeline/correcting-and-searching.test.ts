import { unzipSync } from "fflate";
import mammoth from "mammoth";
import { afterAll, describe, expect, test } from "vitest";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw, textBytes } from "../support/clients/send-job.ts";
import { eventually } from "../support/eventually.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { findTraces } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant } from "../support/stack/tenants.ts";

type Edits = {
  revision: number;
  speakers: Record<string, string>;
  edits: unknown[];
  revisions: { revision: number; edits: number }[];
};
type Hit = { job_id: string; start: number; speaker: string; speaker_name: string | null; snippet: string };
type Page = { data: Hit[]; next: string | null };

const talk = await bytesOf(await record(TALK));
const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

async function complete(query = "", key?: string): Promise<ShownJob> {
  const options = { query: `?reuse=false${query}`, ...(key ? { key } : {}) };
  const { id } = await accepted(sendRaw(diarist, talk, options));
  return diarist.finished(id, key);
}

function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const init = {
    method,
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  };
  return diarist.call(path, init);
}

const patch = (job: ShownJob, body: unknown, headers = {}) =>
  send("PATCH", `/v1/jobs/${job.id}`, body, headers);
const put = (job: ShownJob, edits: unknown, ifMatch = "*") =>
  send("PUT", `/v1/jobs/${job.id}/edits`, { edits }, { "if-match": ifMatch });
const revert = (job: ShownJob, revision: number) =>
  send("POST", `/v1/jobs/${job.id}/edits/revert`, { revision }, { "if-match": "*" });
const transcript = async (job: ShownJob, query: string) =>
  (await diarist.call(`/v1/jobs/${job.id}/transcript?${query}`)).text();
const text = (job: ShownJob) => transcript(job, "format=text");

async function search(query: string, key?: string): Promise<Page> {
  const response = await diarist.call(`/v1/search?${query}`, {}, key);
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()) as Page;
}

async function json<T>(sent: Promise<Response>): Promise<T> {
  const response = await sent;
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** The ids of the one who begins and of the other: the upstream numbers them as it likes. */
async function speakersOf(job: ShownJob): Promise<[first: string, other: string]> {
  const { words } = JSON.parse(await transcript(job, "layer=machine")) as Transcript;
  const [first = "", other = ""] = new Set(words.flatMap((word) => word.speaker_id ?? []));
  return [first, other];
}

describe("naming speakers", () => {
  test("shows the names in every format, and leaves the machine's layer as it was", async () => {
    const job = await complete();
    const machine = await transcript(job, "layer=machine");
    const [first, other] = await speakersOf(job);
    const named = await json<ShownJob>(
      patch(job, { speakers: { [first]: " Ada\nLovelace ", [other]: "Bob" } }),
    );
    expect(named).toMatchObject({ speakers: { [first]: "Ada Lovelace", [other]: "Bob" }, revision: 1 });
    expect(await text(job)).toMatch(/^Ada Lovelace: good morning all\n\nBob: hello there/);
    expect(await transcript(job, "format=vtt")).toContain("<v Ada Lovelace>good morning all");
    expect(await transcript(job, "format=srt")).toContain("Bob: hello there");
    expect(await transcript(job, "format=csv")).toContain(",Ada Lovelace,good morning all");
    expect(JSON.parse(await transcript(job, ""))).toMatchObject({ speakers: { [other]: "Bob" } });
    expect(await transcript(job, "format=text&layer=machine")).toMatch(/^SPEAKER_0\d: /);
    expect(await transcript(job, "layer=machine")).toBe(machine);
  });

  test("adds to the names that are there, and null takes one away", async () => {
    const job = await complete();
    await patch(job, { speakers: { SPEAKER_00: "Ada" } });
    await patch(job, { speakers: { SPEAKER_01: "Bob" } });
    expect((await json<ShownJob>(patch(job, { speakers: { SPEAKER_00: null } }))).speakers).toEqual({
      SPEAKER_01: "Bob",
    });
  });

  test("of two with one name makes one speaker", async () => {
    const job = await complete();
    await patch(job, { speakers: { SPEAKER_00: "Ada", SPEAKER_01: "Ada" } });
    const merged = JSON.parse(await transcript(job, "")) as Transcript;
    expect(new Set(merged.words.map((word) => word.speaker_id))).toEqual(new Set(["SPEAKER_00"]));
    expect(await transcript(job, "format=srt")).not.toContain("Ada:");
  });

  test("refuses a speaker that is not in the transcript, an empty name, and a job without one", async () => {
    const job = await complete();
    const unknown = await expectProblem(
      patch(job, { speakers: { SPEAKER_09: "Eve" } }),
      422,
      "invalid_params",
    );
    expect(unknown.errors?.[0]?.field).toBe("speakers.SPEAKER_09");
    await expectProblem(patch(job, { speakers: { SPEAKER_00: " " } }), 422, "invalid_params");
    await expectProblem(patch(job, { speakers: { SPEAKER_00: "x".repeat(101) } }), 422, "invalid_params");
    expect((await patch(job, { speakers: { SPEAKER_00: "x".repeat(100) } })).status).toBe(200);
    const failed = await accepted(sendRaw(diarist, textBytes("no audio")));
    await diarist.finished(failed.id);
    await expectProblem(patch(failed, { speakers: { SPEAKER_00: "Ada" } }), 409, "not_ready");
  });

  test("from a revision that is not the newest is refused", async () => {
    const job = await complete();
    await patch(job, { speakers: { SPEAKER_00: "Ada" } });
    const late = patch(job, { speakers: { SPEAKER_00: "Eve" } }, { "if-match": '"0"' });
    await expectProblem(late, 412, "revision_conflict");
    expect((await patch(job, { speakers: { SPEAKER_00: "Eve" } }, { "if-match": '"1"' })).status).toBe(200);
  });

  test("by five at once keeps what each of them said", async () => {
    const job = await complete();
    const names = ["a", "b", "c", "d", "e"];
    const answers = await Promise.all(
      names.map((name, n) => patch(job, { speakers: { [`SPEAKER_0${n % 2}`]: name } })),
    );
    for (const answer of answers) expect([200, 412]).toContain(answer.status);
    const read = await json<Edits>(diarist.call(`/v1/jobs/${job.id}/edits`));
    expect(read.revision).toBe(answers.filter((answer) => answer.status === 200).length);
    expect(Object.keys(read.speakers).sort()).toEqual(["SPEAKER_00", "SPEAKER_01"]);
  });
});

describe("a job's details", () => {
  test("can be changed at any time, and raise no revision", async () => {
    const job = await complete("&tags=old&external_id=e");
    const body = { metadata: { a: 1 }, tags: ["new"], external_id: null };
    const changed = await json<ShownJob>(patch(job, body));
    expect(changed).toMatchObject({ ...body, revision: 0 });
    expect(await json(diarist.call(`/v1/jobs/${job.id}`))).toEqual(changed);
    const listed = await json<{ data: ShownJob[] }>(diarist.call("/v1/jobs?tag=new"));
    expect(listed.data.map(({ id }) => id)).toEqual([job.id]);
  });

  test("that are wrong are refused by name, and nothing is changed", async () => {
    const job = await complete();
    await expectNothingKept(diarist, async () => {
      await expectProblem(patch(job, { title: "x" }), 422, "invalid_params");
      await expectProblem(patch(job, { tags: Array(11).fill(0).map(String) }), 422, "invalid_params");
      await expectProblem(patch(job, { metadata: { a: "x".repeat(20_000) } }), 422, "invalid_params");
      await expectProblem(patch(job, []), 400, "invalid_json");
      const deep = `{"metadata":{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}}`;
      await expectProblem(
        diarist.call(`/v1/jobs/${job.id}`, { method: "PATCH", body: deep }),
        422,
        "invalid_params",
      );
      await expectProblem(diarist.call(`/v1/jobs/${job.id}`, { method: "PATCH" }), 400, "empty_body");
      await expectProblem(patch({ ...job, id: "job_x" }, {}), 404, "not_found");
    });
  });
});

describe("correcting the text", () => {
  test("is seen everywhere, in the search too, and its event is sent", async () => {
    const receiver = await diarist.receiver();
    const job = await complete(`&webhook_url=${encodeURIComponent(receiver.url)}`);
    const { words } = JSON.parse(await transcript(job, "")) as Transcript;
    const word = words.find((each) => each.word === "yesterday");
    const corrected = await json<Edits>(put(job, [{ from: word?.id, text: "tomorrow" }], '"0"'));
    expect(corrected).toMatchObject({
      revision: 1,
      edits: [{ from: word?.id, to: word?.id, text: "tomorrow" }],
    });
    expect(await text(job)).toContain("where were we tomorrow");
    expect(await transcript(job, "format=text&layer=machine")).toContain("where were we yesterday");
    const edited = JSON.parse(await transcript(job, "")) as Transcript;
    expect(edited.words.find((each) => each.word === "tomorrow")).toEqual({ ...word, word: "tomorrow" });
    expect((await search(`q=tomorrow&job_id=${job.id}`)).data).toMatchObject([{ start: word?.start }]);
    expect((await search(`q=yesterday&job_id=${job.id}`)).data).toEqual([]);
    await eventually(async () => receiver.received.map((each) => each.type)).toEqual([
      "job.completed",
      "transcript.updated",
    ]);
    const downloads = receiver.received.map(async ({ body }) => {
      const { download_url: url } = (JSON.parse(body) as { data: { result: { download_url: string } } }).data
        .result;
      return (await fetch(url)).text();
    });
    expect(await Promise.all(downloads)).toEqual([
      await transcript(job, "layer=machine"),
      await transcript(job, "layer=edited"),
    ]);
    await receiver.close();
  });

  test("is refused unless it names the newest revision", async () => {
    const job = await complete();
    const edits = [{ from: 0, text: "x" }];
    await expectProblem(send("PUT", `/v1/jobs/${job.id}/edits`, { edits }), 428, "revision_required");
    await expectProblem(put(job, edits, '"1"'), 412, "revision_conflict");
    const etag = (await diarist.call(`/v1/jobs/${job.id}/edits`)).headers.get("etag") ?? "";
    expect((await put(job, edits, etag)).status).toBe(200);
    await expectProblem(put(job, edits, etag), 412, "revision_conflict");
  });

  test("that does not fit is refused, each mistake by its place", async () => {
    const job = await complete();
    const problem = await expectProblem(
      put(job, [
        { from: 0, text: "a" },
        { from: 999, text: "b" },
        { from: 0, to: 1, text: "c" },
      ]),
      422,
      "invalid_params",
    );
    expect(problem.errors?.map((error) => error.field).sort()).toEqual(["edits.1", "edits.2"]);
    await expectProblem(put(job, [{ from: 0 }]), 422, "invalid_params");
    await expectProblem(put(job, [{ from: 0, text: "x".repeat(10_001) }]), 422, "invalid_params");
    await expectProblem(put(job, [{ from: 0, text: "x", note: "" }]), 422, "invalid_params");
    const tooLarge = Array(120).fill({ from: 0, text: "x".repeat(9_000) });
    await expectProblem(put(job, tooLarge), 400, "invalid_json");
    expect((await json<Edits>(diarist.call(`/v1/jobs/${job.id}/edits`))).revision).toBe(0);
  });

  test("gives words to another speaker, a new one too, who can be named then", async () => {
    const job = await complete();
    await put(job, [{ from: 0, to: 2, speaker: "SPEAKER_07" }]);
    expect((await patch(job, { speakers: { SPEAKER_07: "Eve" } })).status).toBe(200);
    expect(await text(job)).toMatch(/^Eve: good morning all\n/);
  });

  test("can be gone back on, to any revision that is kept, to the machine's and forth again", async () => {
    const job = await complete();
    const machine = await text(job);
    const [ada] = await speakersOf(job);
    await patch(job, { speakers: { [ada]: "Ada" } });
    await put(job, [{ from: 0, text: "Great" }]);
    const second = await text(job);
    expect(second).toMatch(/^Ada: Great morning/);
    expect((await json<Edits>(revert(job, 0))).speakers).toEqual({});
    expect(await text(job)).toBe(machine);
    await revert(job, 2);
    expect(await text(job)).toBe(second);
    expect((await search(`q=great&job_id=${job.id}`)).data.length).toBe(1);
    const { revision, revisions } = await json<Edits>(diarist.call(`/v1/jobs/${job.id}/edits`));
    expect([revision, revisions.map((each) => each.revision)]).toEqual([4, [4, 3, 2, 1]]);
    await expectProblem(revert(job, 99), 422, "invalid_params");
  });

  test("changes the transcript's tag, and not that of the machine's", async () => {
    const job = await complete();
    const tag = async (query: string) =>
      (await diarist.call(`/v1/jobs/${job.id}/transcript?${query}`)).headers.get("etag");
    const [edited, machine] = [await tag(""), await tag("layer=machine")];
    await put(job, [{ from: 0, text: "x" }]);
    expect(await tag("")).not.toBe(edited);
    expect(await tag("layer=machine")).toBe(machine);
  });
});

describe("exports", () => {
  test("keep the rules they are asked for", async () => {
    const job = await complete();
    const srt = await transcript(job, "format=srt&max_chars_per_line=20&max_lines=1&speaker_labels=never");
    for (const line of srt.split("\n")) expect(line.length).toBeLessThanOrEqual(29);
    expect(srt).not.toContain("SPEAKER");
    expect(await transcript(job, "format=text&times=true")).toMatch(/^\[00:00:00\] SPEAKER_0\d: good/);
    expect(await transcript(job, "format=md&times=false")).not.toContain("[00:");
  });

  test("refuse rules beyond their bounds, by name", async () => {
    const job = await complete();
    const wrong = [
      "max_chars_per_line=19",
      "max_chars_per_line=101",
      "max_chars_per_line=20.5",
      "max_lines=0",
      "max_lines=5",
      "max_cue_seconds=0.9",
      "max_cue_seconds=61",
      "min_cue_seconds=-1",
      "min_cue_seconds=11",
      "max_pause_seconds=0.05",
      "max_pause_seconds=11",
      "speaker_labels=some",
      "times=yes",
      "layer=other",
      "format=pdf",
    ];
    for (const query of wrong) {
      const { errors } = await expectProblem(
        diarist.call(`/v1/jobs/${job.id}/transcript?${query}`),
        422,
        "invalid_params",
      );
      expect(errors?.[0]?.field).toBe(query.split("=")[0]);
    }
    const crossed = diarist.call(`/v1/jobs/${job.id}/transcript?min_cue_seconds=5&max_cue_seconds=4`);
    expect((await expectProblem(crossed, 422, "invalid_params")).errors?.[0]?.field).toBe("min_cue_seconds");
  });

  test("come as a document and as a zip of all, named like the recording", async () => {
    const job = await complete("&filename=team%20talk.wav");
    const docx = await diarist.call(`/v1/jobs/${job.id}/transcript?format=docx`);
    expect(docx.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''team%20talk.docx");
    const { value } = await mammoth.extractRawText({ buffer: Buffer.from(await docx.arrayBuffer()) });
    expect(value).toMatch(/^SPEAKER_0\d \[00:00:00\] good morning all/);
    const zip = await diarist.call(`/v1/jobs/${job.id}/transcript?format=zip`);
    expect(zip.headers.get("content-type")).toBe("application/zip");
    const names = Object.keys(unzipSync(new Uint8Array(await zip.arrayBuffer())));
    const endings = ["csv", "docx", "json", "md", "srt", "txt", "vtt"];
    expect(names.sort()).toEqual(endings.map((ending) => `team talk.${ending}`));
  });
});

describe("searching", () => {
  test("finds the moment, in the tenant's own jobs alone", async () => {
    const other = await createTenant(diarist, "searcher");
    const job = await complete("", other.key);
    const { words } = JSON.parse(
      await (await diarist.call(`/v1/jobs/${job.id}/transcript`, {}, other.key)).text(),
    ) as Transcript;
    const hello = words.find((word) => word.word === "hello");
    expect(await search("q=%22hello+there%22", other.key)).toEqual({
      data: [
        {
          job_id: job.id,
          filename: null,
          start: hello?.start,
          end: words[(hello?.id as number) + 1]?.end,
          speaker: hello?.speaker_id,
          speaker_name: null,
          snippet: "good morning all hello there where were we yesterday naïve résumé 😀",
          matches: [[17, 28]],
        },
      ],
      next: null,
    });
    expect((await search("q=resum*", other.key)).data.length).toBe(1);
    const strangers = (await search("q=hello&limit=100")).data.filter((hit) => hit.job_id === job.id);
    expect(strangers).toEqual([]);
  });

  test("by speaker takes an id or a name, by time a part of the recording or of the jobs", async () => {
    const job = await complete();
    const [ada, other] = await speakersOf(job);
    await patch(job, { speakers: { [ada]: "Ada" } });
    const startsOf = async (query: string) =>
      (await search(`job_id=${job.id}&q=we+${query}`)).data.map((hit) => hit.speaker_name);
    expect(await startsOf("&speaker=Ada")).toEqual(["Ada"]);
    expect(await startsOf(`&speaker=${ada}`)).toEqual(["Ada"]);
    expect(await startsOf(`&speaker=${other}`)).toEqual([]);
    const [hit] = (await search(`job_id=${job.id}&q=we`)).data;
    expect(await startsOf(`&from=${hit?.start}`)).toEqual(["Ada"]);
    expect(await startsOf(`&from=${(hit?.start ?? 0) + 0.001}`)).toEqual([]);
    expect(await startsOf(`&to=${hit?.start}`)).toEqual([]);
    expect(await startsOf(`&created_before=${job.created_at}`)).toEqual([]);
    expect(await startsOf(`&created_after=${job.created_at}`)).toEqual(["Ada"]);
  });

  test("pages neither skip nor repeat a hit, though jobs come and go", async () => {
    const { key } = await createTenant(diarist, "pager");
    const jobs: ShownJob[] = [];
    for (let n = 0; n < 5; n++) jobs.push(await complete("", key));
    const found: string[] = [];
    let after = "";
    for (let pages = 0; pages < 10; pages++) {
      const { data, next } = await search(`q=hello&limit=2${after}`, key);
      found.push(...data.map((hit) => hit.job_id));
      if (pages === 0) {
        await complete("", key);
        await diarist.call(`/v1/jobs/${jobs[3]?.id}`, { method: "DELETE" }, key);
      }
      if (next === null) break;
      expect(next).not.toMatch(/^\d+\.\d+$/); // sealed: blocks count what all tenants have
      after = `&after=${next}`;
    }
    expect(found).toEqual([4, 3, 2, 1, 0].map((n) => jobs[n]?.id));
  });

  test("with anything typed answers a page or says what is wrong, never an error of ours", async () => {
    const typed = [
      '"',
      "(((",
      "a OR",
      "NEAR(a b)",
      "col:x",
      "-x",
      "*",
      "%00",
      "😀",
      "\u0000",
      "x".repeat(201),
      "a*b*c",
    ];
    for (const q of typed) {
      const { status } = await diarist.call(`/v1/search?q=${encodeURIComponent(q)}`);
      expect([q, [200, 422].includes(status)]).toEqual([q, true]);
    }
    await expectProblem(diarist.call("/v1/search"), 422, "invalid_params");
    await expectProblem(diarist.call("/v1/search?q=---"), 422, "invalid_params");
    await expectProblem(diarist.call("/v1/search?q=a&after=1"), 422, "invalid_params");
    expect(await search("q=a&job_id=other")).toEqual({ data: [], next: null });
  });
});

test("another tenant's key and none find nothing and change nothing", async () => {
  const job = await complete();
  const { key } = await createTenant(diarist, "stranger");
  const at = `/v1/jobs/${job.id}`;
  const requests: [string, string, object?][] = [
    ["PATCH", at, { tags: ["x"] }],
    ["PATCH", at, { speakers: { SPEAKER_00: "Eve" } }],
    ["GET", `${at}/transcript?format=zip`],
    ["GET", `${at}/edits`],
    ["PUT", `${at}/edits`, { edits: [{ from: 0, text: "x" }] }],
    ["POST", `${at}/edits/revert`, { revision: 0 }],
    ["GET", `${at}/flags`],
  ];
  await expectNothingKept(diarist, async () => {
    for (const [method, path, body] of requests) {
      const init = { method, headers: { "if-match": "*" }, ...(body ? { body: JSON.stringify(body) } : {}) };
      await expectProblem(diarist.call(path, init, key), 404, "not_found");
      await expectProblem(diarist.call(path, init, null), 401, "unauthorized");
    }
    await expectProblem(diarist.call("/v1/search?q=hello", {}, null), 401, "unauthorized");
  });
  expect((await search("q=hello", key)).data).toEqual([]);
});

test("a change that is wrong in one part changes nothing in the other", async () => {
  const job = await complete();
  await expectNothingKept(diarist, async () => {
    await expectProblem(patch(job, { tags: ["x"], speakers: { SPEAKER_09: "Eve" } }), 422, "invalid_params");
    const large = { a: "x".repeat(9_000), b: "x".repeat(9_000) };
    await expectProblem(
      patch(job, { metadata: large, speakers: { SPEAKER_00: "A" } }),
      422,
      "invalid_params",
    );
  });
});

test("flags are counted with the result, and shown with their place", async () => {
  const job = await complete();
  const shown = await json<{ counts: object; data: unknown[] }>(diarist.call(`/v1/jobs/${job.id}/flags`));
  expect(shown.counts).toEqual(job.result?.flags);
  await put(job, [{ from: 0, to: 2, text: "no no no no no no" }]);
  const edited = await json<{ data: { kind: string }[] }>(diarist.call(`/v1/jobs/${job.id}/flags`));
  expect(edited.data.map((flag) => flag.kind)).toContain("loop");
  const machine = await json(diarist.call(`/v1/jobs/${job.id}/flags?layer=machine`));
  expect(machine).toMatchObject({ counts: shown.counts });
});

test("of a deleted job no name, no correction and no word is left", async () => {
  const job = await complete();
  await patch(job, { speakers: { SPEAKER_00: "Ada" } });
  await put(job, [{ from: 0, text: "x" }]);
  expect((await diarist.call(`/v1/jobs/${job.id}`, { method: "DELETE" })).status).toBe(204);
  const { rows } = await findTraces(diarist, job.id);
  expect(Object.keys(rows).sort()).toEqual(["calls", "events", "purges"]);
  expect(rows["events"]).toEqual([expect.stringContaining("job.deleted")]);
  expect(JSON.stringify(rows)).not.toContain("Ada");
  expect((await search(`q=hello&job_id=${job.id}`)).data).toEqual([]);
});
