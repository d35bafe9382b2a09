/** A file as Slack describes it; other fields are ignored. Source: @slack/web-api, FilesInfoResponse. */
export type SlackFile = {
  id: string;
  name?: string | null;
  title?: string;
  mimetype?: string;
  filetype?: string;
  subtype?: string;
  size?: number;
  mode?: string;
  user?: string;
  is_external?: boolean;
  file_access?: string;
  url_private?: string;
  url_private_download?: string;
  shares?: { public?: Shares; private?: Shares };
  channels?: string[];
  groups?: string[];
  ims?: string[];
};
type Shares = Record<string, { ts?: string; thread_ts?: string }[] | undefined>;

/** The types that Slack calls audio and video (docs.slack.dev, file types), and extensions it does not know. */
const TYPES = new Set(
  (
    "aac aif aiff amr caf flac m4a m4b mka mp3 mpga oga ogg opus wav weba wma " +
    "3gp avi flv m4v mkv mov mp4 mpeg mpg mts webm wmv"
  ).split(" "),
);

/**
 * Whether the file is audio or video. Slack is not always sure. A clip says so only in its subtype, and a recording
 * with little in its header only in its name. So for a general type, the extension decides.
 */
export function isRecording(file: SlackFile): boolean {
  const type = (file.mimetype ?? "").toLowerCase();
  if (/^(audio|video)\//.test(type)) return true;
  if (file.subtype === "slack_audio" || file.subtype === "slack_video") return true;
  if (TYPES.has((file.filetype ?? "").toLowerCase())) return true;
  const isGeneral = type === "" || type === "application/octet-stream" || type === "binary/octet-stream";
  const extension = /\.([a-z0-9]+)$/i.exec(file.name ?? "")?.[1]?.toLowerCase() ?? "";
  return isGeneral && TYPES.has(extension);
}

/** Whether the file is visible in this channel. */
export function isSharedIn(file: SlackFile, channelId: string): boolean {
  const places = [...(file.channels ?? []), ...(file.groups ?? []), ...(file.ims ?? [])];
  return places.includes(channelId) || shareIn(file, channelId) !== null;
}

/** The newest message that shares the file in this channel, and its thread; null: Slack does not say. */
export function shareIn(file: SlackFile, channelId: string): { ts: string; threadTs: string } | null {
  const shares = [
    ...(file.shares?.public?.[channelId] ?? []),
    ...(file.shares?.private?.[channelId] ?? []),
  ].flatMap(({ ts, thread_ts }) => (ts ? [{ ts, threadTs: thread_ts ?? ts }] : []));
  return shares.sort((a, b) => Number(b.ts) - Number(a.ts))[0] ?? null;
}
