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

/** A message as Slack shows it. */
export type Shown = { text: string; blocks: KnownBlock[] };

/** Marks our own posts, so that we find them again (chat.postMessage, `metadata`). */
const EVENT_TYPE = "diarist_post";
/** Slack's clock and ours may differ. */
const CLOCK_SECONDS = 60;

type Post = { owner: string; kind: PostKind; threadTs: string | null; shown: Shown; hash: string };

/**
 * Posts a message at most once, even if the Worker dies at any step. Slack has no idempotency key for it. So the intent
 * is recorded first; after an unfinished attempt, the thread is searched for the message before it is posted again.
 * @param begun the record of an earlier attempt
 * @returns null: the job was deleted meanwhile. `isOld`: the message is the one of an earlier attempt
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
  // The job was deleted meanwhile: nobody else knows of the message.
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
    // In these cases there is no message to look for.
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
    // If we may not search, posting twice is better than not at all.
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
