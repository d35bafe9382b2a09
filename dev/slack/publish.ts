/** Sends what happened to the app: where it is installed, subscribed, and sits in the conversation. */

import type { SlackEvent } from "@slack/types";
import type { Delivery } from "./deliver.ts";
import { wrapEvent } from "./events.ts";
import type { Slack } from "./slack.ts";
import { type Channel, type ChannelKind, type Install, installOf } from "./workspace.ts";

const MESSAGES: Record<ChannelKind, string> = {
  channel: "message.channels",
  group: "message.groups",
  im: "message.im",
  mpim: "message.mpim",
};

/** Without its scope an app is not told, subscribed or not. */
const SCOPES: Readonly<Record<string, string>> = {
  app_mention: "app_mentions:read",
  file_shared: "files:read",
  "message.channels": "channels:history",
  "message.groups": "groups:history",
  "message.im": "im:history",
  "message.mpim": "mpim:history",
};

/** Tells the app of what happened in a conversation. Resolves when Slack would stop trying. */
export async function publish(slack: Slack, channel: Channel, event: SlackEvent): Promise<Delivery[]> {
  const install = installOf(slack.workspace, channel.team);
  if (install === undefined || !channel.members.has(install.bot_user)) return [];
  return tellApp(slack, install, event, channel);
}

/** Tells the app what happened to its installation. */
export async function tellApp(
  slack: Slack,
  install: Install,
  event: SlackEvent,
  channel?: Channel,
): Promise<Delivery[]> {
  const { app_url, paths, bot_events, copies } = slack.control.settings();
  const name = event.type === "message" && channel ? MESSAGES[channel.kind] : event.type;
  const scope = SCOPES[name];
  const isMeant = bot_events.includes(name) && (scope === undefined || install.scopes.includes(scope));
  if (app_url === "" || !isMeant) return [];
  const envelope = wrapEvent(slack, install, event, channel);
  const outgoing = {
    kind: "event" as const,
    type: event.type,
    event_id: envelope.event_id,
    url: new URL(paths.events, app_url),
    contentType: "application/json",
    body: JSON.stringify(envelope),
  };
  return Promise.all(Array.from({ length: copies }, () => slack.deliverer.deliver(outgoing)));
}
