// What Slack refuses, in its own codes, and on both sides of its limits.

import { expect, test } from "vitest";
import { startInstalled } from "./testing/harness.ts";

test("a method that is not there, and one called without what it needs", async () => {
  const { api, url, token } = await startInstalled();
  await expect(api.call("chat.shout")).rejects.toMatchObject({ error: "unknown_method" });
  await expect(api.call("chat.postMessage", { text: "hi" })).rejects.toMatchObject({
    error: "invalid_arguments",
    result: { response_metadata: { messages: ["[ERROR] missing required field: channel"] } },
  });
  await expect(api.call("views.open", { view: {} })).rejects.toMatchObject({
    result: {
      response_metadata: {
        messages: ["[ERROR] missing required field: trigger_id or interactivity_pointer"],
      },
    },
  });
  const xml = await fetch(new URL("api/auth.test", url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "text/xml" },
    body: "<x/>",
  });
  expect(await xml.json()).toMatchObject({ ok: false, error: "invalid_post_type" });
});

test("JSON is read where Slack reads it, and nowhere else", async () => {
  const { url, token, general, standIn } = await startInstalled();
  const { file } = standIn.userActions.shareFile({
    channel: "general",
    file: { name: "a.mp3", bytes: new Uint8Array(1) },
  });
  const call = async (method: string, body: object) => {
    const response = await fetch(new URL(`api/${method}`, url), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  expect(await call("chat.postMessage", { channel: general, text: "hi" })).toMatchObject({ ok: true });
  expect(await call("files.info", { file: file.id })).toMatchObject({
    ok: false,
    error: "invalid_arguments",
  });
});

test("an argument Slack does not know is ignored and noted", async () => {
  const { api, general, standIn } = await startInstalled();
  await api.call("chat.postMessage", { channel: general, text: "hi", thread_tss: "1.2" });
  expect(standIn.calls()[0]).toMatchObject({ outcome: "ok", unknown_arguments: ["thread_tss"] });
});

test("the bot posts where it is, and learns nothing of private channels it is not in", async () => {
  const { api, standIn } = await startInstalled();
  const channels = standIn.state().channels.filter(({ team }) => team === standIn.state().teams[0]?.id);
  const idOf = (name: string) => channels.find((channel) => channel.name === name)?.id ?? "";
  const post = (channel: string) => api.chat.postMessage({ channel, text: "hi" });
  await expect(post(idOf("partners"))).rejects.toMatchObject({ error: "not_in_channel" });
  await expect(post(idOf("board"))).rejects.toMatchObject({ error: "channel_not_found" });
  await expect(post("C0NOWHERE")).rejects.toMatchObject({ error: "channel_not_found" });
  standIn.userActions.kick({ channel: "general" });
  await expect(post(idOf("general"))).rejects.toMatchObject({ error: "not_in_channel" });
});

test("a reply hangs on a message that starts a thread, for posts and for files", async () => {
  const { api, general } = await startInstalled();
  const { ts = "" } = await api.chat.postMessage({ channel: general, text: "parent" });
  const reply = await api.chat.postMessage({ channel: general, text: "reply", thread_ts: ts });
  await expect(
    api.chat.postMessage({ channel: general, text: "x", thread_ts: reply.ts ?? "" }),
  ).rejects.toMatchObject({ error: "cannot_reply_to_message" });
  await expect(
    api.chat.postMessage({ channel: general, text: "x", thread_ts: "1.000000" }),
  ).rejects.toMatchObject({ error: "thread_not_found" });
  const ticket = await api.files.getUploadURLExternal({ filename: "a.txt", length: 1 });
  await fetch(ticket.upload_url ?? "", { method: "POST", body: "x" });
  const complete = (thread_ts: string) =>
    api.files.completeUploadExternal({
      files: [{ id: ticket.file_id ?? "", title: "a" }],
      channel_id: general,
      thread_ts,
    });
  await expect(complete(reply.ts ?? "")).rejects.toMatchObject({ error: "cannot_reply_to_message" });
  expect(await complete(ts)).toMatchObject({ ok: true });
  await expect(complete(ts)).rejects.toMatchObject({ error: "file_not_found" });
});

test("a message without words or blocks is none, and a long one is cut at 40,000", async () => {
  const { api, general, standIn } = await startInstalled();
  await expect(api.chat.postMessage({ channel: general, text: "" })).rejects.toMatchObject({
    error: "no_text",
  });
  await api.chat.postMessage({ channel: general, text: "x".repeat(40_001) });
  expect(standIn.messages(general)[0]?.text).toHaveLength(40_000);
});

test("a correction takes 4,000 characters, of one's own messages only", async () => {
  const { api, general, standIn } = await startInstalled();
  const { ts = "" } = await api.chat.postMessage({ channel: general, text: "mine" });
  const update = (text: string, of = ts) => api.chat.update({ channel: general, ts: of, text });
  expect(await update("x".repeat(4_000))).toMatchObject({ ok: true });
  await expect(update("x".repeat(4_001))).rejects.toMatchObject({ error: "msg_too_long" });
  await expect(update("x", "1.000000")).rejects.toMatchObject({ error: "message_not_found" });
  const { message } = standIn.userActions.post({ channel: "general", text: "alice's" });
  await expect(update("x", message.ts)).rejects.toMatchObject({ error: "cant_update_message" });
  await expect(api.chat.delete({ channel: general, ts: message.ts })).rejects.toMatchObject({
    error: "cant_delete_message",
  });
});

test("blocks that break a limit are refused where they are sent", async () => {
  const { api, general, standIn } = await startInstalled();
  const blocks = [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3_001) } }] as const;
  await expect(
    api.chat.postMessage({ channel: general, text: "t", blocks: [...blocks] }),
  ).rejects.toMatchObject({
    error: "invalid_blocks",
  });
  expect(standIn.calls().at(-1)?.messages).toEqual([
    "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
  ]);
  expect(standIn.messages(general)).toEqual([]);
});

test("with the limit on, a second message within a second and channel waits", async () => {
  const { api, general, standIn, clock } = await startInstalled({ settings: { messages_per_second: 1 } });
  await api.chat.postMessage({ channel: general, text: "one" });
  await expect(api.chat.postMessage({ channel: general, text: "two" })).rejects.toMatchObject({
    status: 429,
  });
  expect(standIn.calls().at(-1)).toMatchObject({ status: 429, outcome: "ratelimited" });
  clock.pass(1_000);
  expect(await api.chat.postMessage({ channel: general, text: "two" })).toMatchObject({ ok: true });
});

test("the app reads a thread back with its own metadata, as far as it may read at all", async () => {
  const { api, general, standIn } = await startInstalled();
  const { message } = standIn.userActions.post({ channel: "general", text: "parent" });
  const metadata = { event_type: "posted", event_payload: { job: "job_1" } };
  const { ts = "" } = await api.chat.postMessage({
    channel: general,
    text: "reply",
    thread_ts: message.ts,
    metadata,
  });
  const read = await api.conversations.replies({
    channel: general,
    ts: message.ts,
    include_all_metadata: true,
  });
  expect(read.messages).toMatchObject([{ text: "parent" }, { ts, text: "reply", metadata }]);
  const bare = (await api.conversations.replies({ channel: general, ts: message.ts })).messages?.[1];
  expect(bare?.metadata).toEqual({ event_type: "posted" });
  const since = await api.conversations.replies({ channel: general, ts: message.ts, oldest: ts });
  expect(since.messages?.map(({ text }) => text)).toEqual(["parent"]);
  expect((await api.conversations.history({ channel: general })).messages?.map(({ text }) => text)).toEqual([
    "parent",
  ]);
  await expect(
    api.call("chat.postMessage", { channel: general, text: "x", metadata: { event_type: "posted" } }),
  ).rejects.toMatchObject({ error: "invalid_metadata_format" });

  const other = await startInstalled({}, ["chat:write"]);
  await expect(other.api.conversations.history({ channel: other.general })).rejects.toMatchObject({
    error: "missing_scope",
    result: { needed: "channels:history" },
  });
});
