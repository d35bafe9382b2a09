import { transcriptName } from "../../../shared/file-name.ts";
import type { Job } from "../../../shared/job.ts";
import { renderTranscript } from "../../../shared/render/render.ts";
import { isFinal, SlackError } from "../../../shared/slack/call-slack.ts";
import { isSharedIn, type SlackFile, shareIn } from "../../../shared/slack/recording.ts";
import { beginPost, deletePost, type SlackPost, savePost } from "../../../shared/storage/slack-posts.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import type { Deps } from "../deps.ts";
import type { Channel } from "./channel.ts";

/** The attached formats. Slack accepts no empty file. */
const FORMATS = ["text", "srt"] as const;
const NO_SPEECH = "No speech was found in this recording.\n";

/** A transcript with people's edits. */
export type Edited = { transcript: Transcript; names: Readonly<Record<string, string>> };

/**
 * Attaches the files of the job's current revision to the thread, once, and then removes those of earlier revisions. An
 * upload that was not completed is visible to nobody.
 */
export async function attachFiles(
  deps: Deps,
  channel: Channel,
  job: Job,
  threadTs: string,
  posts: readonly SlackPost[],
  edited: () => Promise<Edited>,
): Promise<void> {
  const files = posts.filter(({ kind }) => kind === "files");
  const current = files.find(({ revision }) => revision === job.revision);
  if (!current?.doneAt) await attach(deps, channel, job, threadTs, current, edited);
  for (const old of files.filter(({ revision }) => revision < job.revision)) {
    await removeFiles(channel, old.fileIds);
    await deletePost(deps.db, job.id, old);
  }
}

async function attach(
  deps: Deps,
  channel: Channel,
  job: Job,
  threadTs: string,
  begun: SlackPost | undefined,
  edited: () => Promise<Edited>,
): Promise<void> {
  const post = { kind: "files", revision: job.revision, ts: null, shown: null } as const;
  if (begun && (await isShared(channel, begun))) {
    await savePost(deps.db, job.id, { ...post, doneAt: deps.now() });
    return;
  }
  const files: { id: string; title: string }[] = [];
  for (const { name, bytes } of await renderFiles(job, await edited())) {
    const args = { filename: name, length: bytes.byteLength };
    type UploadTarget = { upload_url: string; file_id: string };
    const target = await channel.call<UploadTarget>("files.getUploadURLExternal", args);
    await channel.send(target.upload_url, bytes);
    files.push({ id: target.file_id, title: name });
  }
  const fileIds = files.map(({ id }) => id);
  if (!(await beginPost(deps.db, job.id, { ...post, fileIds }, deps.now()))) return;
  await channel.call("files.completeUploadExternal", { files, channel_id: channel.id, thread_ts: threadTs });
  if (await savePost(deps.db, job.id, { ...post, doneAt: deps.now() })) return;
  // The job was deleted meanwhile: nobody else knows of these files.
  for (const file of fileIds) await channel.undo("files.delete", { file });
}

/** Whether an upload was completed: then its file is in the channel. */
async function isShared(channel: Channel, { fileIds }: SlackPost): Promise<boolean> {
  const [file] = fileIds;
  if (file === undefined) return false;
  try {
    const answer = await channel.call<{ file: SlackFile }>("files.info", { file });
    return isSharedIn(answer.file, channel.id);
  } catch (error) {
    if (error instanceof SlackError && isFinal(error.code)) return false;
    throw error;
  }
}

/**
 * Removes files that were attached together: each file, and their message, which would otherwise show "deleted".
 * Nothing happens to what is gone already.
 */
export async function removeFiles(channel: Channel, files: readonly string[]): Promise<void> {
  const [first] = files;
  if (first === undefined) return;
  const answer = await unlessGone(channel.call<{ file: SlackFile }>("files.info", { file: first }));
  const share = answer && shareIn(answer.file, channel.id);
  if (share) await unlessGone(channel.speak("chat.delete", { ts: share.ts }));
  for (const file of files) await unlessGone(channel.call("files.delete", { file }));
}

/** The response, or null: there is nothing to ask for (any more), or it is not ours to change. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof SlackError && isFinal(error.code)) return null;
    throw error;
  }
}

async function renderFiles(
  job: Job,
  { transcript, names }: Edited,
): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]> {
  const name = transcriptName(job.audio.filename);
  const options = { speakerNames: names, times: true };
  const files = FORMATS.map((format) => {
    const { pieces, extension } = renderTranscript(transcript, format, options, name);
    const text = [...pieces].join("");
    return { name: `${name}.${extension}`, text: format === "text" && text === "" ? NO_SPEECH : text };
  });
  return files
    .filter(({ text }) => text !== "")
    .map(({ name, text }) => ({ name, bytes: new Uint8Array(Buffer.from(text)) }));
}
