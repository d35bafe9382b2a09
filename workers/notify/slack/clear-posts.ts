import type { Cleared } from "../../../shared/slack/notice.ts";
import { takeBackFiles, unlessGone } from "./attach-files.ts";
import type { Channel } from "./channel.ts";

const TEXT = ":wastebasket: The transcript was deleted.";

/** Removes what was posted about a deleted job. Nothing happens to what somebody else deleted already. */
export async function clearPosts(channel: Channel, cleared: Cleared): Promise<null> {
  for (const file of cleared.file_ids) await takeBackFiles(channel, [file]);
  if (cleared.excerpt_ts !== null) {
    await unlessGone(channel.speak("chat.delete", { ts: cleared.excerpt_ts }));
  }
  if (cleared.status_ts !== null) {
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: TEXT } }];
    await unlessGone(channel.speak("chat.update", { ts: cleared.status_ts, text: TEXT, blocks }));
  }
  return null;
}
