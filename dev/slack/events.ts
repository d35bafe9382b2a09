/** What happens in Slack, told to the app as events. The compiler holds each event against `@slack/types`. */

import type {
  AppMentionEvent,
  AppUninstalledEvent,
  FileSharedEvent,
  FileShareMessageEvent,
  GenericMessageEvent,
  MessageChangedEvent,
  MessageDeletedEvent,
  SlackEvent,
  TokensRevokedEvent,
} from "@slack/types";
import { type FileObject, fileObject } from "./file-object.ts";
import type { Slack } from "./slack.ts";
import { type Channel, type Install, latest, type Message, type StoredFile } from "./workspace.ts";

type MessageLike = GenericMessageEvent | FileShareMessageEvent;

/** An event with the envelope it comes in. */
type Envelope = {
  token: string;
  team_id: string;
  context_team_id: string;
  context_enterprise_id: null;
  api_app_id: string;
  event: SlackEvent;
  type: "event_callback";
  event_id: string;
  event_time: number;
  authorizations: {
    enterprise_id: null;
    team_id: string;
    user_id: string;
    is_bot: true;
    is_enterprise_install: false;
  }[];
  is_ext_shared_channel: boolean;
  event_context: string;
};

export function wrapEvent(slack: Slack, install: Install, event: SlackEvent, channel?: Channel): Envelope {
  const { app, workspace } = slack;
  return {
    token: app.verification_token,
    team_id: install.team,
    context_team_id: install.team,
    context_enterprise_id: null,
    api_app_id: app.app_id,
    event,
    type: "event_callback",
    event_id: workspace.newId("Ev"),
    event_time: Math.floor(workspace.now().getTime() / 1_000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: install.team,
        user_id: install.bot_user,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: channel?.is_ext_shared ?? false,
    event_context: workspace.newId("EC"),
  };
}

/** A message as the app is told of it: `file_share` when something hangs on it. */
export function messageEvent(slack: Slack, channel: Channel, message: Message): MessageLike {
  const { text, blocks } = latest(message);
  const base = {
    type: "message" as const,
    channel: channel.id,
    channel_type: channel.kind,
    user: message.user,
    text,
    ts: message.ts,
    event_ts: message.ts,
    ...(message.thread_ts !== undefined && message.thread_ts !== message.ts
      ? { thread_ts: message.thread_ts, parent_user_id: parentOf(slack, message)?.user ?? "" }
      : {}),
  };
  if (message.files.length > 0) {
    const files = message.files.map((id) => eventFile(slack, requireFile(slack, id)));
    // A file shared by the app itself is told apart by its user alone: this type has no place for a bot's id.
    return { ...base, subtype: "file_share", files, upload: false };
  }
  return {
    ...base,
    subtype: undefined,
    team: channel.team,
    ...(blocks.length > 0 ? { blocks } : {}),
    ...(message.versions.length > 1 ? { edited: { user: message.user, ts: message.ts } } : {}),
    ...(message.bot_id !== undefined ? botOf(slack, channel, message.bot_id) : {}),
  };
}

/** By which the app knows its own messages. */
function botOf({ app }: Slack, { team }: Channel, botId: string) {
  const bot_profile = {
    id: botId,
    app_id: app.app_id,
    team_id: team,
    name: "Diarist",
    icons: {},
    updated: 0,
    deleted: false,
  };
  return { bot_id: botId, app_id: app.app_id, bot_profile };
}

export function fileSharedEvent(channel: Channel, file: StoredFile, ts: string): FileSharedEvent {
  return {
    type: "file_shared",
    file_id: file.id,
    user_id: file.user,
    file: { id: file.id },
    channel_id: channel.id,
    event_ts: ts,
  };
}

export function mentionEvent(slack: Slack, channel: Channel, message: Message): AppMentionEvent {
  return {
    type: "app_mention",
    user: message.user,
    team: channel.team,
    text: latest(message).text,
    ts: message.ts,
    channel: channel.id,
    event_ts: message.ts,
    ...(message.thread_ts !== undefined && message.thread_ts !== message.ts
      ? { thread_ts: message.thread_ts }
      : {}),
    ...(message.files.length > 0
      ? {
          files: message.files.map((id) => eventFile(slack, requireFile(slack, id))),
          upload: false,
        }
      : {}),
  };
}

export function changedEvent(slack: Slack, channel: Channel, message: Message): MessageChangedEvent {
  const before: Message = { ...message, versions: message.versions.slice(0, -1) };
  const ts = slack.workspace.newTs();
  return {
    type: "message",
    subtype: "message_changed",
    event_ts: ts,
    hidden: true,
    channel: channel.id,
    channel_type: channel.kind,
    ts,
    message: messageEvent(slack, channel, message),
    previous_message: messageEvent(slack, channel, before),
  };
}

export function deletedEvent(slack: Slack, channel: Channel, message: Message): MessageDeletedEvent {
  const ts = slack.workspace.newTs();
  return {
    type: "message",
    subtype: "message_deleted",
    event_ts: ts,
    hidden: true,
    channel: channel.id,
    channel_type: channel.kind,
    ts,
    deleted_ts: message.ts,
    previous_message: messageEvent(slack, channel, message),
  };
}

export function uninstalledEvent(): AppUninstalledEvent {
  return { type: "app_uninstalled" };
}

export function revokedEvent(install: Install): TokensRevokedEvent {
  return { type: "tokens_revoked", tokens: { oauth: [], bot: [install.bot_user] } };
}

/** In a channel shared with another organisation its files come with their id alone: `files.info` says the rest. */
function eventFile(slack: Slack, file: StoredFile): FileObject {
  if (file.is_foreign) {
    const bare = {
      id: file.id,
      created: 0,
      timestamp: 0,
      user: "",
      mode: "file_access",
      file_access: "check_file_info",
    };
    return bare as unknown as FileObject; // the published types know no such file
  }
  return fileObject(slack, file);
}

function requireFile({ workspace }: Slack, id: string): StoredFile {
  const file = workspace.files.get(id);
  if (file === undefined) throw new Error(`no file ${id}`);
  return file;
}

function parentOf({ workspace }: Slack, message: Message): Message | undefined {
  return workspace.messages.find(
    ({ channel, ts }) => channel === message.channel && ts === message.thread_ts,
  );
}
