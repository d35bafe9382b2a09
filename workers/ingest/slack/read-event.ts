import { isRecording, type SlackFile } from "../../../shared/slack/recording.ts";
import type { SlackTask } from "../../../shared/slack/task.ts";

/** What `POST /slack/events` may receive. */
type SlackEvent =
  | { kind: "challenge"; challenge: string }
  /** `id` stays the same when Slack repeats the event. */
  | { kind: "tasks"; id: string; tasks: SlackTask[] }
  | { kind: "nothing" };

const NOTHING: SlackEvent = { kind: "nothing" };

type Fields = Record<string, unknown>;

/** What an event asks for. Pure: it asks Slack nothing. Most messages do not concern us, and cost no row. */
export function readEvent(payload: Fields): SlackEvent {
  if (payload["type"] === "url_verification" && typeof payload["challenge"] === "string") {
    return { kind: "challenge", challenge: payload["challenge"] };
  }
  const { event_id: id, event } = payload;
  if (payload["type"] !== "event_callback" || typeof id !== "string" || !isFields(event)) return NOTHING;
  const teamId = teamOf(payload);
  const tasks = teamId === null ? [] : tasksOf(teamId, payload, event);
  return tasks.length > 0 ? { kind: "tasks", id, tasks } : NOTHING;
}

/** The workspace through which we see the event. In a shared channel, it may have happened in another one. */
function teamOf(payload: Fields): string | null {
  const [authorization] = Array.isArray(payload["authorizations"]) ? payload["authorizations"] : [];
  const ours = isFields(authorization) ? authorization["team_id"] : null;
  return text(ours) ?? text(payload["context_team_id"]) ?? text(payload["team_id"]);
}

function tasksOf(teamId: string, payload: Fields, event: Fields): SlackTask[] {
  switch (event["type"]) {
    case "file_shared":
      return readShare(teamId, event);
    case "message":
      return readMessage(teamId, payload, event);
    case "app_mention":
      return readMention(teamId, payload, event);
    case "app_uninstalled":
      return [{ kind: "uninstalled", team_id: teamId, at: Number(payload["event_time"]) || 0 }];
    case "tokens_revoked":
      // Only the bot's token is ours; users' tokens do not matter.
      return isFields(event["tokens"]) && listOf(event["tokens"]["bot"]).length > 0
        ? [{ kind: "uninstalled", team_id: teamId, at: Number(payload["event_time"]) || 0 }]
        : [];
    default:
      return [];
  }
}

function readShare(teamId: string, event: Fields): SlackTask[] {
  const fileId = text(event["file_id"]) ?? (isFields(event["file"]) ? text(event["file"]["id"]) : null);
  const channelId = text(event["channel_id"]);
  if (fileId === null || channelId === null) return [];
  const asked = { team_id: teamId, channel_id: channelId, user_id: text(event["user_id"]) ?? "" };
  return [
    { kind: "file", ...asked, file_id: fileId, thread_ts: null, is_addressed: false, response_url: null },
  ];
}

/** Edits, deletions and Slack's own messages have other subtypes. */
const SPOKEN = new Set([undefined, "file_share", "thread_broadcast", "bot_message", "me_message"]);

function readMessage(teamId: string, payload: Fields, event: Fields): SlackTask[] {
  const place = readPlace(payload, event);
  if (!place || !SPOKEN.has(event["subtype"] as string | undefined)) return [];
  const files = filesOf(event);
  const isDirect = event["channel_type"] === "im";
  if (files.length === 0) {
    const isSpoken = isDirect && event["subtype"] === undefined && !event["bot_id"];
    return isSpoken ? [{ kind: "help", team_id: teamId, ...place, response_url: null }] : [];
  }
  const taken = isDirect ? files : files.filter((file) => isUnknown(file) || isRecording(file));
  return fileTasks(teamId, place, taken, isDirect);
}

function readMention(teamId: string, payload: Fields, event: Fields): SlackTask[] {
  const place = readPlace(payload, event);
  if (!place) return [];
  const files = filesOf(event);
  if (files.length > 0) return fileTasks(teamId, place, files, true);
  return [{ kind: "help", team_id: teamId, ...place, response_url: null }];
}

type SpokenPlace = { channel_id: string; user_id: string; ts: string; thread_ts: string | null };

/** Null: required fields are missing, or we wrote it ourselves. */
function readPlace(payload: Fields, event: Fields): SpokenPlace | null {
  const [channelId, ts] = [text(event["channel"]), text(event["ts"])];
  if (channelId === null || ts === null) return null;
  const profile = isFields(event["bot_profile"]) ? event["bot_profile"]["app_id"] : undefined;
  const appId = event["app_id"] ?? profile;
  if (appId !== undefined && appId === payload["api_app_id"]) return null;
  return {
    channel_id: channelId,
    user_id: text(event["user"]) ?? "",
    ts,
    thread_ts: text(event["thread_ts"]),
  };
}

/** One task per file, so that each is tried and refused alone. */
export function fileTasks(
  teamId: string,
  { ts, thread_ts, ...asked }: SpokenPlace,
  files: SlackFile[],
  isAddressed: boolean,
  responseUrl: string | null = null,
): SlackTask[] {
  return files.map(({ id }) => ({
    kind: "file",
    team_id: teamId,
    ...asked,
    file_id: id,
    thread_ts: thread_ts ?? ts,
    is_addressed: isAddressed,
    response_url: responseUrl,
  }));
}

/** The files of a message, at most as many as Slack allows. */
export function filesOf(message: Fields): SlackFile[] {
  return listOf(message["files"])
    .filter((file): file is SlackFile & Fields => isFields(file) && typeof file["id"] === "string")
    .slice(0, MAX_FILES);
}

const MAX_FILES = 10;

/** In channels shared with other workspaces, Slack shows only the id. */
function isUnknown(file: SlackFile): boolean {
  return file.file_access === "check_file_info" || (!file.mimetype && !file.filetype && !file.name);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Null unless it is a text that an id or a time could be. */
export function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" && value.length <= MAX_TEXT ? value : null;
}

const MAX_TEXT = 3_000;
