// The clients that apps really use, pointed at the stand-in: Slack's own, and the one that runs in Workers.

import { WebClient } from "@slack/web-api";
import { SlackAPIClient } from "slack-web-api-client";
import { expect, test } from "vitest";
import { client, install, start, startInstalled } from "./testing/harness.ts";

const words = new TextEncoder().encode("good morning all\n");

test("the client of the Workers installs, posts, corrects, uploads into the thread and takes back", async () => {
  const { api, general, standIn, botUser, team } = await startInstalled();
  expect(await api.auth.test()).toMatchObject({ ok: true, user_id: botUser, team_id: team });

  const { ts = "" } = await api.chat.postMessage({ channel: general, text: "Received" });
  await api.chat.update({ channel: general, ts, text: "Done", blocks: [{ type: "divider" }] });
  const ticket = await api.files.getUploadURLExternal({ filename: "talk.txt", length: words.length });
  await fetch(ticket.upload_url ?? "", { method: "POST", body: words });
  await api.files.completeUploadExternal({
    files: [{ id: ticket.file_id ?? "", title: "Transcript" }],
    channel_id: general,
    thread_ts: ts,
  });

  const [status, upload] = standIn.messages(general, ts);
  expect(status?.versions.map(({ text }) => text)).toEqual(["Received", "Done"]);
  expect(upload?.files).toMatchObject([{ name: "talk.txt", title: "Transcript", size: words.length }]);
  expect(standIn.fileBytes(upload?.files[0]?.id ?? "")).toEqual(Buffer.from(words));

  await api.chat.delete({ channel: general, ts });
  expect(standIn.messages(general, ts)[0]?.is_deleted).toBe(true);
  expect(standIn.calls().flatMap(({ unknown_arguments }) => unknown_arguments)).toEqual([]);
});

test("Slack's own client does the same, its uploadV2 included", async () => {
  const { url, token, general, standIn } = await startInstalled();
  const web = new WebClient(token, {
    slackApiUrl: new URL("api/", url).href,
    retryConfig: { retries: 0 },
  });
  expect((await web.users.info({ user: standIn.state().users[0]?.id ?? "" })).user?.name).toBe("alice");
  expect((await web.conversations.info({ channel: general })).channel?.name).toBe("general");
  const { ts = "" } = await web.chat.postMessage({ channel: general, text: "Received" });
  await web.chat.update({ channel: general, ts, text: "Done" });
  await web.filesUploadV2({
    channel_id: general,
    thread_ts: ts,
    filename: "talk.srt",
    file: Buffer.from(words),
  });
  const [status, upload] = standIn.messages(general, ts);
  expect(status?.text).toBe("Done");
  expect(upload?.files.map(({ name }) => name)).toEqual(["talk.srt"]);
});

test("what a token may not, both clients hear in Slack's words", async () => {
  const { api, url, general } = await startInstalled({}, ["channels:history"]);
  await expect(api.chat.postMessage({ channel: general, text: "hi" })).rejects.toMatchObject({
    error: "missing_scope",
    result: { needed: "chat:write", provided: "channels:history" },
  });
  await expect(client(url, "xoxb-made-up").auth.test()).rejects.toMatchObject({ error: "invalid_auth" });
  await expect(client(url).auth.test()).rejects.toMatchObject({ error: "not_authed" });
  const web = new WebClient("xoxb-made-up", { slackApiUrl: new URL("api/", url).href });
  await expect(web.auth.test()).rejects.toMatchObject({ data: { error: "invalid_auth" } });
});

test("a workspace's token is of no use in another", async () => {
  const { standIn, url, general } = await startInstalled();
  const { token } = await install(standIn, url, { team: "Globex" });
  await expect(client(url, token).chat.postMessage({ channel: general, text: "hi" })).rejects.toMatchObject({
    error: "channel_not_found",
  });
});

test("an OAuth code works once, for its redirect address, for ten minutes", async () => {
  const { standIn, url, clock } = await start();
  const redirect_uri = "https://app.test/back";
  const { client_id, client_secret } = standIn.app;
  const page = new URL("/oauth/v2/authorize", url);
  page.search = new URLSearchParams({
    client_id,
    scope: "chat:write",
    redirect_uri,
    state: "xyz",
  }).toString();
  const newCode = async () => {
    const back = await standIn.userActions.authorize(page);
    expect(back.searchParams.get("state")).toBe("xyz");
    return back.searchParams.get("code") ?? "";
  };
  const api = client(url);
  const access = (code: string, more: object = {}) =>
    api.oauth.v2.access({ client_id, client_secret, code, redirect_uri, ...more });

  const code = await newCode();
  await expect(access(code, { client_secret: "no" })).rejects.toMatchObject({ error: "bad_client_secret" });
  await expect(access(code, { client_id: "no" })).rejects.toMatchObject({ error: "invalid_client_id" });
  await expect(access(code, { redirect_uri: "https://x.test" })).rejects.toMatchObject({
    error: "bad_redirect_uri",
  });
  expect(await access(code)).toMatchObject({ ok: true, scope: "chat:write", team: { name: "Acme" } });
  await expect(access(code)).rejects.toMatchObject({ error: "invalid_code" });

  const late = await newCode();
  clock.pass(600_001);
  await expect(access(late)).rejects.toMatchObject({ error: "invalid_code" });
  expect(standIn.calls().every((call) => !JSON.stringify(call).includes(client_secret))).toBe(true);
});

test("an admin who cancels is sent back with access_denied and the state", async () => {
  const { standIn, url } = await start();
  const page = new URL("/oauth/v2/authorize", url);
  page.search = new URLSearchParams({
    client_id: standIn.app.client_id,
    scope: "chat:write",
    redirect_uri: "https://app.test/back",
    state: "xyz",
  }).toString();
  const back = await standIn.userActions.authorize(page, { decision: "cancel" });
  expect(back.search).toBe("?state=xyz&error=access_denied");
  expect((await fetch(page)).headers.get("content-type")).toContain("text/html");
});

test("installed again, the app keeps its token and gains scopes", async () => {
  const { standIn, url } = await start();
  const first = await install(standIn, url, { scopes: ["files:read"] });
  const second = await install(standIn, url, { scopes: ["chat:write"] });
  expect(second).toEqual(first);
  expect(standIn.state().teams[0]?.scopes).toEqual(["files:read", "chat:write"]);
});

test("a client retries after a 429 and its Retry-After", async () => {
  const { url, token, standIn, general } = await startInstalled();
  standIn.configure({
    faults: [
      { match: { method: "chat.postMessage" }, do: { status: 429, headers: { "Retry-After": 0 } }, times: 1 },
    ],
  });
  const api = new SlackAPIClient(token, { baseUrl: new URL("api/", url).href, logLevel: "ERROR" });
  expect(await api.chat.postMessage({ channel: general, text: "hi" })).toMatchObject({ ok: true });
  expect(standIn.calls().map(({ status, outcome }) => [status, outcome])).toEqual([
    [429, "fault:ratelimited"],
    [200, "ok"],
  ]);
});
