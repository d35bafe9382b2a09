/** What Slack remembers: workspaces, people, conversations, messages with their history, files, views. No HTTP. */

import type { FilesInfoResponse } from "@slack/web-api";
import type { CheckedBlock, CheckedView } from "./block-kit.ts";

type FileObject = NonNullable<FilesInfoResponse["file"]>;
type AlwaysThere =
  | "id"
  | "created"
  | "timestamp"
  | "name"
  | "title"
  | "mimetype"
  | "filetype"
  | "pretty_type"
  | "user"
  | "user_team"
  | "editable"
  | "size"
  | "mode"
  | "is_external"
  | "external_type"
  | "is_public"
  | "public_url_shared"
  | "display_as_bot"
  | "username"
  | "media_display_type"
  | "is_starred"
  | "has_rich_preview"
  | "file_access";
/** What is known of a file, but for its addresses. */
type FileFacts = Required<Pick<FileObject, AlwaysThere>> &
  Pick<FileObject, "subtype" | "duration_ms" | "transcription"> & { mode: "hosted" };

export type Team = { id: string; name: string; domain: string };
export type User = { id: string; team: string; name: string; real_name: string; is_bot: boolean };
export type ChannelKind = "channel" | "group" | "im" | "mpim";
export type Channel = {
  id: string;
  team: string;
  name: string;
  kind: ChannelKind;
  members: Set<string>;
  is_archived: boolean;
  /** Shared with another organisation by Slack Connect. */
  is_ext_shared: boolean;
};

export type MessageVersion = { at: string; text: string; blocks: CheckedBlock[] };
export type Message = {
  channel: string;
  ts: string;
  /** The parent's `ts`, also of the parent itself once it has replies. */
  thread_ts?: string;
  user: string;
  bot_id?: string;
  /** The first is as posted, the last is what people see. */
  versions: MessageVersion[];
  files: string[];
  /** Set by the app, seen by it alone when it reads the conversation. */
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  /** Only this person sees it. */
  ephemeral_to?: string;
  deleted_at?: string;
};

export type StoredFile = {
  id: string;
  team: string;
  user: string;
  facts: FileFacts;
  bytes: Uint8Array;
  /** Where it was shared: channel, and the message it hangs on. */
  shares: { channel: string; ts: string; thread_ts?: string }[];
  /** Owned by another organisation: events carry its id only. */
  is_foreign: boolean;
  is_deleted: boolean;
  /** How often the app has asked for it. */
  looks: number;
};

/** An upload that was begun: `files.getUploadURLExternal` gave it an address. */
type PendingUpload = {
  ticket: string;
  file: string;
  team: string;
  filename: string;
  length: number;
  bytes?: Uint8Array;
  is_completed: boolean;
};

export type Install = {
  team: string;
  token: string;
  bot_user: string;
  bot_id: string;
  scopes: string[];
  installer: string;
  /** What every method says once the token is dead. */
  ended?: "token_revoked" | "account_inactive";
};

export type OpenView = { id: string; team: string; user: string; hash: string; view: CheckedView };
type Trigger = { id: string; team: string; user: string; expires_at: number; is_used: boolean };
type Code = {
  code: string;
  redirect_uri: string;
  install: Install;
  expires_at: number;
  is_used: boolean;
};

/** A `response_url`: five uses within half an hour. */
type ResponseUrl = {
  id: string;
  channel: string;
  user: string;
  /** The message that was acted on, if one was. */
  original?: string;
  uses: number;
  expires_at: number;
};

export type Workspace = {
  teams: Map<string, Team>;
  users: Map<string, User>;
  channels: Map<string, Channel>;
  messages: Message[];
  files: Map<string, StoredFile>;
  uploads: Map<string, PendingUpload>;
  /** By token. One that is uninstalled stays, revoked. */
  installs: Map<string, Install>;
  views: Map<string, OpenView>;
  triggers: Map<string, Trigger>;
  codes: Map<string, Code>;
  responseUrls: Map<string, ResponseUrl>;
  now(): Date;
  /** An id as Slack writes them: a letter and digits. */
  newId(prefix: string): string;
  /** A message's `ts`: seconds with six digits, never the same twice. */
  newTs(): string;
};

export function createWorkspace(now: () => Date): Workspace {
  let ids = 0;
  let micros = 0;
  // A later run makes other ids, as an app remembers the events and files of an earlier one.
  const run = Math.floor(now().getTime() / 1_000)
    .toString(36)
    .toUpperCase()
    .slice(-5);
  return {
    teams: new Map(),
    users: new Map(),
    channels: new Map(),
    messages: [],
    files: new Map(),
    uploads: new Map(),
    installs: new Map(),
    views: new Map(),
    triggers: new Map(),
    codes: new Map(),
    responseUrls: new Map(),
    now,
    newId: (prefix) => `${prefix}0${run}${(++ids).toString(36).toUpperCase().padStart(5, "0")}`,
    newTs() {
      micros = Math.max(now().getTime() * 1_000, micros + 1);
      return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`;
    },
  };
}

/**
 * A workspace with two people, a public and a private channel, and one shared with another organisation. The same name
 * is always the same id: an app that is installed in it again after a restart replaces its old token.
 */
export function addTeam(workspace: Workspace, name: string): Team {
  const id = `T0${name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "")
    .padEnd(8, "0")}`;
  const team = { id, name, domain: name.toLowerCase() };
  workspace.teams.set(team.id, team);
  const people = ["alice", "bob"].map((person) => addUser(workspace, team.id, person));
  const members = new Set(people.map(({ id }) => id));
  const base = { team: team.id, is_archived: false, is_ext_shared: false };
  const channels: Omit<Channel, "id" | "members">[] = [
    { ...base, name: "general", kind: "channel" },
    { ...base, name: "board", kind: "group" },
    { ...base, name: "partners", kind: "channel", is_ext_shared: true },
  ];
  for (const channel of channels) {
    const id = workspace.newId("C");
    workspace.channels.set(id, { ...channel, id, members: new Set(members) });
  }
  return team;
}

export function addUser(workspace: Workspace, team: string, name: string, isBot = false): User {
  const realName = name.charAt(0).toUpperCase() + name.slice(1);
  const user = { id: workspace.newId("U"), team, name, real_name: realName, is_bot: isBot };
  workspace.users.set(user.id, user);
  return user;
}

/** The conversation between a person and the bot; made when first asked for. */
export function directMessage(workspace: Workspace, team: string, user: string, bot: string): Channel {
  for (const channel of workspace.channels.values()) {
    if (channel.kind === "im" && channel.members.has(user) && channel.members.has(bot)) return channel;
  }
  const id = workspace.newId("D");
  const members = new Set([user, bot]);
  const channel: Channel = {
    id,
    team,
    name: "directmessage",
    kind: "im",
    members,
    is_archived: false,
    is_ext_shared: false,
  };
  workspace.channels.set(id, channel);
  return channel;
}

export function findMessage(workspace: Workspace, channel: string, ts: string): Message | undefined {
  return workspace.messages.find(
    (message) => message.channel === channel && message.ts === ts && !message.deleted_at,
  );
}

/** What people see of a message now. */
export function latest(message: Message): MessageVersion {
  const version = message.versions.at(-1);
  if (version === undefined) throw new Error("a message has at least the version it was posted with");
  return version;
}

/** The app's standing in a workspace, if it is installed there. */
export function installOf(workspace: Workspace, team: string): Install | undefined {
  return [...workspace.installs.values()].find((install) => install.team === team && !install.ended);
}
