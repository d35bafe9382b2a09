import type { KnownBlock } from "@slack/types";
import { log } from "../../../shared/log.ts";
import { isFinal, isRefusal, SlackError } from "../../../shared/slack/call-slack.ts";
import {
  beginPost,
  deletePost,
  type PostKind,
  type SlackPost,
  savePost,
} from "../../../shared/storage/slack-posts.ts";
import type { Deps } from "../deps.ts";
import { type Channel, OutOfTimeError } from "./channel.ts";

/** A message as it is to be seen. */
export type Shown = { text: string; blocks: KnownBlock[] };

/** By which we know our own posts again (chat.postMessage, `metadata`). */
const EVENT_TYPE = "diarist_post";
/** Slack's clock and ours may differ. */
const CLOCK_SECONDS = 60;

type Post = { owner: string; kind: PostKind; threadTs: string | null; shown: Shown; hash: string };

/**
 * Posts a message that is posted once, whoever dies when. Slack has no idempotency key for it: so the intent is noted
 * before, and where a note is found without its end, the thread is looked through for the message first.
 * @param begun the note of an earlier try
 * @returns null: the job was deleted meanwhile. `isOld`: it shows what an earlier try has posted
 */
export async function postOnce(
  deps: Deps,
  channel: Channel,
  post: Post,
  begun: SlackPost | undefined,
): Promise<{ ts: string; isOld: boolean } | null> {
  const { owner, kind } = post;
  const note = { kind, revision: 0 };
  if (begun) {
    const found = await findPost(channel, post, begun.begunAt);
    if (found !== null) {
      await savePost(deps.db, owner, { ...note, ts: found, shown: null, doneAt: deps.now() });
      log("slack.post_found", { owner, kind });
      return { ts: found, isOld: true };
    }
  }
  if (!(await beginPost(deps.db, owner, { ...note, fileIds: [] }, deps.now()))) return null;
  const ts = await send(deps, channel, post);
  const saved = await savePost(deps.db, owner, { ...note, ts, shown: post.hash, doneAt: deps.now() });
  if (saved) return { ts, isOld: false };
  // The job was deleted while this was on its way: nobody else knows of the message.
  await channel.undo("chat.delete", { channel: channel.id, ts });
  return null;
}

async function send(deps: Deps, channel: Channel, { owner, kind, threadTs, shown }: Post): Promise<string> {
  try {
    const { ts } = await channel.speak<{ ts: string }>("chat.postMessage", {
      thread_ts: threadTs,
      text: shown.text,
      blocks: shown.blocks,
      metadata: { event_type: EVENT_TYPE, event_payload: { owner, kind } },
      unfurl_links: false,
      unfurl_media: false,
    });
    return ts;
  } catch (error) {
    // Then there is no message to look for.
    const isNotPosted = error instanceof SlackError ? isRefusal(error) : error instanceof OutOfTimeError;
    if (isNotPosted) await deletePost(deps.db, owner, { kind, revision: 0 });
    throw error;
  }
}

type Message = { ts?: string; metadata?: { event_type?: string; event_payload?: Record<string, unknown> } };

async function findPost(
  channel: Channel,
  { owner, kind, threadTs }: Post,
  begunAt: number,
): Promise<string | null> {
  const oldest = String(begunAt / 1000 - CLOCK_SECONDS);
  const args = { channel: channel.id, oldest, include_all_metadata: true, limit: 100 };
  const asked =
    threadTs === null
      ? channel.call<{ messages?: Message[] }>("conversations.history", args)
      : channel.call<{ messages?: Message[] }>("conversations.replies", { ...args, ts: threadTs });
  const { messages = [] } = await asked.catch((error: unknown): { messages?: Message[] } => {
    // Where we may not look, a message twice is better than none.
    if (error instanceof SlackError && (isFinal(error.code) || error.code === "unknown_method")) return {};
    throw error;
  });
  const ours = messages.find(
    ({ metadata }) =>
      metadata?.event_type === EVENT_TYPE &&
      metadata.event_payload?.["owner"] === owner &&
      metadata.event_payload["kind"] === kind,
  );
  return ours?.ts ?? null;
}
