/** chat.*: what the app says, corrects and takes back. */

import { z } from "zod";
import { readBlocks } from "../block-kit.ts";
import { changedEvent, deletedEvent, messageEvent } from "../events.ts";
import { publish } from "../publish.ts";
import type { Slack } from "../slack.ts";
import { refuse, SlackError } from "../slack-error.ts";
import { type Channel, findMessage, type Install, type Message, type MessageVersion } from "../workspace.ts";
import type { Handler } from "./method.ts";

/** `chat.postMessage` cuts here; `chat.update` refuses beyond its own limit. */
const MAX_POSTED_TEXT = 40_000;
const MAX_UPDATED_TEXT = 4_000;

const metadataSchema = z.strictObject({
  event_type: z.string().min(1),
  event_payload: z.record(z.string(), z.unknown()),
});

type Contents = {
  readonly text: string | undefined;
  readonly blocks: unknown;
  readonly attachments: unknown;
  readonly markdown_text: string | undefined;
};

export const postMessage: Handler<"chat.postMessage"> = ({ slack, install, read }) => {
  const channel = requireChannel(slack, install, read.channel);
  const contents = readContents(read);
  keepPace(slack, channel);
  const thread = read.thread_ts === undefined ? undefined : requireParent(slack, channel, read.thread_ts);
  const message = addMessage(slack, install, channel, {
    ...contents,
    text: contents.text.slice(0, MAX_POSTED_TEXT),
    ...(thread ? { thread_ts: thread.ts } : {}),
    ...(read.metadata === undefined ? {} : { metadata: readMetadata(read.metadata) }),
  });
  if (slack.control.settings().echo) void publish(slack, channel, messageEvent(slack, channel, message));
  return { channel: channel.id, ts: message.ts, message: messageEvent(slack, channel, message) };
};

export const postEphemeral: Handler<"chat.postEphemeral"> = ({ slack, install, read }) => {
  const channel = requireChannel(slack, install, read.channel);
  if (!channel.members.has(read.user)) throw new SlackError("user_not_in_channel");
  const message = addMessage(slack, install, channel, {
    ...readContents(read),
    ephemeral_to: read.user,
    ...(read.thread_ts === undefined ? {} : { thread_ts: read.thread_ts }),
  });
  return { message_ts: message.ts };
};

export const update: Handler<"chat.update"> = ({ slack, install, read }) => {
  const { message, channel } = requireOwn(slack, install, read, "cant_update_message");
  const given = read.blocks === undefined && read.text !== undefined ? { ...read, blocks: [] } : read;
  const contents = readContents(given);
  if (contents.text.length > MAX_UPDATED_TEXT) throw new SlackError("msg_too_long");
  message.versions.push({ at: slack.workspace.now().toISOString(), ...contents });
  if (slack.control.settings().echo) void publish(slack, channel, changedEvent(slack, channel, message));
  return {
    channel: channel.id,
    ts: message.ts,
    text: contents.text,
    message: messageEvent(slack, channel, message),
  };
};

export const remove: Handler<"chat.delete"> = ({ slack, install, read }) => {
  const { message, channel } = requireOwn(slack, install, read, "cant_delete_message");
  message.deleted_at = slack.workspace.now().toISOString();
  if (slack.control.settings().echo) void publish(slack, channel, deletedEvent(slack, channel, message));
  return { channel: channel.id, ts: message.ts };
};

/** Puts a message of the app into a conversation. */
export function addMessage(
  { workspace }: Slack,
  install: Install,
  channel: Channel,
  given: Omit<MessageVersion, "at"> & Pick<Message, "thread_ts" | "ephemeral_to"> & { files?: string[] },
): Message {
  const { text, blocks, files = [], ...rest } = given;
  const message: Message = {
    channel: channel.id,
    ts: workspace.newTs(),
    user: install.bot_user,
    bot_id: install.bot_id,
    versions: [{ at: workspace.now().toISOString(), text, blocks }],
    files,
    ...rest,
  };
  workspace.messages.push(message);
  return message;
}

/** A conversation the app may post to. @throws SlackError */
export function requireChannel({ workspace }: Slack, install: Install, id: string): Channel {
  const channel = workspace.channels.get(id);
  if (channel === undefined || channel.team !== install.team) throw new SlackError("channel_not_found");
  const isMember = channel.members.has(install.bot_user);
  // Of a private conversation an outsider does not even learn that it is there.
  if (!isMember) throw new SlackError(channel.kind === "channel" ? "not_in_channel" : "channel_not_found");
  if (channel.is_archived) throw new SlackError("is_archived");
  return channel;
}

/** The message a thread hangs on, given its own `ts`. @throws SlackError */
export function requireParent({ workspace }: Slack, channel: Channel, ts: string): Message {
  const parent = findMessage(workspace, channel.id, ts);
  if (parent === undefined) throw new SlackError("thread_not_found");
  if (parent.thread_ts !== undefined && parent.thread_ts !== parent.ts) {
    throw new SlackError("cannot_reply_to_message");
  }
  return parent;
}

function requireOwn(
  slack: Slack,
  install: Install,
  read: { readonly channel: string; readonly ts: string },
  otherwise: "cant_update_message" | "cant_delete_message",
): { message: Message; channel: Channel } {
  const channel = requireChannel(slack, install, read.channel);
  const message = findMessage(slack.workspace, channel.id, read.ts);
  if (message === undefined || message.ephemeral_to !== undefined) throw new SlackError("message_not_found");
  if (message.user !== install.bot_user) throw new SlackError(otherwise);
  return { message, channel };
}

function readContents(read: Contents): Omit<MessageVersion, "at"> {
  const { text, blocks, attachments, markdown_text } = read;
  if (attachments !== undefined) throw refuse("invalid_arguments", "this stand-in knows no attachments");
  if (markdown_text !== undefined && (text !== undefined || blocks !== undefined)) {
    throw new SlackError("markdown_text_conflict");
  }
  if (markdown_text !== undefined && markdown_text.length > 12_000) throw new SlackError("msg_too_long");
  const checked = blocks === undefined ? [] : readBlocks(blocks);
  const words = text ?? markdown_text ?? "";
  if (words === "" && checked.length === 0) throw new SlackError("no_text");
  return { text: words, blocks: checked };
}

function readMetadata(given: unknown): NonNullable<Message["metadata"]> {
  const parsed = metadataSchema.safeParse(given);
  if (!parsed.success) throw new SlackError("invalid_metadata_format");
  return parsed.data;
}

/** About one message a second and channel is what Slack allows. */
function keepPace({ workspace, control }: Slack, channel: Channel): void {
  const perSecond = control.settings().messages_per_second;
  if (perSecond === 0) return;
  const since = workspace.now().getTime() - 1_000;
  const recent = workspace.messages.filter(
    (message) =>
      message.channel === channel.id && message.bot_id !== undefined && Number(message.ts) * 1_000 > since,
  );
  if (recent.length >= perSecond) throw new SlackError("ratelimited");
}
