// What the app is told: signed, in the published shapes, several times over, and again when it does not answer.

import type { FileSharedEvent, FileShareMessageEvent } from "@slack/types";
import { expect, test, vi } from "vitest";
import { sign } from "./sign.ts";
import { client, install, start, startApp, startInstalled } from "./testing/harness.ts";

const recording = { name: "standup.m4a", bytes: new Uint8Array([1, 2, 3]) };

test("the signature is Slack's own example", () => {
  // docs.slack.dev, "Verifying requests from Slack"
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  expect(sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body)).toBe(
    "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  );
});

test("one shared file with a mention is three events, each with its own id", async () => {
  const { standIn, app, general, botUser } = await startInstalled();
  const { message, file, told } = standIn.userActions.shareFile({
    channel: "general",
    file: recording,
    text: "@diarist please",
  });
  await told;
  const [shared, ...rest] = app
    .events()
    .toSorted((a, b) => a.type.localeCompare(b.type))
    .toReversed();
  expect(shared).toMatchObject({
    type: "message",
    subtype: "file_share",
    channel: general,
    ts: message.ts,
    text: `<@${botUser}> please`,
    files: [{ id: file.id, name: "standup.m4a", mimetype: "audio/mp4", size: 3 }],
  });
  expect(rest).toMatchObject([
    { type: "file_shared", file_id: file.id, channel_id: general },
    { type: "app_mention", ts: message.ts },
  ]);
  const ids = app.received.map(({ body }) => JSON.parse(body).event_id);
  expect(new Set(ids).size).toBe(3);
  for (const { headers, body } of app.received) {
    const timestamp = headers["x-slack-request-timestamp"] ?? "";
    expect(headers["x-slack-signature"]).toBe(sign(standIn.app.signing_secret, timestamp, body));
  }
});

test("an event that fails comes again at once, after a minute, after five, and then no more", async () => {
  const { standIn, app, clock } = await startInstalled();
  app.answer = () => ({ status: 500 });
  const [delivery] = await standIn.userActions.post({ channel: "general", text: "hello" }).told;
  expect(delivery?.state).toBe("given_up");
  expect(app.received.map(({ headers }) => headers["x-slack-retry-num"])).toEqual([undefined, "1", "2", "3"]);
  expect(app.received.map(({ headers }) => headers["x-slack-retry-reason"])).toEqual([
    undefined,
    "http_error",
    "http_error",
    "http_error",
  ]);
  expect(clock.slept).toEqual([60_000, 300_000]);
  expect(new Set(app.received.map(({ body }) => body)).size).toBe(1);
});

test("a refusal with X-Slack-No-Retry is final", async () => {
  const { standIn, app } = await startInstalled();
  app.answer = () => ({ status: 500, headers: { "x-slack-no-retry": "1" } });
  const [delivery] = await standIn.userActions.post({ channel: "general", text: "hello" }).told;
  expect(delivery?.attempts).toHaveLength(1);
});

test("two redirects are followed, a third is too many", async () => {
  const { standIn, app } = await startInstalled();
  let redirects = 2;
  app.answer = () => (redirects-- > 0 ? { status: 307, headers: { location: "/next" } } : {});
  const [followed] = await standIn.userActions.post({ channel: "general", text: "hello" }).told;
  expect(followed?.state).toBe("delivered");
  redirects = 1_000;
  const [lost] = await standIn.userActions.post({ channel: "general", text: "hello" }).told;
  expect(lost?.attempts[0]?.failure).toBe("too_many_redirects");
});

test("five copies of one event come at once under one id", async () => {
  const { standIn, app } = await startInstalled({ settings: { copies: 5 } });
  await standIn.userActions.post({ channel: "general", text: "hello" }).told;
  expect(app.received).toHaveLength(5);
  expect(new Set(app.received.map(({ body }) => JSON.parse(body).event_id)).size).toBe(1);
});

test("the app is told of its own messages, corrections and uploads, unless it asks not to be", async () => {
  const { standIn, app, api, general, botUser } = await startInstalled();
  const { ts = "" } = await api.chat.postMessage({ channel: general, text: "Received" });
  await api.chat.update({ channel: general, ts, text: "Done" });
  await vi.waitUntil(() => app.received.length === 2, { interval: 2 });
  const [posted, changed] = app.events().toSorted((a, b) => Number(a["ts"]) - Number(b["ts"]));
  expect(posted).toMatchObject({ type: "message", user: botUser, bot_id: expect.stringMatching(/^B/) });
  expect(changed).toMatchObject({ subtype: "message_changed", message: { text: "Done" } });

  standIn.configure({ echo: false });
  await api.chat.postMessage({ channel: general, text: "silent" });
  await standIn.userActions.post({ channel: "general", text: "hello" }).told;
  expect(app.received).toHaveLength(3);
});

test("a file of another organisation comes with its id alone, and files.info knows it", async () => {
  const { standIn, app, api } = await startInstalled();
  const { file, told } = standIn.userActions.shareFile({
    channel: "general",
    file: { ...recording, is_foreign: true },
  });
  await told;
  const event = app.events().find(({ type }) => type === "message") as unknown as FileShareMessageEvent;
  expect(event.files).toEqual([
    { id: file.id, created: 0, timestamp: 0, user: "", mode: "file_access", file_access: "check_file_info" },
  ]);
  expect((await api.files.info({ file: file.id })).file).toMatchObject({
    name: "standup.m4a",
    url_private_download: expect.stringContaining(file.id),
  });
});

test("a clip recorded in Slack says so", async () => {
  const { standIn, api } = await startInstalled();
  const { file } = standIn.userActions.shareFile({
    channel: "general",
    file: { name: "audio_message.m4a", bytes: recording.bytes, subtype: "slack_audio", duration_ms: 4100 },
  });
  expect((await api.files.info({ file: file.id })).file).toMatchObject({
    subtype: "slack_audio",
    media_display_type: "audio",
    duration_ms: 4100,
    transcription: { status: "complete" },
  });
});

test("the app is not told of a channel its bot is not in", async () => {
  const { standIn, app, api } = await startInstalled();
  const { file, told } = standIn.userActions.shareFile({ channel: "board", file: recording });
  expect(await told).toEqual([]);
  expect(app.received).toEqual([]);
  await expect(api.files.info({ file: file.id })).rejects.toMatchObject({ error: "file_not_found" });
});

test("the app is not told of what its token's scopes do not cover", async () => {
  const { standIn, app } = await startInstalled({}, ["files:read", "chat:write"]);
  await standIn.userActions.shareFile({ channel: "general", file: recording, text: "@diarist" }).told;
  expect(app.events().map(({ type }) => type)).toEqual(["file_shared"]);
});

test("a direct message to the bot reaches it without an invitation", async () => {
  const { standIn, app } = await startInstalled();
  await standIn.userActions.shareFile({ channel: "dm", file: recording }).told;
  expect(app.events()[0]).toMatchObject({ channel_type: "im", channel: expect.stringMatching(/^D/) });
});

test("the same file shared once more is another message and another event", async () => {
  const { standIn, app } = await startInstalled();
  const first = standIn.userActions.shareFile({ channel: "general", file: recording });
  const again = standIn.userActions.shareFile({ channel: "general", file: first.file.id });
  await Promise.all([first.told, again.told]);
  const shared = app.events().filter(({ type }) => type === "file_shared") as unknown as FileSharedEvent[];
  expect(shared.map(({ file_id }) => file_id)).toEqual([first.file.id, first.file.id]);
  expect(again.message.ts).not.toBe(first.message.ts);
});

test("an app that is taken out is told twice, and its token is dead", async () => {
  const { standIn, app, api, botUser } = await startInstalled();
  await standIn.userActions.uninstall();
  expect(
    app
      .events()
      .map(({ type }) => type)
      .toSorted(),
  ).toEqual(["app_uninstalled", "tokens_revoked"]);
  expect(app.events().find(({ type }) => type === "tokens_revoked")).toMatchObject({
    tokens: { bot: [botUser] },
  });
  await expect(api.auth.test()).rejects.toMatchObject({ error: "account_inactive" });
});

test("an app that revokes its token hears so", async () => {
  const { app, api } = await startInstalled();
  await api.auth.revoke();
  await expect(api.auth.test()).rejects.toMatchObject({ error: "token_revoked" });
  await vi.waitUntil(() => app.received.length === 1, { interval: 2 });
  expect(app.events()[0]?.type).toBe("tokens_revoked");
});

test("an address is verified by its challenge", async () => {
  const { standIn } = await start();
  const app = await startApp();
  standIn.configure({ app_url: app.url });
  app.answer = ({ body }) => ({ body: JSON.parse(body).challenge });
  const { attempts } = await standIn.userActions.verifyUrl();
  expect(attempts[0]?.answer).toBe("3eZbrw1aB1");
});

test("an event that was sent can be sent once more, freshly signed", async () => {
  const { standIn, app, clock } = await startInstalled();
  const [delivery] = await standIn.userActions.post({ channel: "general", text: "hello" }).told;
  if (delivery === undefined) throw new Error("nothing was delivered");
  clock.pass(600_000);
  await standIn.sendAgain(delivery);
  const [first, again] = app.received;
  expect(again?.body).toBe(first?.body);
  expect(again?.headers["x-slack-signature"]).not.toBe(first?.headers["x-slack-signature"]);
});

test("two workspaces are told apart", async () => {
  const { standIn, url, app, team } = await startInstalled();
  const other = await install(standIn, url, { team: "Globex" });
  standIn.userActions.invite({ team: "Globex", channel: "general" });
  await standIn.userActions.post({ team: "Globex", channel: "general", text: "hello" }).told;
  expect(JSON.parse(app.received[0]?.body ?? "")).toMatchObject({ team_id: other.team });
  expect(other.team).not.toBe(team);
  expect(await client(url, other.token).auth.test()).toMatchObject({ team: "Globex" });
});
