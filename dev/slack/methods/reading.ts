/** What the app reads back: conversations.history and conversations.replies, without pages. */

import { messageEvent } from "../events.ts";
import type { Slack } from "../slack.ts";
import { SlackError } from "../slack-error.ts";
import type { Channel, ChannelKind, Install, Message } from "../workspace.ts";
import { requireChannel } from "./chat.ts";
import type { Handler } from "./method.ts";

const SCOPES: Record<ChannelKind, string> = {
  channel: "channels:history",
  group: "groups:history",
  im: "im:history",
  mpim: "mpim:history",
};
const DEFAULT_LIMIT = 100;

type Window = {
  readonly oldest: string | undefined;
  readonly latest: string | undefined;
  readonly inclusive: boolean | undefined;
};

/** Newest first, threads by their parents alone. */
export const history: Handler<"conversations.history"> = ({ slack, install, read }) => {
  const channel = requireReadable(slack, install, read.channel);
  const parents = messagesOf(slack, channel).filter(({ ts, thread_ts = ts }) => thread_ts === ts);
  const found = parents.filter((message) => isWithin(message, read)).toReversed();
  return page(slack, channel, found, read);
};

/** A thread, oldest first, its parent always among them. */
export const replies: Handler<"conversations.replies"> = ({ slack, install, read }) => {
  const channel = requireReadable(slack, install, read.channel);
  const all = messagesOf(slack, channel);
  const asked = all.find(({ ts }) => ts === read.ts);
  if (asked === undefined) throw new SlackError("thread_not_found");
  const parent = asked.thread_ts ?? asked.ts;
  const thread = all.filter(
    (message) => message.ts === parent || (message.thread_ts === parent && isWithin(message, read)),
  );
  return page(slack, channel, thread, read);
};

function requireReadable(slack: Slack, install: Install, id: string): Channel {
  const channel = requireChannel(slack, install, id);
  const needed = SCOPES[channel.kind];
  if (!install.scopes.includes(needed)) {
    throw new SlackError("missing_scope", { needed, provided: install.scopes.join(",") });
  }
  return channel;
}

function messagesOf({ workspace }: Slack, channel: Channel): Message[] {
  return workspace.messages.filter(
    (message) => message.channel === channel.id && !message.deleted_at && message.ephemeral_to === undefined,
  );
}

function isWithin({ ts }: Message, { oldest = "0", latest, inclusive = false }: Window): boolean {
  if (inclusive && (ts === oldest || ts === latest)) return true;
  return Number(ts) > Number(oldest) && (latest === undefined || Number(ts) < Number(latest));
}

function page(
  slack: Slack,
  channel: Channel,
  messages: Message[],
  read: { readonly limit: number | undefined; readonly include_all_metadata: boolean | undefined },
) {
  const { limit = DEFAULT_LIMIT, include_all_metadata = false } = read;
  return {
    has_more: messages.length > limit,
    messages: messages.slice(0, limit).map((message) => {
      const { channel: _, channel_type: __, event_ts: ___, ...shown } = messageEvent(slack, channel, message);
      if (message.metadata === undefined) return shown;
      const { event_type, event_payload } = message.metadata;
      return { ...shown, metadata: { event_type, ...(include_all_metadata ? { event_payload } : {}) } };
    }),
  };
}
