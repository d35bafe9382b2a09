// A recording in Slack, from the message it is shared with to the thread under it.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { compareWithTruth } from "../support/audio/compare-with-truth.ts";
import { bytesOf, type Recording, record, TALK } from "../support/audio/recordings.ts";
import { eventually } from "../support/eventually.ts";
import { type FileHost, startFileHost } from "../support/stack/file-host.ts";
import { openSlackDiarist } from "../support/stack/open-diarist.ts";
import { type SlackDiarist, wordsOf } from "../support/stack/slack.ts";

let diarist: SlackDiarist;
let host: FileHost;
let talk: Recording;
let bytes: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  [diarist, host, talk] = await Promise.all([openSlackDiarist(), startFileHost(), record(TALK)]);
  bytes = await bytesOf(talk);
});
beforeEach(() => {
  diarist.slack.clearCalls();
  diarist.slack.configure({ reset: true, app_url: diarist.url });
});
afterAll(() => Promise.all([diarist?.close(), host?.close()]));

const said = () => talk.truth.words.map(({ word }) => word).join(" ");
const share = (more: object = {}) =>
  diarist.slack.userActions.shareFile({ channel: "general", file: { name: "talk.wav", bytes }, ...more });

/** In the order in which a job goes through them. */
const STAGES = [
  ": received.",
  ": being fetched.",
  ": being transcribed",
  ": being put together",
  ": transcribed, ",
];
const stageOf = (text: string) => STAGES.findIndex((stage) => text.includes(stage));

test("a recording dropped in a channel is a thread: one message edited in order, an excerpt, files with every word", async () => {
  const shared = share();
  const { status, excerpt, txt, srt, jobId } = await diarist.transcribed(shared);

  const stages = status.versions.map(({ text }) => stageOf(text));
  expect(stages).not.toContain(-1);
  expect(stages).toEqual(stages.toSorted((a, b) => a - b));
  expect(stages.at(-1)).toBe(STAGES.length - 1);
  expect(status.text).toContain("2 speakers");

  expect(excerpt.text).toMatch(/^`00:00:00` SPEAKER_0\d: good morning all\n/);
  expect(wordsOf(txt)).toBe(said());
  expect(wordsOf(srt)).toBe(said());
  expect(diarist.repliesTo(shared.message)).toHaveLength(3);

  const link = /<(http[^|]+)\|/.exec(status.text)?.[1] ?? "";
  const linked = await fetch(link);
  const transcript = (await linked.json()) as Transcript; // its shape is what compareWithTruth looks at
  expect(compareWithTruth(transcript, talk.truth)).toEqual([]);

  const key = /#\/shared\/([^|]+)\|Read and listen/.exec(status.text)?.[1] ?? "";
  expect((await diarist.call(`/v1/jobs/${jobId}/audio`, { method: "HEAD" }, key)).status).toBe(200);

  const calls = diarist.slack.calls();
  expect(calls.map(({ method }) => method)).toContain("files.cdn");
  expect(calls.filter(({ outcome }) => outcome !== "ok" && outcome !== "redirect")).toEqual([]);
  expect(calls.flatMap(({ unknown_arguments, messages }) => [...unknown_arguments, ...messages])).toEqual([]);
});

test("speakers are renamed in a dialog, what was posted follows, and a link that was ended stays ended", async () => {
  const shared = share();
  const { status, excerpt, jobId } = await diarist.transcribed(shared);
  await diarist.call(`/v1/jobs/${jobId}/share`, { method: "DELETE" });
  const first = /SPEAKER_\d+/.exec(excerpt.text)?.[0] ?? "";
  const { userActions } = diarist.slack;
  await userActions.press({ channel: "general", ts: status.ts, action_id: "diarist_rename" });
  await eventually(() => diarist.slack.state().views).toHaveLength(1);
  const [view] = diarist.slack.state().views;
  await userActions.submit({ view: view?.id ?? "", values: { [first]: "Anna" } });
  expect(diarist.slack.state().views).toEqual([]);

  await eventually(async () => (await diarist.transcribed(shared)).txt).toContain("Anna: good morning all");
  await eventually(async () => (await diarist.transcribed(shared)).excerpt.text).toContain(
    "Anna: good morning",
  );
  // The files of before are taken back once the new ones are there.
  await eventually(() => diarist.repliesTo(shared.message).flatMap(({ files }) => files)).toHaveLength(2);
  const { srt } = await diarist.transcribed(shared);
  expect((await diarist.transcribed(shared)).status.text).not.toContain("Read and listen");
  expect(srt).toContain("Anna: ");
  expect(wordsOf(srt.replaceAll("Anna: ", ""))).toBe(said());
});

test("the delete button takes back what was posted, and the job is gone", async () => {
  const shared = share();
  const { status, jobId } = await diarist.transcribed(shared);
  await diarist.slack.userActions.press({ channel: "general", ts: status.ts, action_id: "diarist_delete" });
  await eventually(() => diarist.repliesTo(shared.message).map(({ text, files }) => [text, files])).toEqual([
    [expect.stringContaining("was deleted"), []],
  ]);
  expect((await diarist.call(`/v1/jobs/${jobId}`)).status).toBe(404);
});

test("a failure is told in the thread with what to do, and Try again goes on in the same thread", async () => {
  const shared = diarist.slack.userActions.shareFile({
    channel: "general",
    file: { name: "talk.wav", bytes },
  });
  diarist.slack.configure({ faults: [{ match: { method: "files.download" }, do: { kind: "html" } }] });
  const status = () => diarist.repliesTo(shared.message)[0];
  await eventually(() => status()?.text).toContain("could not be transcribed");
  expect(status()?.text).toContain("files:read");

  diarist.slack.configure({ faults: [] });
  const ts = status()?.ts ?? "";
  await diarist.slack.userActions.press({ channel: "general", ts, action_id: "diarist_retry" });
  const thread = await diarist.transcribed(shared);
  expect(thread.status.ts).toBe(ts);
  expect(wordsOf(thread.txt)).toBe(said());
});

test("Slack that limits, breaks off after a message and fails at a file hears everything once all the same", async () => {
  diarist.slack.configure({
    messages_per_second: 1,
    faults: [
      { match: { method: "files.info" }, do: { status: 429, headers: { "Retry-After": 1 } }, times: 1 },
      { match: { method: "chat.postMessage" }, do: { kind: "drop_after" }, times: 1 },
      { match: { method: "chat.update" }, do: { status: 429, headers: { "Retry-After": 1 } }, times: 1 },
      { match: { method: "files.completeUploadExternal" }, do: { kind: "drop" }, times: 1 },
    ],
  });
  const shared = share({ channel: "dm" });
  const { status, txt } = await diarist.transcribed(shared);
  expect(stageOf(status.text)).toBe(STAGES.length - 1);
  expect(wordsOf(txt)).toBe(said());
  const all = diarist.slack.messages(shared.message.channel, shared.message.ts);
  expect(all.filter(({ is_from_app }) => is_from_app)).toHaveLength(3);
  expect(diarist.slack.calls().filter(({ outcome }) => outcome.startsWith("fault:"))).toHaveLength(4);
});

test("in a direct message, in a private channel, in reply to somebody", async () => {
  const { userActions } = diarist.slack;
  userActions.invite({ channel: "board" });
  const { message } = userActions.post({ channel: "board", text: "Who has the recording?" });
  const file = { name: "talk.wav", bytes };
  const direct = userActions.shareFile({ channel: "dm", file });
  const reply = userActions.shareFile({ channel: "board", file, thread_ts: message.ts });
  expect(wordsOf((await diarist.transcribed(direct)).txt)).toBe(said());
  expect(wordsOf((await diarist.transcribed({ ...reply, message })).txt)).toBe(said());
});

test("told of a file before Slack knows where it is shared, the app waits and answers in the right thread", async () => {
  diarist.slack.configure({ bot_events: ["file_shared"], shares_after: 1 });
  const shared = share({ channel: "dm" });
  expect(wordsOf((await diarist.transcribed(shared)).txt)).toBe(said());
});

test("a clip, a file of another organisation, and one of which Slack only knows the name", async () => {
  const clip = share({
    file: { name: "audio_message.wav", bytes, subtype: "slack_audio", duration_ms: 5000 },
  });
  diarist.slack.userActions.invite({ channel: "partners" });
  const foreign = share({ channel: "partners", file: { name: "call.wav", bytes, is_foreign: true } });
  const sparse = { name: "memo.wav", bytes, mimetype: "application/octet-stream", filetype: "binary" };
  const named = share({ channel: "dm", file: sparse });
  for (const shared of [clip, foreign, named]) {
    expect(wordsOf((await diarist.transcribed(shared)).txt)).toBe(said());
  }
});

test("the shortcut takes a recording that was shared before the bot came", async () => {
  const { userActions } = diarist.slack;
  userActions.kick({ channel: "partners" });
  const shared = share({ channel: "partners" });
  expect(await shared.told).toEqual([]);
  userActions.invite({ channel: "partners" });
  const place = { channel: "partners", ts: shared.message.ts, callback_id: "transcribe" };
  expect(await userActions.shortcut(place)).toMatchObject({ state: "delivered" });
  expect(wordsOf((await diarist.transcribed(shared)).txt)).toBe(said());
});

test("/transcribe takes a URL, a language and how many speak", async () => {
  const url = host.serveBytes("talk.wav", bytes, "audio/wav");
  const general = diarist.slack.state().channels.find(({ name }) => name === "general")?.id ?? "";
  const before = diarist.slack.messages(general).length;
  await diarist.slack.userActions.command({
    channel: "general",
    command: "/transcribe",
    text: `${url} en 2`,
  });
  const added = () => diarist.slack.messages(general).slice(before);
  await eventually(() =>
    added()
      .map(({ files }) => files.length)
      .filter(Boolean),
  ).toEqual([2]);
  // The answer to who asked, and the thread for all: Slack shows them in the order in which they come.
  expect(added().map(({ ephemeral_to }) => typeof ephemeral_to)).toContain("string");
  const status = added().find(({ blocks }) => blocks.length > 0);
  const { data } = Object(await (await diarist.call("/v1/jobs?limit=1")).json());
  expect(data[0]).toMatchObject({
    status: "completed",
    options: { language: "en", min_speakers: 2, max_speakers: 2 },
  });
  expect(JSON.stringify(status?.blocks)).toContain(data[0].id);
});

test("what is no recording is passed over, unless somebody spoke to the bot", async () => {
  const file = { name: "slides.png", bytes: new Uint8Array(10) };
  const ignored = share({ file });
  const asked = share({ file, text: "@diarist what does it say?" });
  await eventually(() => diarist.repliesTo(asked.message).map(({ text }) => text)).toEqual([
    expect.stringContaining("audio and video"),
  ]);
  await ignored.told;
  expect(diarist.repliesTo(ignored.message)).toEqual([]);
});
