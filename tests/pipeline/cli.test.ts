import { copyFile, mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createPausableRecogniser } from "../support/audio/recogniser.ts";
import { record, TALK } from "../support/audio/recordings.ts";
import { readStrictSrt } from "../support/audio/strict-subtitles.ts";
import { linesOf, useCommandLine } from "../support/clients/command-line.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant, OPERATOR_KEY } from "../support/stack/tenants.ts";

const talk = await record(TALK);
const walk = await record("A: we walked along the river\n");

const recogniser = createPausableRecogniser();
const diarist = await openDiarist(recogniser);
afterAll(() => diarist.close());
const { folder, start, run } = await useCommandLine(diarist.url);

/** A tenant of its own, so that what a test counts is its own. */
async function asTenant(name: string) {
  const { id, key } = await createTenant(diarist, name);
  const env = { DIARIST_API_KEY: key };
  const jobs = async () => {
    const answer = await diarist.call("/v1/jobs?limit=100", {}, key);
    return ((await answer.json()) as { data: ShownJob[] }).data;
  };
  return { id, key, env, jobs };
}

/** Recordings in a folder of their own. */
async function recordings(name: string, files: Record<string, string>): Promise<string> {
  const to = join(folder, name);
  await mkdir(to);
  for (const [file, from] of Object.entries(files)) await copyFile(from, join(to, file));
  return to;
}

describe("transcribe", () => {
  test("writes several recordings' subtitles into a folder, and tells each step", async () => {
    const at = await recordings("several", { "talk.wav": talk.path, "walk.wav": walk.path });
    const args = ["transcribe", join(at, "talk.wav"), join(at, "walk.wav"), "--diarize"];
    const { code, stdout, stderr } = await run([...args, "--format", "srt,text", "--out", join(at, "subs")]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect((await readdir(join(at, "subs"))).sort()).toEqual([
      "talk.srt",
      "talk.txt",
      "walk.srt",
      "walk.txt",
    ]);
    const cues = readStrictSrt(await readFile(join(at, "subs", "talk.srt"), "utf8"));
    expect(cues.flatMap(({ lines }) => lines).join(" ")).toMatch(/SPEAKER_\d\d: .*good morning/i);
    expect(await readFile(join(at, "subs", "walk.txt"), "utf8")).toMatch(/along the river/);
    expect(stderr).toContain(`${join(at, "walk.wav")} → ${join(at, "subs", "walk.srt")}`);
  });

  test("writes one recording's text to standard output, and nothing else", async () => {
    const { code, stdout } = await run(["transcribe", walk.path]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/along the river\s*$/) });
    const [line] = linesOf<{ transcript: string }>(await run(["transcribe", walk.path, "--json"]));
    expect(line?.transcript).toBe(stdout);
  });

  test("passes on what is asked of the job", async () => {
    const { env, jobs } = await asTenant("options");
    const asked = ["--no-diarize", "--language", "de", "--tag", "a,b", "--prompt", "Grüße", "--no-reuse"];
    expect(await run(["transcribe", walk.path, ...asked], env)).toMatchObject({ code: 0 });
    expect(await jobs()).toMatchObject([
      { tags: ["a", "b"], options: { diarize: false, language: "de", prompt: "Grüße", reuse: false } },
    ]);
  });

  test("leaves alone what is there already, until the recording is newer or --force is given", async () => {
    const { env, jobs } = await asTenant("again");
    const at = await recordings("again", { "walk.wav": walk.path });
    const args = ["transcribe", join(at, "walk.wav"), "--out", at, "--json"];
    const statuses = async (...more: string[]) =>
      linesOf<{ status: string }>(await run([...args, ...more], env)).map(({ status }) => status);
    expect(await statuses()).toEqual(["completed"]);
    expect(await statuses()).toEqual(["skipped"]);
    expect(await jobs()).toHaveLength(1);
    expect(await statuses("--force")).toEqual(["completed"]);
    const later = new Date(Date.now() + 60_000);
    await utimes(join(at, "walk.wav"), later, later);
    expect(await statuses()).toEqual(["completed"]);
    expect(await jobs()).toHaveLength(3);
  });

  test("after Ctrl-C the same command goes on with the job that it had sent", async () => {
    const { env, jobs } = await asTenant("interrupted");
    const at = await recordings("interrupted", { "talk.wav": talk.path });
    const args = ["transcribe", join(at, "talk.wav"), "--format", "srt", "--out", join(at, "subs")];
    const release = recogniser.hold();
    const first = start(args, env);
    await first.said(/talk\.wav: transcribing/);
    first.interrupt();
    expect(await first.ended).toMatchObject({ code: 130, stderr: expect.stringContaining("Stopped") });
    expect(await readdir(join(at, "subs"))).toEqual([]);

    release();
    const second = await run([...args, "--json"], env);
    const [job] = await jobs();
    expect(linesOf(second)).toEqual([
      expect.objectContaining({ status: "completed", job: job?.id, files: [join(at, "subs", "talk.srt")] }),
    ]);
    expect(second).toMatchObject({ code: 0, stderr: expect.not.stringContaining("sending") });
    expect(await jobs()).toHaveLength(1);
    expect(readStrictSrt(await readFile(join(at, "subs", "talk.srt"), "utf8")).length).toBeGreaterThan(0);
  });

  test("goes on although one of the recordings is none, and ends with 1", async () => {
    const at = await recordings("broken", { "walk.wav": walk.path });
    await writeFile(join(at, "notes.mp3"), "no audio");
    const args = ["transcribe", join(at, "notes.mp3"), join(at, "walk.wav"), "--out", at];
    const ended = await run([...args, "--json", "--at-once", "1"]);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/notes\.mp3: FAILED\. \w/) });
    expect(linesOf(ended)).toEqual([
      {
        source: join(at, "notes.mp3"),
        status: "failed",
        job: expect.stringMatching(/^job_/),
        error: expect.objectContaining({ code: "unsupported_format" }),
      },
      expect.objectContaining({ status: "completed", files: [join(at, "walk.txt")] }),
    ]);
    expect((await readdir(at)).sort()).toEqual(["notes.mp3", "walk.txt", "walk.wav"]);
  });

  test("refuses what is wrong before anything is sent", async () => {
    const { env, jobs } = await asTenant("refused");
    const one = join(await recordings("one", { "walk.wav": walk.path }), "walk.wav");
    const second = join(await recordings("second", { "walk.wav": walk.path }), "walk.wav");
    const refusals: [args: string[], said: RegExp][] = [
      [["nowhere.mp3"], /nowhere\.mp3: there is no such file/],
      [["."], /is not a file/],
      [[one, talk.path], /--out/],
      [[one, second, "--out", "."], /walk\.txt would be written twice/],
      [[one, "--format", "srt,doc"], /verbose_json, json, text/],
      [[one, "--fromat", "srt"], /--format/],
      [[], /recordings/],
      [[one, "--at-once", "51"], /from 1 to 50/],
    ];
    const ended = await Promise.all(refusals.map(([args]) => run(["transcribe", ...args], env)));
    expect(ended).toEqual(
      refusals.map(([, said]) => ({ code: 2, stdout: "", stderr: expect.stringMatching(said) })),
    );
    expect(await jobs()).toEqual([]);
  });
});

describe("every command", () => {
  test("needs to know where and who, and says how to tell it", async () => {
    expect(await run(["jobs"], { DIARIST_URL: "" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("export DIARIST_URL=http://127.0.0.1:8787"),
    });
    expect(await run(["jobs"], { DIARIST_API_KEY: "" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("export DIARIST_API_KEY=dev-api-key"),
    });
    expect(await run(["jobs"], { DIARIST_URL: "diarist" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("must be a URL"),
    });
  });

  const commands = [["transcribe", talk.path], ["jobs"], ["get", "job_1"], ["listen"], ["keys"]];

  test("ends with 3 when the key is wrong", async () => {
    const ended = await Promise.all(commands.map((args) => run(args, { DIARIST_API_KEY: "wrong" })));
    const stderr = expect.stringMatching(/not known or has been revoked.*DIARIST_API_KEY/s);
    expect(ended).toEqual(commands.map(() => ({ code: 3, stdout: "", stderr })));
  });

  test("ends with 4 when nobody is there", async () => {
    const ended = await Promise.all(commands.map((args) => run(args, { DIARIST_URL: "http://127.0.0.1:1" })));
    const stderr = expect.stringContaining("http://127.0.0.1:1 could not be reached");
    expect(ended).toEqual(commands.map(() => ({ code: 4, stdout: "", stderr })));
  });

  test("has help with examples, which is no failure", async () => {
    expect(await run(["--help"])).toMatchObject({ code: 0, stdout: expect.stringContaining("Exit codes:") });
    const ended = await Promise.all(commands.map(([command = ""]) => run([command, "--help"])));
    expect(ended).toEqual(
      commands.map(([command]) => ({
        code: 0,
        stdout: expect.stringContaining(`diarist ${command}`),
        stderr: "",
      })),
    );
  });
});

/** More rows like this job's; nothing else of it is copied. */
async function copyJob(id: string, times: number): Promise<void> {
  const { db } = diarist.stack;
  const { results } = await db.prepare("SELECT name FROM pragma_table_info('jobs') WHERE name <> 'id'").all();
  const columns = results.map(({ name }) => name).join(", ");
  await db
    .prepare(
      `WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < ?)
       INSERT INTO jobs (id, ${columns}) SELECT substr(id, 1, 26) || printf('%04d', n), ${columns}
       FROM jobs, copies WHERE id = ?`,
    )
    .bind(times, id)
    .run();
}

describe("jobs and get", () => {
  test("list more jobs than a page holds, filtered", async () => {
    const { env, jobs } = await asTenant("many");
    await run(["transcribe", walk.path, "--tag", "first"], env);
    const [first] = await jobs();
    await copyJob(first?.id ?? "", 100);
    const listed = linesOf<ShownJob>(await run(["jobs", "--json", "--limit", "1000"], env));
    expect(new Set(listed.map(({ id }) => id)).size).toBe(101);
    expect(linesOf<ShownJob>(await run(["jobs", "--tag", "first", "--json"], env))).toEqual([first]);
    expect((await run(["jobs", "--limit", "2"], env)).stdout.trim().split("\n")).toHaveLength(3);
  });

  test("show a job, wait for it, and read its transcript", async () => {
    const { env, jobs } = await asTenant("one");
    await run(["transcribe", talk.path], env);
    const [job] = await jobs();
    const id = job?.id ?? "";
    expect((await run(["get", id], env)).stdout).toMatch(
      /status +completed[\s\S]+speakers +SPEAKER_00, SPEAKER_01/,
    );
    expect(linesOf(await run(["get", id, "--wait", "--json"], env))).toEqual([job]);
    expect(readStrictSrt((await run(["get", id, "--format", "srt"], env)).stdout).length).toBeGreaterThan(0);
    await run(["get", id, "--format", "verbose_json", "--out", "talk.json"], env);
    expect(JSON.parse(await readFile(join(folder, "talk.json"), "utf8"))).toHaveProperty("speaker_segments");
  });

  test("find what was said, and exit with 1 when it was said nowhere", async () => {
    const { env, jobs } = await asTenant("search");
    await run(["transcribe", talk.path], env);
    const [job] = await jobs();
    const said = JSON.parse((await run(["get", job?.id ?? "", "--format", "verbose_json"], env)).stdout);
    const [{ word, start }] = said.words;
    const found = await run(["search", word, "--json"], env);
    expect(found.code).toBe(0);
    expect(linesOf(found)[0]).toMatchObject({ job_id: job?.id, start });
    expect((await run(["search", word, "--job", job?.id ?? ""], env)).stdout).toContain(basename(talk.path));
    expect(await run(["search", word, "--speaker", "Nobody"], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Nothing found"),
    });
  });

  test("say that a job is not there", async () => {
    expect(await run(["get", "job_1"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not_found"),
    });
  });
});

test("keys are created by the operator or with a key that may, listed, and revoked at once", async () => {
  const tenant = await asTenant("keys");
  const create = ["keys", "create", "laptop", "--tenant", tenant.id];
  const created = await run([...create, "--json"], { DIARIST_API_KEY: OPERATOR_KEY });
  const [made] = linesOf<{ id: string; key: string }>(created);
  const env = { DIARIST_API_KEY: made?.key ?? "" };
  expect((await run(["keys"], env)).stdout).toMatch(new RegExp(`${made?.id} +laptop .* -$`, "m"));
  expect(await run(["keys", "revoke", made?.id ?? ""], tenant.env)).toMatchObject({ code: 0 });
  expect(await run(["keys"], env)).toMatchObject({ code: 3 });

  const reader = ["keys", "create", "reader", "--scopes", "jobs:read", "--expires", "2999-01-01T00:00:00Z"];
  const [own] = linesOf<{ id: string; key: string }>(await run([...reader, "--json"], tenant.env));
  expect((await run(["keys"], tenant.env)).stdout).toMatch(
    new RegExp(`${own?.id} +reader +jobs:read +- +2999-01-01T00:00:00.000Z +-$`, "m"),
  );
  expect(await run(["keys"], { DIARIST_API_KEY: own?.key ?? "" })).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("scope_missing"),
  });
});
