/** files.*: what is known of a file, and the three steps of an upload (the second is in transfers.ts). */

import { z } from "zod";
import { readBlocks } from "../block-kit.ts";
import { fileSharedEvent, messageEvent } from "../events.ts";
import { fileObject, storeFile } from "../file-object.ts";
import { publish } from "../publish.ts";
import { refuse, SlackError } from "../slack-error.ts";
import { type Install, latest, type StoredFile, type Workspace } from "../workspace.ts";
import { addMessage, requireChannel, requireParent } from "./chat.ts";
import type { Handler } from "./method.ts";

const completionSchema = z
  .array(
    z.strictObject({
      id: z.string(),
      title: z.string().optional(),
      highlight_type: z.string().optional(),
    }),
  )
  .min(1);

export const info: Handler<"files.info"> = ({ slack, install, read }) => {
  const file = requireFile(slack.workspace, install, read.file);
  file.looks += 1;
  const isSettled = file.looks > slack.control.settings().shares_after;
  return { file: { ...fileObject(slack, file), ...(isSettled ? {} : { shares: {} }) } };
};

export const getUploadUrl: Handler<"files.getUploadURLExternal"> = ({ slack, install, read }) => {
  if (read.length <= 0) throw new SlackError("missing_argument");
  const upload = {
    ticket: slack.workspace.newId("UT"),
    file: slack.workspace.newId("F"),
    team: install.team,
    filename: read.filename,
    length: read.length,
    is_completed: false,
  };
  slack.workspace.uploads.set(upload.ticket, upload);
  return { upload_url: new URL(`/upload/v1/${upload.ticket}`, slack.urls().main).href, file_id: upload.file };
};

export const completeUpload: Handler<"files.completeUploadExternal"> = ({ slack, install, read }) => {
  const parsed = completionSchema.safeParse(read.files);
  if (!parsed.success) throw refuse("invalid_arguments", "must be an array of ids [json-pointer:/files]");
  const { workspace } = slack;
  const uploads = parsed.data.map(({ id, title }) => {
    const upload = [...workspace.uploads.values()].find(
      ({ file, team }) => file === id && team === install.team,
    );
    if (upload?.bytes === undefined || upload.is_completed) throw new SlackError("file_not_found");
    return { upload, bytes: upload.bytes, title };
  });
  const channel = read.channel_id === undefined ? undefined : requireChannel(slack, install, read.channel_id);
  if (read.thread_ts !== undefined && channel === undefined) {
    throw refuse("invalid_arguments", "thread_ts needs a channel_id");
  }
  const thread =
    channel && read.thread_ts !== undefined ? requireParent(slack, channel, read.thread_ts) : undefined;
  const hasComment = read.initial_comment !== undefined;
  const blocks = read.blocks === undefined || hasComment ? [] : readBlocks(read.blocks);

  const files = uploads.map(({ upload, bytes, title }) => {
    upload.is_completed = true;
    const given = { name: upload.filename, bytes, ...(title === undefined ? {} : { title }) };
    return storeFile(slack, install.team, install.bot_user, given, upload.file);
  });
  if (channel !== undefined) {
    const message = addMessage(slack, install, channel, {
      text: read.initial_comment ?? "",
      blocks,
      files: files.map(({ id }) => id),
      ...(thread ? { thread_ts: thread.ts } : {}),
    });
    for (const file of files) {
      file.shares.push({ channel: channel.id, ts: message.ts, ...(thread ? { thread_ts: thread.ts } : {}) });
    }
    if (slack.control.settings().echo) {
      void publish(slack, channel, messageEvent(slack, channel, message));
      for (const file of files) void publish(slack, channel, fileSharedEvent(channel, file, message.ts));
    }
  }
  return { files: files.map((file) => fileObject(slack, file)) };
};

export const remove: Handler<"files.delete"> = ({ slack, install, read }) => {
  const { workspace } = slack;
  const file = requireFile(workspace, install, read.file);
  if (file.user !== install.bot_user) throw new SlackError("cant_delete_file");
  file.is_deleted = true;
  for (const message of workspace.messages) {
    message.files = message.files.filter((id) => id !== file.id);
    const isEmpty = message.files.length === 0 && latest(message).text === "" && !message.deleted_at;
    // A message that was nothing but the file goes with it.
    if (isEmpty && file.shares.some(({ channel, ts }) => channel === message.channel && ts === message.ts)) {
      message.deleted_at = workspace.now().toISOString();
    }
  }
  return {};
};

/** @throws SlackError `file_not_found`, `file_deleted` */
function requireFile(workspace: Workspace, install: Install, id: string): StoredFile {
  const file = workspace.files.get(id);
  if (file === undefined || !canSee(workspace, install, file)) throw new SlackError("file_not_found");
  if (file.is_deleted) throw new SlackError("file_deleted");
  return file;
}

/** A file can be seen by its uploader, and where it was shared. */
export function canSee(workspace: Workspace, install: Install, file: StoredFile): boolean {
  if (file.team !== install.team) return false;
  const isThere = ({ channel }: { channel: string }) =>
    workspace.channels.get(channel)?.members.has(install.bot_user) ?? false;
  return file.user === install.bot_user || file.shares.some(isThere);
}
