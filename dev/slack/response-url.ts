/** What the app says through a `response_url`, or in its very answer to a command. */

import { z } from "zod";
import { jsonReply, textReply } from "../stand-in/reply.ts";
import { readBlocks } from "./block-kit.ts";
import type { Asked, Reply } from "./http.ts";
import { addMessage } from "./methods/chat.ts";
import type { Slack } from "./slack.ts";
import { SlackError } from "./slack-error.ts";
import { findMessage, installOf } from "./workspace.ts";

const sayingSchema = z.object({
  text: z.string().optional(),
  blocks: z.array(z.unknown()).optional(),
  response_type: z.enum(["ephemeral", "in_channel"]).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  thread_ts: z.string().optional(),
});

/** `POST /commands/T…/R…`: five times within half an hour. */
export function answerResponseUrl(slack: Slack, asked: Asked): Reply {
  const { workspace } = slack;
  const known = workspace.responseUrls.get(asked.url.pathname.split("/").at(-1) ?? "");
  if (known === undefined) return textReply(404, "expired_url", "expired_url");
  if (known.uses === 0 || workspace.now().getTime() > known.expires_at) {
    return textReply(404, "used_url", "used_url");
  }
  known.uses -= 1;
  try {
    say(slack, known, JSON.parse(asked.body.toString()));
  } catch (error) {
    return textReply(error instanceof SlackError ? 400 : 500, String(error), "invalid_payload");
  }
  return jsonReply(200, { ok: true });
}

/** Shows it to the person who acted, or to all; or changes the message that was acted on. @throws SlackError */
export function say(
  slack: Slack,
  place: { channel: string; user: string; original?: string },
  saying: unknown,
): void {
  const parsed = sayingSchema.safeParse(saying);
  if (!parsed.success) throw new SlackError("invalid_arguments");
  const { text = "", blocks, response_type, replace_original, delete_original, thread_ts } = parsed.data;
  const { workspace } = slack;
  const channel = workspace.channels.get(place.channel);
  const install = channel && installOf(workspace, channel.team);
  if (channel === undefined || install === undefined) throw new SlackError("channel_not_found");
  const original =
    place.original === undefined ? undefined : findMessage(workspace, channel.id, place.original);
  if (original && delete_original) {
    original.deleted_at = workspace.now().toISOString();
    return;
  }
  const checked = blocks === undefined ? [] : readBlocks(blocks);
  if (text === "" && checked.length === 0) throw new SlackError("no_text");
  if (original && replace_original) {
    original.versions.push({ at: workspace.now().toISOString(), text, blocks: checked });
    return;
  }
  addMessage(slack, install, channel, {
    text,
    blocks: checked,
    ...(response_type === "in_channel" ? {} : { ephemeral_to: place.user }),
    ...(thread_ts === undefined ? {} : { thread_ts }),
  });
}
