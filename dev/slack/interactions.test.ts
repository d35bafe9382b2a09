// What people do with the app: commands, shortcuts, buttons, modals.

import type { AnyMessageBlock, ModalView } from "slack-web-api-client";
import { expect, test } from "vitest";
import { startInstalled } from "./testing/harness.ts";

const actions: AnyMessageBlock = {
  type: "actions",
  block_id: "buttons",
  elements: [
    {
      type: "button",
      action_id: "rename",
      value: "job_1",
      text: { type: "plain_text", text: "Rename speakers" },
    },
  ],
};

const modal: ModalView = {
  type: "modal",
  callback_id: "rename",
  private_metadata: "job_1",
  title: { type: "plain_text", text: "Rename speakers" },
  submit: { type: "plain_text", text: "Save" },
  blocks: [
    {
      type: "input",
      block_id: "SPEAKER_00",
      label: { type: "plain_text", text: "SPEAKER_00" },
      element: { type: "plain_text_input", action_id: "name", max_length: 10 },
    },
  ],
};

/** The body of a form as an object; the payload read. */
function formOf(body: string) {
  const { payload, ...rest } = Object.fromEntries(new URLSearchParams(body));
  return { ...rest, ...(payload === undefined ? {} : JSON.parse(payload)) };
}

/** An app with a message that has a button. */
async function startWithButton() {
  const started = await startInstalled({ settings: { echo: false } });
  const { api, general } = started;
  const { ts = "" } = await api.chat.postMessage({ channel: general, text: "Done", blocks: [actions] });
  return { ...started, ts };
}

test("a command comes as a form, and what it is answered only its person sees", async () => {
  const { standIn, app, general, team } = await startInstalled();
  app.answer = () => ({ body: "On it" });
  await standIn.userActions.command({
    channel: "general",
    user: "bob",
    command: "/transcribe",
    text: "https://x.test/a.mp3 de",
  });
  const [received] = app.received;
  expect(received?.path).toBe("/slack/commands");
  expect(formOf(received?.body ?? "")).toMatchObject({
    command: "/transcribe",
    text: "https://x.test/a.mp3 de",
    channel_id: general,
    team_id: team,
    user_name: "bob",
  });
  const bob = standIn.state().users.find(({ name }) => name === "bob")?.id;
  expect(standIn.messages(general)).toMatchObject([{ text: "On it", ephemeral_to: bob, is_from_app: true }]);
});

test("a response_url takes five messages within half an hour", async () => {
  const { standIn, app, general, clock } = await startInstalled();
  await standIn.userActions.command({ channel: "general", command: "/transcribe" });
  const { response_url } = formOf(app.received[0]?.body ?? "");
  const say = (saying: object) =>
    fetch(response_url, { method: "POST", body: JSON.stringify(saying) }).then(({ status }) => status);
  expect(await say({ text: "hello", response_type: "in_channel" })).toBe(200);
  expect(standIn.messages(general)).toMatchObject([{ text: "hello", ephemeral_to: null }]);
  for (let n = 2; n <= 5; n++) expect(await say({ text: "more" })).toBe(200);
  expect(await say({ text: "a sixth" })).toBe(404);

  await standIn.userActions.command({ channel: "general", command: "/transcribe" });
  const late = formOf(app.received[1]?.body ?? "").response_url;
  clock.pass(30 * 60_000 + 1);
  expect((await fetch(late, { method: "POST", body: '{"text":"late"}' })).status).toBe(404);
});

test("a shortcut brings the message it was used on, its files included", async () => {
  const { standIn, app } = await startInstalled();
  const file = { name: "standup.mp3", bytes: new Uint8Array([1]) };
  const { message, told } = standIn.userActions.shareFile({ channel: "general", file });
  await told;
  await standIn.userActions.shortcut({ channel: "general", ts: message.ts, callback_id: "transcribe" });
  expect(formOf(app.received.at(-1)?.body ?? "")).toMatchObject({
    type: "message_action",
    callback_id: "transcribe",
    message_ts: message.ts,
    message: { files: [{ name: "standup.mp3" }] },
  });
});

test("a pressed button opens a modal, and the modal's answer closes it", async () => {
  const { standIn, app, api, ts, general } = await startWithButton();
  await standIn.userActions.press({ channel: "general", ts, action_id: "rename" });
  const pressed = formOf(app.received[0]?.body ?? "");
  expect(pressed).toMatchObject({
    type: "block_actions",
    container: { message_ts: ts, channel_id: general },
    actions: [{ action_id: "rename", block_id: "buttons", value: "job_1", type: "button" }],
  });
  const opened = await api.views.open({ trigger_id: pressed.trigger_id, view: modal });
  const view = opened.view?.id ?? "";
  expect(standIn.state().views).toMatchObject([{ id: view, view: { callback_id: "rename" } }]);

  app.answer = () => ({
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ response_action: "errors", errors: { SPEAKER_00: "Too plain" } }),
  });
  await standIn.userActions.submit({ view, values: { name: "Ann" } });
  expect(standIn.state().views).toHaveLength(1);
  app.answer = () => ({});
  await standIn.userActions.submit({ view, values: { name: "Anna" } });
  expect(standIn.state().views).toEqual([]);
  expect(formOf(app.received.at(-1)?.body ?? "")).toMatchObject({
    type: "view_submission",
    view: {
      callback_id: "rename",
      private_metadata: "job_1",
      state: { values: { SPEAKER_00: { name: { type: "plain_text_input", value: "Anna" } } } },
    },
  });
});

test("a modal refuses what Slack's window would not send", async () => {
  const { standIn, app, api, ts } = await startWithButton();
  await standIn.userActions.press({ channel: "general", ts, action_id: "rename" });
  const { trigger_id } = formOf(app.received[0]?.body ?? "");
  const view = (await api.views.open({ trigger_id, view: modal })).view?.id ?? "";
  await expect(standIn.userActions.submit({ view, values: {} })).rejects.toThrow("the modal asks for name");
  await expect(standIn.userActions.submit({ view, values: { name: "x".repeat(11) } })).rejects.toThrow(
    "0 to 10 characters",
  );
  await expect(standIn.userActions.submit({ view, values: { name: "Ann", nam: "x" } })).rejects.toThrow(
    "no input nam",
  );
  await expect(standIn.userActions.press({ channel: "general", ts, action_id: "nothing" })).rejects.toThrow(
    "no button nothing",
  );
});

test("a trigger works once and for three seconds", async () => {
  const { standIn, app, api, ts, clock } = await startWithButton();
  const press = async () => {
    await standIn.userActions.press({ channel: "general", ts, action_id: "rename" });
    return String(formOf(app.received.at(-1)?.body ?? "").trigger_id);
  };
  const open = (trigger_id: string) => api.views.open({ trigger_id, view: modal });
  const first = await press();
  clock.pass(3_000);
  expect(await open(first)).toMatchObject({ ok: true });
  await expect(open(first)).rejects.toMatchObject({ error: "exchanged_trigger_id" });
  const second = await press();
  clock.pass(3_001);
  await expect(open(second)).rejects.toMatchObject({ error: "expired_trigger_id" });
  await expect(open("12.34.ab")).rejects.toMatchObject({ error: "invalid_trigger_id" });
});

test("an open modal is changed by its id, unless it changed meanwhile", async () => {
  const { standIn, app, api, ts } = await startWithButton();
  await standIn.userActions.press({ channel: "general", ts, action_id: "rename" });
  const { trigger_id } = formOf(app.received[0]?.body ?? "");
  const { id = "", hash = "" } = (await api.views.open({ trigger_id, view: modal })).view ?? {};
  const changed = { ...modal, callback_id: "renamed" };
  expect(await api.views.update({ view_id: id, hash, view: changed })).toMatchObject({ ok: true });
  expect(standIn.state().views).toMatchObject([{ view: { callback_id: "renamed" } }]);
  await expect(api.views.update({ view_id: id, hash, view: modal })).rejects.toMatchObject({
    error: "hash_conflict",
  });
  await standIn.userActions.closeView({ view: id });
  await expect(api.views.update({ view_id: id, view: modal })).rejects.toMatchObject({ error: "not_found" });
});

test("a command or a button is sent once, even if the app fails", async () => {
  const { standIn, app, ts } = await startWithButton();
  app.answer = () => ({ status: 500 });
  const delivery = await standIn.userActions.press({ channel: "general", ts, action_id: "rename" });
  expect(delivery).toMatchObject({ state: "given_up", attempts: [{ failure: "http_error" }] });
});
