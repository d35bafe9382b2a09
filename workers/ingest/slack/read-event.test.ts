import { describe, expect, test } from "vitest";
import { readEvent } from "./read-event.ts";

const AUDIO = { id: "F1", name: "talk.mp3", mimetype: "audio/mpeg", filetype: "mp3" };
const PDF = { id: "F2", name: "plan.pdf", mimetype: "application/pdf", filetype: "pdf" };

function wrap(event: object, envelope: object = {}) {
  return {
    type: "event_callback",
    event_id: "Ev1",
    event_time: 1_795_000_000,
    team_id: "T1",
    api_app_id: "A1",
    event,
    ...envelope,
  };
}

const message = (more: object = {}) =>
  wrap({ type: "message", channel: "C1", channel_type: "channel", user: "U1", ts: "1.1", ...more });

/** The parts of the tasks that the test looks at. */
function tasksOf(payload: Record<string, unknown>) {
  const event = readEvent(payload);
  return event.kind === "tasks" ? event.tasks : event.kind;
}

const FILE = {
  kind: "file",
  team_id: "T1",
  channel_id: "C1",
  user_id: "U1",
  file_id: "F1",
  response_url: null,
};

test("the challenge of an address that is entered is distinguished from events", () => {
  expect(readEvent({ type: "url_verification", challenge: "abc", token: "x" })).toEqual({
    kind: "challenge",
    challenge: "abc",
  });
});

test("a shared file is asked for by its id, and where it was shared is for files.info to say", () => {
  const event = { type: "file_shared", file_id: "F1", user_id: "U1", channel_id: "C1", event_ts: "1.1" };
  expect(readEvent(wrap(event))).toEqual({
    kind: "tasks",
    id: "Ev1",
    tasks: [{ ...FILE, thread_ts: null, is_addressed: false }],
  });
});

describe("a message", () => {
  test("with a recording hangs its thread under itself, or in the thread it is in", () => {
    const files = [AUDIO];
    expect(tasksOf(message({ subtype: "file_share", files }))).toEqual([
      { ...FILE, thread_ts: "1.1", is_addressed: false },
    ]);
    expect(tasksOf(message({ subtype: "file_share", files, thread_ts: "1.0" }))).toMatchObject([
      { thread_ts: "1.0" },
    ]);
  });

  test("with several files is a task for each recording", () => {
    const files = [AUDIO, PDF, { ...AUDIO, id: "F3" }];
    expect(tasksOf(message({ subtype: "file_share", files }))).toMatchObject([
      { file_id: "F1" },
      { file_id: "F3" },
    ]);
  });

  test.each([
    ["without a file", {}],
    ["with a document", { subtype: "file_share", files: [PDF] }],
    ["that was changed", { subtype: "message_changed", files: [AUDIO] }],
    ["that was deleted", { subtype: "message_deleted", files: [AUDIO] }],
    ["that somebody joined", { subtype: "channel_join" }],
    ["that we posted", { subtype: "file_share", files: [AUDIO], app_id: "A1" }],
    ["that our bot posted", { files: [AUDIO], bot_id: "B1", bot_profile: { app_id: "A1" } }],
    ["without a time", { ts: undefined, files: [AUDIO] }],
    ["whose files are no list", { files: "F1" }],
    ["whose file has no id", { files: [{ name: "talk.mp3" }] }],
  ])("%s is none of our business", (_, more) => {
    expect(tasksOf(message(more))).toBe("nothing");
  });

  test("of another app with a recording is taken", () => {
    expect(tasksOf(message({ subtype: "bot_message", files: [AUDIO], app_id: "A2" }))).toHaveLength(1);
  });

  test("whose file Slack does not show is looked at", () => {
    const files = [{ id: "F1", mode: "file_access", file_access: "check_file_info" }];
    expect(tasksOf(message({ subtype: "file_share", files }))).toMatchObject([{ file_id: "F1" }]);
  });
});

describe("who speaks to us gets an answer", () => {
  test("with a document, in a direct message", () => {
    const direct = message({ channel_type: "im", subtype: "file_share", files: [PDF] });
    expect(tasksOf(direct)).toMatchObject([{ file_id: "F2", is_addressed: true }]);
  });

  test("without a file, in a direct message or a mention", () => {
    const help = [
      {
        kind: "help",
        team_id: "T1",
        channel_id: "C1",
        user_id: "U1",
        ts: "1.1",
        thread_ts: null,
        response_url: null,
      },
    ];
    expect(tasksOf(message({ channel_type: "im", text: "hello" }))).toEqual(help);
    expect(
      tasksOf(wrap({ type: "app_mention", channel: "C1", user: "U1", ts: "1.1", text: "<@U9>" })),
    ).toEqual(help);
  });

  test("but not a bot in a direct message: two bots would talk for ever", () => {
    expect(tasksOf(message({ channel_type: "im", bot_id: "B2" }))).toBe("nothing");
  });
});

describe("the workspace", () => {
  test("is the one through which we see a shared channel", () => {
    const share = { type: "file_shared", file_id: "F1", user_id: "U1", channel_id: "C1" };
    expect(tasksOf(wrap(share, { authorizations: [{ team_id: "T2" }] }))).toMatchObject([{ team_id: "T2" }]);
    expect(tasksOf(wrap(share, { context_team_id: "T3" }))).toMatchObject([{ team_id: "T3" }]);
  });

  test("that removes the app has the time, since Slack may send it late", () => {
    const gone = [{ kind: "uninstalled", team_id: "T1", at: 1_795_000_000 }];
    expect(tasksOf(wrap({ type: "app_uninstalled" }))).toEqual(gone);
    expect(tasksOf(wrap({ type: "tokens_revoked", tokens: { oauth: [], bot: ["U9"] } }))).toEqual(gone);
  });

  test("that revokes the tokens of people keeps the bot's", () => {
    expect(tasksOf(wrap({ type: "tokens_revoked", tokens: { oauth: ["U1"], bot: [] } }))).toBe("nothing");
    expect(tasksOf(wrap({ type: "tokens_revoked", tokens: { oauth: ["U1"] } }))).toBe("nothing");
  });
});

test.each([
  ["an event without an id", wrap({ type: "app_uninstalled" }, { event_id: undefined })],
  ["no event", wrap([])],
  ["an event of another kind", wrap({ type: "reaction_added" })],
  ["app_rate_limited", { type: "app_rate_limited", team_id: "T1" }],
  ["nothing at all", {}],
])("%s leads to nothing", (_, payload) => {
  expect(readEvent(payload)).toEqual({ kind: "nothing" });
});
