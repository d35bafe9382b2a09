import { isId } from "../../../shared/id.ts";
import { MAX_SPEAKER_NAME_CHARACTERS } from "../../../shared/limits.ts";
import { ACTIONS, NAMES_VIEW, TRANSCRIBE_SHORTCUT } from "../../../shared/slack/actions.ts";
import type { Task } from "../../../shared/slack/task.ts";
import { filesOf, isFields, text } from "./read-event.ts";

type Fields = Record<string, unknown>;

/** What a button, a dialog or the message shortcut asks for; null: nothing that we know. */
export function readInteraction(payload: Fields): Task | null {
  const teamId = teamOf(payload);
  const user = isFields(payload["user"]) ? payload["user"] : {};
  const userId = text(user["id"]) ?? "";
  if (teamId === null) return null;
  switch (payload["type"]) {
    case "block_actions":
      return readButton(payload, teamId, userId);
    case "view_submission":
      return readNames(payload, teamId, userId);
    case "message_action":
      return payload["callback_id"] === TRANSCRIBE_SHORTCUT ? readShortcut(payload, teamId, userId) : null;
    default:
      return null;
  }
}

function teamOf(payload: Fields): string | null {
  return isFields(payload["team"]) ? text(payload["team"]["id"]) : null;
}

function channelOf(payload: Fields): string | null {
  const { channel, container } = payload;
  return (isFields(channel) && text(channel["id"])) || (isFields(container) && text(container["channel_id"])) || null;
}

function readButton(payload: Fields, teamId: string, userId: string): Task | null {
  const [action] = Array.isArray(payload["actions"]) ? payload["actions"] : [];
  const channelId = channelOf(payload);
  if (!isFields(action) || channelId === null) return null;
  const kind = Object.entries(ACTIONS).find(([, id]) => id === action["action_id"])?.[0];
  const jobId = text(action["value"]) ?? "";
  if (!kind || !isId("job", jobId)) return null;
  return {
    kind: kind as keyof typeof ACTIONS,
    team_id: teamId,
    channel_id: channelId,
    user_id: userId,
    job_id: jobId,
    trigger_id: text(payload["trigger_id"]) ?? "",
  };
}

/** The fields that were left as they were are sent too: a name that stays changes nothing. */
function readNames(payload: Fields, teamId: string, userId: string): Task | null {
  const view = isFields(payload["view"]) ? payload["view"] : {};
  if (view["callback_id"] !== NAMES_VIEW) return null;
  const jobId = text(view["private_metadata"]) ?? "";
  const state = isFields(view["state"]) ? view["state"]["values"] : null;
  if (!isId("job", jobId) || !isFields(state)) return null;
  const names: Record<string, string | null> = {};
  for (const fields of Object.values(state)) {
    if (!isFields(fields)) continue;
    for (const [speaker, field] of Object.entries(fields)) {
      if (!isFields(field)) continue;
      const given = typeof field["value"] === "string" ? field["value"] : "";
      const name = given.replace(/[\s\p{Cc}]+/gu, " ").trim();
      names[speaker] = name === "" ? null : name.slice(0, MAX_SPEAKER_NAME_CHARACTERS);
    }
  }
  return { kind: "rename", team_id: teamId, user_id: userId, job_id: jobId, names };
}

function readShortcut(payload: Fields, teamId: string, userId: string): Task | null {
  const message = isFields(payload["message"]) ? payload["message"] : {};
  const channelId = channelOf(payload);
  const ts = text(message["ts"]) ?? text(payload["message_ts"]);
  if (channelId === null || ts === null) return null;
  return {
    kind: "files",
    team_id: teamId,
    channel_id: channelId,
    user_id: userId,
    file_ids: filesOf(message).map(({ id }) => id),
    thread_ts: text(message["thread_ts"]) ?? ts,
    is_addressed: true,
    response_url: text(payload["response_url"]),
  };
}
