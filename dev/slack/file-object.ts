/** A file as `files.info` and events show it, and what Slack makes of an upload's name and type. */

import { extname } from "node:path";
import type { Slack } from "./slack.ts";
import type { StoredFile } from "./workspace.ts";

/** What Slack calls the formats: file type, name for people, MIME type. */
const FORMATS: Record<string, [filetype: string, pretty: string, mimetype: string]> = {
  ".aac": ["aac", "AAC", "audio/aac"],
  ".flac": ["flac", "FLAC", "audio/x-flac"],
  ".m4a": ["m4a", "MPEG 4 Audio", "audio/mp4"],
  ".mov": ["mov", "QuickTime Movie", "video/quicktime"],
  ".mp3": ["mp3", "MP3", "audio/mpeg"],
  ".mp4": ["mp4", "MPEG 4 Video", "video/mp4"],
  ".ogg": ["ogg", "OGG", "audio/ogg"],
  ".png": ["png", "PNG", "image/png"],
  ".srt": ["text", "Plain Text", "text/plain"],
  ".txt": ["text", "Plain Text", "text/plain"],
  ".wav": ["wav", "WAVE", "audio/wav"],
  ".webm": ["webm", "WebM", "video/webm"],
};
const UNKNOWN: [string, string, string] = ["binary", "Binary", "application/octet-stream"];

export type NewFile = {
  name: string;
  title?: string;
  bytes: Uint8Array;
  mimetype?: string;
  filetype?: string;
  /** A clip recorded in Slack itself. */
  subtype?: "slack_audio" | "slack_video";
  duration_ms?: number;
  is_foreign?: boolean;
};

/** Stores a file that is shared nowhere yet. */
export function storeFile(
  { workspace }: Pick<Slack, "workspace">,
  team: string,
  user: string,
  given: NewFile,
  id = workspace.newId("F"),
): StoredFile {
  const [filetype, pretty, mimetype] = FORMATS[extname(given.name).toLowerCase()] ?? UNKNOWN;
  const created = Math.floor(workspace.now().getTime() / 1_000);
  const kind = given.subtype?.replace("slack_", "");
  const file: StoredFile = {
    id,
    team,
    user,
    bytes: given.bytes,
    shares: [],
    is_foreign: given.is_foreign ?? false,
    is_deleted: false,
    looks: 0,
    facts: {
      id,
      created,
      timestamp: created,
      name: given.name,
      title: given.title ?? given.name,
      mimetype: given.mimetype ?? mimetype,
      filetype: given.filetype ?? filetype,
      pretty_type: pretty,
      user,
      user_team: team,
      editable: false,
      size: given.bytes.length,
      mode: "hosted",
      is_external: false,
      external_type: "",
      is_public: true,
      public_url_shared: false,
      display_as_bot: false,
      username: "",
      media_display_type: kind ?? (mimetype.startsWith("video/") ? "video" : "audio"),
      is_starred: false,
      has_rich_preview: false,
      file_access: "visible",
      ...(given.duration_ms === undefined ? {} : { duration_ms: given.duration_ms }),
      ...(given.subtype === undefined
        ? {}
        : {
            subtype: given.subtype,
            transcription: {
              status: "complete",
              locale: "en-US",
              preview: { content: "Slack's own words", has_more: true },
            },
          }),
    },
  };
  workspace.files.set(id, file);
  return file;
}

export type FileObject = ReturnType<typeof fileObject>;

/** The object with its addresses and where it is shared. */
export function fileObject({ urls, workspace }: Slack, file: StoredFile) {
  const { main } = urls();
  const place = `${file.team}-${file.id}`;
  const name = encodeURIComponent(file.facts.name.toLowerCase().replaceAll(" ", "_"));
  const channelsOf = (kind: "channel" | "group" | "im") => [
    ...new Set(file.shares.map(({ channel }) => channel).filter((id) => kindOf(workspace, id) === kind)),
  ];
  return {
    ...file.facts,
    url_private: new URL(`/files-pri/${place}/${name}`, main).href,
    url_private_download: new URL(`/files-pri/${place}/download/${name}`, main).href,
    permalink: new URL(`/files/${file.user}/${file.id}/${name}`, main).href,
    permalink_public: "",
    channels: channelsOf("channel"),
    groups: channelsOf("group"),
    ims: channelsOf("im"),
    shares: {
      public: sharesIn(channelsOf("channel"), file),
      private: sharesIn([...channelsOf("group"), ...channelsOf("im")], file),
    },
  };
}

function sharesIn(channels: string[], { team, shares }: StoredFile) {
  return Object.fromEntries(
    channels.map((id) => [
      id,
      shares
        .filter(({ channel }) => channel === id)
        .map(({ ts, thread_ts }) => ({ ts, ...(thread_ts ? { thread_ts } : {}), team_id: team })),
    ]),
  );
}

function kindOf(workspace: Slack["workspace"], id: string): string {
  const kind = workspace.channels.get(id)?.kind ?? "channel";
  return kind === "mpim" ? "group" : kind;
}
