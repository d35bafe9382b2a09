/** What people do in Slack. Each action changes what Slack remembers and tells the app, without waiting for it. */

import { elementsOf, readView } from "./block-kit.ts";
import type { Delivery } from "./deliver.ts";
import { fileSharedEvent, mentionEvent, messageEvent } from "./events.ts";
import { type NewFile, storeFile } from "./file-object.ts";
import {
  blockActions,
  type Interaction,
  messageShortcut,
  slashCommand,
  viewClosed,
  viewSubmission,
} from "./interactions.ts";
import { endInstall } from "./methods/installing.ts";
import { openView } from "./methods/views.ts";
import { publish } from "./publish.ts";
import { say } from "./response-url.ts";
import type { Slack } from "./slack.ts";
import {
  type Channel,
  directMessage,
  findMessage,
  type Install,
  installOf,
  latest,
  type Message,
  type StoredFile,
  type Team,
  type User,
} from "./workspace.ts";

/** Where and who, by id or by name; the first workspace and its first person when left out. */
type Actor = { team?: string; user?: string };
/** `dm` is the conversation with the bot. */
type Place = Actor & { channel: string };

/** `told` resolves when Slack has stopped trying to tell the app. */
type Said = { message: Message; told: Promise<Delivery[]> };
export type Shared = Said & { file: StoredFile };

export type UserActions = {
  /** Answers the page that the app's install link leads to; gives where Slack sends the admin back to. */
  authorize(url: URL | string, answer?: { team?: string; decision?: "allow" | "cancel" }): Promise<URL>;
  invite(place: Place): void;
  kick(place: Place): void;
  /** A file as given, or the id of one that was shared before. `@diarist` in a text is the bot. */
  shareFile(share: Place & { file: NewFile | string; text?: string; thread_ts?: string }): Shared;
  post(said: Place & { text: string; thread_ts?: string }): Said;
  command(typed: Place & { command: string; text?: string }): Promise<Delivery>;
  shortcut(used: Place & { ts: string; callback_id: string }): Promise<Delivery>;
  press(pressed: Place & { ts: string; action_id: string }): Promise<Delivery>;
  /** Values by action; what is not named stays as the app filled it in. */
  submit(submitted: { view: string; values: Readonly<Record<string, string>> }): Promise<Delivery>;
  closeView(closed: { view: string }): Promise<Delivery | undefined>;
  uninstall(actor?: Actor): Promise<Delivery[]>;
  revokeTokens(actor?: Actor): Promise<Delivery[]>;
  /** The challenge Slack sends when the app's address is entered. */
  verifyUrl(): Promise<Delivery>;
};

export function createUserActions(slack: Slack): UserActions {
  const { workspace, control, deliverer } = slack;

  function place({ channel: wanted, ...actor }: Place): { channel: Channel; user: User; team: Team } {
    const team = findTeam(workspace.teams, actor.team);
    const user = findUser(workspace.users, team, actor.user);
    if (wanted === "dm") {
      const channel = directMessage(workspace, team.id, user.id, requireInstall(team).bot_user);
      return { channel, user, team };
    }
    const channels = [...workspace.channels.values()].filter((candidate) => candidate.team === team.id);
    const channel = channels.find(({ id, name }) => id === wanted || name === wanted);
    if (channel === undefined) throw new Error(`${team.name} has no channel ${wanted}`);
    return { channel, user, team };
  }

  function requireInstall({ id, name }: Team): Install {
    const install = installOf(workspace, id);
    if (install === undefined) throw new Error(`the app is not installed in ${name}`);
    return install;
  }

  function requireMessage(channel: Channel, ts: string): Message {
    const message = findMessage(workspace, channel.id, ts);
    if (message === undefined) throw new Error(`#${channel.name} has no message ${ts}`);
    return message;
  }

  function addMessage(
    channel: Channel,
    user: User,
    given: { text: string; thread_ts?: string; files?: string[] },
  ): Message {
    if (!channel.members.has(user.id)) throw new Error(`${user.name} is not in #${channel.name}`);
    const bot = installOf(workspace, channel.team)?.bot_user;
    const { thread_ts, files = [] } = given;
    const text = bot === undefined ? given.text : given.text.replaceAll("@diarist", `<@${bot}>`);
    const message: Message = {
      channel: channel.id,
      ts: workspace.newTs(),
      user: user.id,
      versions: [{ at: workspace.now().toISOString(), text, blocks: [] }],
      files,
      ...(thread_ts === undefined ? {} : { thread_ts }),
    };
    workspace.messages.push(message);
    return message;
  }

  /** A message, and the mention in it: two events at once. */
  function tellOf(channel: Channel, message: Message): Promise<Delivery[]>[] {
    const bot = installOf(workspace, channel.team)?.bot_user;
    const isMention =
      bot !== undefined && channel.kind !== "im" && latest(message).text.includes(`<@${bot}>`);
    return [
      publish(slack, channel, messageEvent(slack, channel, message)),
      ...(isMention ? [publish(slack, channel, mentionEvent(slack, channel, message))] : []),
    ];
  }

  function send(kind: "command" | "interaction", type: string, form: Record<string, string>) {
    const { app_url, paths } = control.settings();
    if (app_url === "") throw new Error("the stand-in does not know where the app is: set app_url");
    const url = new URL(kind === "command" ? paths.commands : paths.interactions, app_url);
    const contentType = "application/x-www-form-urlencoded";
    const body = new URLSearchParams(form).toString();
    return deliverer.deliver({ kind, type, event_id: null, url, contentType, body });
  }

  function interact(payload: Interaction): Promise<Delivery> {
    return send("interaction", payload.type, { payload: JSON.stringify(payload) });
  }

  function requireView(id: string) {
    const opened = workspace.views.get(id);
    if (opened === undefined) throw new Error(`no view ${id} is open`);
    const team = findTeam(workspace.teams, opened.team);
    return { opened, install: requireInstall(team), user: findUser(workspace.users, team, opened.user) };
  }

  return {
    async authorize(url, { team, decision = "allow" } = {}) {
      const body = new URLSearchParams({ team: findTeam(workspace.teams, team).id, decision });
      const response = await fetch(url, { method: "POST", body, redirect: "manual" });
      const location = response.headers.get("location");
      if (location === null) throw new Error(`Slack refuses: ${await response.text()}`);
      return new URL(location);
    },
    invite(where) {
      const { channel, team } = place(where);
      channel.members.add(requireInstall(team).bot_user);
    },
    kick(where) {
      const { channel, team } = place(where);
      channel.members.delete(requireInstall(team).bot_user);
    },
    shareFile({ file: given, text = "", thread_ts, ...where }) {
      const { channel, user, team } = place(where);
      const file =
        typeof given === "string" ? workspace.files.get(given) : storeFile(slack, team.id, user.id, given);
      if (file === undefined) throw new Error(`no file ${given}`);
      const thread = thread_ts === undefined ? {} : { thread_ts };
      const message = addMessage(channel, user, { text, files: [file.id], ...thread });
      file.shares.push({ channel: channel.id, ts: message.ts, ...thread });
      const told = Promise.all([
        ...tellOf(channel, message),
        publish(slack, channel, fileSharedEvent(channel, file, message.ts)),
      ]);
      return { message, file, told: told.then((deliveries) => deliveries.flat()) };
    },
    post({ text, thread_ts, ...where }) {
      const { channel, user } = place(where);
      const message = addMessage(channel, user, { text, ...(thread_ts === undefined ? {} : { thread_ts }) });
      return { message, told: Promise.all(tellOf(channel, message)).then((told) => told.flat()) };
    },
    async command({ command, text = "", ...where }) {
      const { channel, user } = place(where);
      const typed = slashCommand(slack, channel, user, { command, text });
      const delivery = await send("command", command, typed);
      const answer = delivery.attempts.at(-1)?.answer ?? "";
      if (delivery.state === "delivered" && answer !== "") {
        say(slack, { channel: channel.id, user: user.id }, parseSaying(answer));
      }
      return delivery;
    },
    async shortcut({ ts, callback_id, ...where }) {
      const { channel, user } = place(where);
      return interact(messageShortcut(slack, channel, user, requireMessage(channel, ts), callback_id));
    },
    async press({ ts, action_id, ...where }) {
      const { channel, user } = place(where);
      const message = requireMessage(channel, ts);
      for (const block of latest(message).blocks) {
        for (const element of elementsOf(block)) {
          if (element.type === "button" && element.action_id === action_id) {
            return interact(blockActions(slack, channel, user, message, { block, element }));
          }
        }
      }
      throw new Error(`message ${ts} has no button ${action_id}`);
    },
    async submit({ view, values }) {
      const { opened, install, user } = requireView(view);
      const delivery = await interact(viewSubmission(slack, install, user, opened, values));
      if (delivery.state !== "delivered") return delivery;
      const answer = delivery.attempts.at(-1)?.answer ?? "";
      const { response_action: action, view: next } = Object(answer === "" ? {} : JSON.parse(answer));
      if (action === "update") opened.view = readView(next);
      else if (action === "push") openView(slack, opened.team, user.id, readView(next));
      else if (action !== "errors") workspace.views.delete(opened.id);
      return delivery;
    },
    async closeView({ view }) {
      const { opened, install, user } = requireView(view);
      workspace.views.delete(opened.id);
      return opened.view.notify_on_close ? interact(viewClosed(slack, install, user, opened)) : undefined;
    },
    uninstall: async (actor = {}) =>
      endInstall(slack, requireInstall(findTeam(workspace.teams, actor.team)), "account_inactive"),
    revokeTokens: async (actor = {}) =>
      endInstall(slack, requireInstall(findTeam(workspace.teams, actor.team)), "token_revoked"),
    verifyUrl() {
      const { app_url, paths } = control.settings();
      const challenge = {
        token: slack.app.verification_token,
        challenge: "3eZbrw1aB1",
        type: "url_verification",
      };
      return deliverer.deliver({
        kind: "event",
        type: "url_verification",
        event_id: null,
        url: new URL(paths.events, app_url),
        contentType: "application/json",
        body: JSON.stringify(challenge),
      });
    },
  };
}

function findTeam(teams: ReadonlyMap<string, Team>, wanted: string | undefined): Team {
  const team = [...teams.values()].find(
    ({ id, name }) => wanted === undefined || id === wanted || name === wanted,
  );
  if (team === undefined) throw new Error(`there is no workspace ${wanted}`);
  return team;
}

function findUser(users: ReadonlyMap<string, User>, team: Team, wanted: string | undefined): User {
  const user = [...users.values()].find(
    (candidate) =>
      candidate.team === team.id &&
      (wanted === undefined ? !candidate.is_bot : candidate.id === wanted || candidate.name === wanted),
  );
  if (user === undefined) throw new Error(`${team.name} has no user ${wanted}`);
  return user;
}

/** A command may be answered with plain text or with JSON. */
function parseSaying(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return { text: answer };
  }
}
