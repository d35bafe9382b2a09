import type { Cleared, Say } from "../../../shared/slack/notice.ts";
import { readPosts } from "../../../shared/storage/slack-posts.ts";
import type { Deps } from "../deps.ts";
import { removeFiles, unlessGone } from "./attach-files.ts";
import type { Channel } from "./channel.ts";
import { postOnce } from "./post-once.ts";

const DELETED = ":wastebasket: The transcript was deleted.";

/** Posts a message once, in the thread it is about. */
export async function sayNotice(deps: Deps, channel: Channel, id: string, notice: Say): Promise<null> {
  const [post] = await readPosts(deps.db, id);
  if (post?.doneAt) return null;
  const { text, thread_ts: threadTs } = notice;
  const shown = { text, blocks: [{ type: "section", text: { type: "mrkdwn", text } } as const] };
  await postOnce(deps, channel, { owner: id, kind: "notice", threadTs, shown, hash: "" }, post);
  return null;
}

/** Removes what was posted about a deleted job. Nothing happens to what somebody else deleted already. */
export async function clearPosts(channel: Channel, cleared: Cleared): Promise<null> {
  for (const file of cleared.file_ids) await removeFiles(channel, [file]);
  if (cleared.excerpt_ts !== null) {
    await unlessGone(channel.speak("chat.delete", { ts: cleared.excerpt_ts }));
  }
  if (cleared.status_ts !== null) {
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: DELETED } }];
    await unlessGone(channel.speak("chat.update", { ts: cleared.status_ts, text: DELETED, blocks }));
  }
  return null;
}
