import type { Say } from "../../../shared/slack/notice.ts";
import { readPosts } from "../../../shared/storage/slack-posts.ts";
import type { Deps } from "../deps.ts";
import type { Channel } from "./channel.ts";
import { postOnce } from "./post-once.ts";

/** Posts a message once, in the thread it is about. */
export async function sayNotice(deps: Deps, channel: Channel, id: string, notice: Say): Promise<null> {
  const [post] = await readPosts(deps.db, id);
  if (post?.doneAt) return null;
  const { text, thread_ts: threadTs } = notice;
  const shown = { text, blocks: [{ type: "section", text: { type: "mrkdwn", text } } as const] };
  await postOnce(deps, channel, { owner: id, kind: "notice", threadTs, shown, hash: "" }, post);
  return null;
}
