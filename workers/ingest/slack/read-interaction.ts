import { isId } from "../../../shared/id.ts";
import { MAX_SPEAKER_NAME_CHARACTERS } from "../../../shared/limits.ts";
import { ACTIONS, NAMES_VIEW, TRANSCRIBE_SHORTCUT } from "../../../shared/slack/actions.ts";
import type { SlackTask } from "../../../shared/slack/task.ts";
import { filesOf, fileTasks, isFields, text } from "./read-event.ts";

type Fields = Record<string, unknown>;

/** What a button, a dialog or the message shortcut asks for; empty: nothing that we know. */
export function readInteraction(payload: Fields): SlackTask[] {
  const teamId = teamOf(payload);
  const user = isFields(payload["user"]) ? payload["user"] : {};
  const userId = text(user["id"]) ?? "";
  if (teamId === null) return [];
  switch (payload["type"]) {
    case "block_actions":
      return readButton(payload, teamId, userId);
    case "view_submission":
      return readNames(payload, teamId, userId);
    case "message_action":
      return payload["callback_id"] === TRANSCRIBE_SHORTCUT ? readShortcut(payload, teamId, userId) : [];
    default:
      return [];
  }
}

function teamOf(payload: Fields): string | null {
  return isFields(payload["team"]) ? text(payload["team"]["id"]) : null;
}

function channelOf(payload: Fields): string | null {
  const { channel, container } = payload;
  return (
    (isFields(channel) && text(channel["id"])) ||
    (isFields(container) && text(container["channel_id"])) ||
    null
  );
}

function readButton(payload: Fields, teamId: string, userId: string): SlackTask[] {
  const [action] = Array.isArray(payload["actions"]) ? payload["actions"] : [];
  const channelId = channelOf(payload);
  if (!isFields(action) || channelId === null) return [];
  const kind = Object.entries(ACTIONS).find(([, id]) => id === action["action_id"])?.[0];
  const jobId = text(action["value"]) ?? "";
  if (!kind || !isId("job", jobId)) return [];
  const asked = { team_id: teamId, channel_id: channelId, user_id: userId };
  const triggerId = text(payload["trigger_id"]) ?? "";
  return [{ kind: kind as keyof typeof ACTIONS, ...asked, job_id: jobId, trigger_id: triggerId }];
}

/** Slack also sends the unchanged fields: a name that stays changes nothing. */
function readNames(payload: Fields, teamId: string, userId: string): SlackTask[] {
  const view = isFields(payload["view"]) ? payload["view"] : {};
  if (view["callback_id"] !== NAMES_VIEW) return [];
  const jobId = text(view["private_metadata"]) ?? "";
  const state = isFields(view["state"]) ? view["state"]["values"] : null;
  if (!isId("job", jobId) || !isFields(state)) return [];
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
  return [{ kind: "rename", team_id: teamId, user_id: userId, job_id: jobId, names }];
}

function readShortcut(payload: Fields, teamId: string, userId: string): SlackTask[] {
  const message = isFields(payload["message"]) ? payload["message"] : {};
  const channelId = channelOf(payload);
  const ts = text(message["ts"]) ?? text(payload["message_ts"]);
  if (channelId === null || ts === null) return [];
  const responseUrl = text(payload["response_url"]);
  const place = { channel_id: channelId, user_id: userId, ts, thread_ts: text(message["thread_ts"]) };
  const files = filesOf(message);
  if (files.length > 0) return fileTasks(teamId, place, files, true, responseUrl);
  return [
    {
      kind: "help",
      team_id: teamId,
      ...place,
      ts: null,
      thread_ts: place.thread_ts ?? ts,
      response_url: responseUrl,
    },
  ];
}
