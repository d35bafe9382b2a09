import { expect, test } from "vitest";
import { newId } from "../../../shared/id.ts";
import { NOW } from "../../../tests/support/stack/jobs.ts";
import { readInteraction } from "./read-interaction.ts";

const JOB = newId("job", NOW);
const WHO = { team: { id: "T1" }, user: { id: "U1" } };
const press = (action: object, more: object = {}) => ({
  type: "block_actions",
  ...WHO,
  channel: { id: "C1" },
  trigger_id: "tr1",
  actions: [action],
  ...more,
});
const names = (values: object) => ({
  type: "view_submission",
  ...WHO,
  view: { callback_id: "diarist_names", private_metadata: JOB, state: { values } },
});
const shortcut = (message: object, more: object = {}) => ({
  type: "message_action",
  callback_id: "transcribe",
  ...WHO,
  channel: { id: "C1" },
  response_url: "https://hooks.slack.com/app/1",
  message,
  ...more,
});

test.each([
  ["diarist_rename", "ask_names"],
  ["diarist_delete", "delete"],
  ["diarist_retry", "retry"],
])("the button %s", (action_id, kind) => {
  expect(readInteraction(press({ action_id, value: JOB }))).toEqual([
    { kind, team_id: "T1", channel_id: "C1", user_id: "U1", job_id: JOB, trigger_id: "tr1" },
  ]);
});

test("a button may name its channel in the container", () => {
  const payload = press(
    { action_id: "diarist_delete", value: JOB },
    { channel: undefined, container: { channel_id: "C2" } },
  );
  expect(readInteraction(payload)).toMatchObject([{ channel_id: "C2" }]);
});

test("names are one line each; an empty one takes a name away, and a long one is cut", () => {
  const field = (speaker: string, value: unknown) => ({
    [speaker]: { [speaker]: { type: "plain_text_input", value } },
  });
  const values = {
    ...field("SPEAKER_00", " Ada\nLovelace "),
    ...field("SPEAKER_01", null),
    ...field("SPEAKER_02", "x".repeat(101)),
  };
  expect(readInteraction(names(values))).toEqual([
    {
      kind: "rename",
      team_id: "T1",
      user_id: "U1",
      job_id: JOB,
      names: { SPEAKER_00: "Ada Lovelace", SPEAKER_01: null, SPEAKER_02: "x".repeat(100) },
    },
  ]);
});

test("the shortcut takes the files of its message, whatever they are", () => {
  const message = { ts: "1.2", thread_ts: "1.1", files: [{ id: "F1" }, { id: "F2" }] };
  expect(readInteraction(shortcut(message))).toMatchObject([
    { kind: "file", file_id: "F1", thread_ts: "1.1", is_addressed: true, response_url: expect.any(String) },
    { kind: "file", file_id: "F2" },
  ]);
});

test("the shortcut on a message without files is answered under it", () => {
  expect(readInteraction(shortcut({ ts: "1.2" }))).toMatchObject([
    { kind: "help", ts: null, thread_ts: "1.2" },
  ]);
});

test.each([
  ["another button", press({ action_id: "other", value: JOB })],
  ["a button without a job", press({ action_id: "diarist_delete", value: "job_1" })],
  ["a button of no workspace", press({ action_id: "diarist_delete", value: JOB }, { team: null })],
  ["another dialog", { ...names({}), view: { callback_id: "other" } }],
  ["another shortcut", shortcut({ ts: "1.2", files: [{ id: "F1" }] }, { callback_id: "other" })],
  ["a dialog that was closed", { type: "view_closed", ...WHO }],
  ["nothing at all", {}],
])("%s leads to nothing", (_, payload) => {
  expect(readInteraction(payload)).toEqual([]);
});
