/**
 * What Slack posts when a person acts on the app: commands, shortcuts, buttons, modals. `@slack/types` does not cover
 * these; the shapes follow docs.slack.dev and bolt-js.
 */

import { type CheckedBlock, type CheckedElement, elementsOf } from "./block-kit.ts";
import { messageEvent } from "./events.ts";
import { viewObject } from "./methods/views.ts";
import type { Slack } from "./slack.ts";
import type { Channel, Install, Message, OpenView, User } from "./workspace.ts";

const TRIGGER_LIVES_MS = 3_000;
const RESPONSE_URL_LIVES_MS = 30 * 60_000;
const RESPONSE_URL_USES = 5;

type Person = { id: string; username: string; name: string; team_id: string };
type Common = {
  team: { id: string; domain: string };
  user: Person;
  api_app_id: string;
  token: string;
  trigger_id: string;
  enterprise: null;
  is_enterprise_install: false;
};
type NamedPlace = { id: string; name: string };

type SlashCommand = {
  token: string;
  team_id: string;
  team_domain: string;
  channel_id: string;
  channel_name: string;
  user_id: string;
  user_name: string;
  command: string;
  text: string;
  api_app_id: string;
  is_enterprise_install: "false";
  response_url: string;
  trigger_id: string;
};

type MessageShortcut = Common & {
  type: "message_action";
  callback_id: string;
  action_ts: string;
  message_ts: string;
  channel: NamedPlace;
  message: object;
  response_url: string;
};

type BlockActions = Common & {
  type: "block_actions";
  container: {
    type: "message";
    message_ts: string;
    channel_id: string;
    is_ephemeral: boolean;
    thread_ts?: string;
  };
  channel: NamedPlace;
  message: object;
  state: { values: ViewValues };
  response_url: string;
  actions: object[];
};

type ViewSubmission = Common & { type: "view_submission"; view: object; response_urls: [] };
type ViewClosed = Common & { type: "view_closed"; view: object; is_cleared: boolean };

export type Interaction = MessageShortcut | BlockActions | ViewSubmission | ViewClosed;

/** By block, then by action. */
type ViewValues = Record<string, Record<string, object>>;

export function slashCommand(
  slack: Slack,
  channel: Channel,
  user: User,
  { command, text }: { command: string; text: string },
): SlashCommand {
  return {
    token: slack.app.verification_token,
    team_id: channel.team,
    team_domain: slack.workspace.teams.get(channel.team)?.domain ?? "",
    channel_id: channel.id,
    channel_name: channel.kind === "group" ? "privategroup" : channel.name,
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: slack.app.app_id,
    is_enterprise_install: "false",
    response_url: newResponseUrl(slack, channel, user),
    trigger_id: newTrigger(slack, user),
  };
}

export function messageShortcut(
  slack: Slack,
  channel: Channel,
  user: User,
  message: Message,
  callbackId: string,
): MessageShortcut {
  return {
    type: "message_action",
    ...common(slack, user),
    callback_id: callbackId,
    action_ts: slack.workspace.newTs(),
    message_ts: message.ts,
    channel: { id: channel.id, name: channel.name },
    message: messageEvent(slack, channel, message),
    response_url: newResponseUrl(slack, channel, user, message),
  };
}

export function blockActions(
  slack: Slack,
  channel: Channel,
  user: User,
  message: Message,
  { block, element }: { block: CheckedBlock; element: Extract<CheckedElement, { type: "button" }> },
): BlockActions {
  const isReply = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  return {
    type: "block_actions",
    ...common(slack, user),
    container: {
      type: "message",
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: message.ephemeral_to !== undefined,
      ...(isReply && message.thread_ts !== undefined ? { thread_ts: message.thread_ts } : {}),
    },
    channel: { id: channel.id, name: channel.name },
    message: messageEvent(slack, channel, message),
    state: { values: {} },
    response_url: newResponseUrl(slack, channel, user, message),
    actions: [{ ...element, block_id: block.block_id, action_ts: slack.workspace.newTs() }],
  };
}

/** @throws when an answer is missing or too long: Slack's own window would not let it be sent */
export function viewSubmission(
  slack: Slack,
  install: Install,
  user: User,
  opened: OpenView,
  answers: Readonly<Record<string, string>>,
): ViewSubmission {
  const view = { ...viewObject(slack, install, opened), state: { values: readAnswers(opened, answers) } };
  return { type: "view_submission", ...common(slack, user), view, response_urls: [] };
}

export function viewClosed(slack: Slack, install: Install, user: User, opened: OpenView): ViewClosed {
  const view = viewObject(slack, install, opened);
  return { type: "view_closed", ...common(slack, user), view, is_cleared: false };
}

function readAnswers({ view }: OpenView, answers: Readonly<Record<string, string>>): ViewValues {
  const values: ViewValues = {};
  const used = new Set<string>();
  for (const block of view.blocks) {
    if (block.type !== "input") continue;
    for (const element of elementsOf(block)) {
      const id = element.action_id ?? "";
      const answer = readAnswer(element, answers[id]);
      if (answer === undefined && !block.optional) throw new Error(`the modal asks for ${id}`);
      used.add(id);
      values[block.block_id ?? ""] = { [id]: answer ?? { type: element.type, value: null } };
    }
  }
  const stray = Object.keys(answers).filter((id) => !used.has(id));
  if (stray.length > 0) throw new Error(`the modal has no input ${stray.join(", ")}`);
  return values;
}

function readAnswer(
  element: Exclude<CheckedElement, { type: "image" }>,
  answer: string | undefined,
): object | undefined {
  const { type } = element;
  if (type === "plain_text_input") {
    const value = answer ?? element.initial_value ?? "";
    if (value === "") return undefined;
    const { min_length = 0, max_length = 3_000 } = element;
    if (value.length < min_length || value.length > max_length) {
      throw new Error(`${element.action_id} takes ${min_length} to ${max_length} characters`);
    }
    return { type, value };
  }
  if (type === "static_select" || type === "radio_buttons") {
    const chosen = element.options.find(({ value }) => value === answer) ?? element.initial_option;
    return chosen === undefined ? undefined : { type, selected_option: chosen };
  }
  if (type === "users_select") {
    const chosen = answer ?? element.initial_user;
    return chosen === undefined ? undefined : { type, selected_user: chosen };
  }
  if (type === "checkboxes") {
    const wanted = answer?.split(",");
    const chosen = wanted
      ? element.options.filter(({ value }) => value !== undefined && wanted.includes(value))
      : (element.initial_options ?? []);
    return chosen.length === 0 ? undefined : { type, selected_options: chosen };
  }
  return undefined;
}

function common(slack: Slack, user: User): Common {
  return {
    team: { id: user.team, domain: slack.workspace.teams.get(user.team)?.domain ?? "" },
    user: { id: user.id, username: user.name, name: user.name, team_id: user.team },
    api_app_id: slack.app.app_id,
    token: slack.app.verification_token,
    trigger_id: newTrigger(slack, user),
    enterprise: null,
    is_enterprise_install: false,
  };
}

function newTrigger({ workspace }: Slack, user: User): string {
  const id = `${workspace.newTs().replace(".", "")}.${user.team}.${workspace.newId("x")}`;
  const expiresAt = workspace.now().getTime() + TRIGGER_LIVES_MS;
  workspace.triggers.set(id, { id, team: user.team, user: user.id, expires_at: expiresAt, is_used: false });
  return id;
}

function newResponseUrl(
  { workspace, urls }: Slack,
  channel: Channel,
  user: User,
  original?: Message,
): string {
  const id = workspace.newId("R");
  workspace.responseUrls.set(id, {
    id,
    channel: channel.id,
    user: user.id,
    ...(original ? { original: original.ts } : {}),
    uses: RESPONSE_URL_USES,
    expires_at: workspace.now().getTime() + RESPONSE_URL_LIVES_MS,
  });
  return new URL(`/commands/${channel.team}/${id}`, urls().main).href;
}
