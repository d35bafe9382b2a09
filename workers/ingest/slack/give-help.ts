import type { HelpTask } from "../../../shared/slack/task.ts";
import type { SlackInstall } from "../../../shared/storage/slack-installs.ts";
import type { SlackRequest } from "../../../shared/storage/slack-requests.ts";
import type { SlackDeps } from "./deps.ts";
import { HELP, NO_FILE_HERE } from "./refusals.ts";
import { say } from "./say.ts";
import type { TaskOutcome } from "./task-outcome.ts";

/** Replies with what we can do when somebody addresses us without a file. */
export async function giveHelp(
  deps: SlackDeps,
  install: SlackInstall,
  request: SlackRequest,
  task: HelpTask,
): Promise<TaskOutcome> {
  const { team_id, channel_id, ts, thread_ts, response_url } = task;
  if (task.user_id === install.botUserId) return "nothing";
  const text = ts === null ? NO_FILE_HERE : HELP;
  const what = { team_id, channel_id, thread_ts: thread_ts ?? ts, text, response_url };
  await say(deps, request, install.tenantId, what);
  return "ended";
}
