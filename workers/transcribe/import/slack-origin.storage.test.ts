import { describe, expect, test } from "vitest";
import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { currentKeyId, seal } from "../../../shared/secrets/seal.ts";
import { commandId } from "../../../shared/storage/slack-threads.ts";
import { makeWav } from "../../../tests/support/audio/wav.ts";
import { NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { SIGNING_KEY, TENANT } from "../../../tests/support/stack/tenant.ts";
import { useImportAttempts } from "../../../tests/support/workers/import-attempts.ts";

const { db, on, insertImport, run } = await useImportAttempts();
const logs = useLogs();

const TOKEN = "xoxb-secret";
const FILE = "https://files.slack.com/files-pri/T1-F1/download/talk.wav";
const thread = () => ({
  teamId: "T1",
  channelId: "C1",
  fileId: newId("slk", NOW),
  threadTs: "1.1",
  userId: "U1",
  responseUrl: null,
});

async function connect(tenantId = TENANT): Promise<void> {
  const values = ["T1", tenantId, "key_1", "Acme", "A1", "U9", "files:read", await seal(SIGNING_KEY, TOKEN)];
  await db
    .prepare(
      `INSERT INTO slack_installs (team_id, tenant_id, key_id, team_name, app_id, bot_user_id, scopes, token,
         sealed_with, installed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
    )
    .bind(...values, await currentKeyId(SIGNING_KEY))
    .run();
}

const importFile = (sourceUrl = FILE): Promise<Job> => insertImport({ sourceUrl, thread: thread() });

/** Answers the file, and notes what authorization each host was sent. */
function serve(urls: Record<string, string | null>): string[] {
  const sent: string[] = [];
  for (const [url, location] of Object.entries(urls)) {
    on(url, (response, request) => {
      sent.push(`${new URL(url).host} ${request.headers.authorization ?? "-"}`);
      if (location !== null) return void response.writeHead(302, { location }).end();
      response.writeHead(200, { "content-type": "audio/wav" }).end(makeWav(1));
    });
  }
  return sent;
}

describe("a file in Slack", () => {
  test("is opened with the token of the workspace's bot, which the job does not hold", async () => {
    await connect();
    const sent = serve({ [FILE]: null });
    const { job } = await run(await importFile());
    expect(job.audioKey).not.toBeNull();
    expect(sent).toEqual([`files.slack.com Bearer ${TOKEN}`]);
    const { results } = await db.prepare("SELECT * FROM jobs LEFT JOIN imports ON job_id = id").all();
    expect(JSON.stringify(results)).not.toContain("xoxb");
    expect(JSON.stringify(logs())).not.toContain("xoxb");
  });

  test("keeps its token within Slack, wherever redirects lead", async () => {
    await connect();
    const cdn = "https://d1.example.net/talk.wav";
    const sent = serve({
      [FILE]: "https://files-origin.slack.com/talk.wav",
      "https://files-origin.slack.com/talk.wav": cdn,
      [cdn]: null,
    });
    const { job } = await run(await importFile());
    expect(job.audioKey).not.toBeNull();
    expect(sent).toEqual([
      `files.slack.com Bearer ${TOKEN}`,
      `files-origin.slack.com Bearer ${TOKEN}`,
      "d1.example.net -",
    ]);
  });

  test.each([
    ["says so", { "content-type": "text/html; charset=utf-8" }, "<!DOCTYPE html><html>Sign in</html>"],
    ["hides it", { "content-type": "audio/wav" }, "\n  <!doctype html>\n<html lang=en>Sign in</html>"],
    ["has no doctype", { "content-type": "application/octet-stream" }, "<html><head>Sign in"],
  ])("that is a sign-in page, which %s, tells which permission is missing", async (_, headers, body) => {
    await connect();
    on(FILE, (response) => void response.writeHead(200, headers).end(body));
    const { job } = await run(await importFile());
    expect(job).toMatchObject({
      status: "failed",
      audioKey: null,
      error: { code: "slack_permission_missing", retryable: true },
    });
    expect(job.error?.action).toContain("files:read");
  });

  test("that is gone says so", async () => {
    await connect();
    const { job } = await run(await importFile());
    expect(job).toMatchObject({ status: "failed", error: { code: "slack_file_unreachable" } });
    expect(job.error?.message).toContain("404");
  });

  test("of a workspace that has left asks for a new installation", async () => {
    const sent = serve({ [FILE]: null });
    const { job } = await run(await importFile());
    expect(job).toMatchObject({ status: "failed", error: { code: "slack_disconnected" } });
    expect(sent).toEqual([]);
  });

  test("of a workspace that is another tenant's by now is not opened with its token", async () => {
    await db.prepare("INSERT INTO tenants (id, name, created_at) VALUES ('ten_other', 'Other', 0)").run();
    await connect("ten_other");
    const sent = serve({ [FILE]: null });
    expect((await run(await importFile())).job).toMatchObject({ error: { code: "slack_disconnected" } });
    expect(sent).toEqual([]);
  });
});

test("a job that only names a file of Slack's gets no token", async () => {
  await connect();
  const sent = serve({ [FILE]: null });
  await run(await insertImport({ sourceUrl: FILE }));
  expect(sent).toEqual(["files.slack.com -"]);
});

test("an address within Slack that somebody typed gets no token: the bot may see more than they", async () => {
  await connect();
  const sent = serve({ [FILE]: null });
  await run(await insertImport({ sourceUrl: FILE, thread: { ...thread(), fileId: commandId("v0=1") } }));
  expect(sent).toEqual(["files.slack.com -"]);
});

test("a URL given to /transcribe gets no token", async () => {
  await connect();
  const other = "https://files.example.com/talk.wav";
  const sent = serve({ [other]: null });
  await run(await importFile(other));
  expect(sent).toEqual(["files.example.com -"]);
});
