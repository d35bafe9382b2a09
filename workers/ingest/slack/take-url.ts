import type { UrlTask } from "../../../shared/slack/task.ts";
import type { SlackInstall } from "../../../shared/storage/slack-installs.ts";
import type { SlackRequest } from "../../../shared/storage/slack-requests.ts";
import { commandId } from "../../../shared/storage/slack-threads.ts";
import type { SlackDeps } from "./deps.ts";
import { makeJob } from "./make-job.ts";
import * as refusals from "./refusals.ts";
import { say } from "./say.ts";
import type { TaskOutcome } from "./task-outcome.ts";

/** Creates a job from a URL given to `/transcribe`. The status message starts the thread. */
export async function takeUrl(
  deps: SlackDeps,
  install: SlackInstall,
  request: SlackRequest,
  task: UrlTask,
): Promise<TaskOutcome> {
  const { team_id, channel_id, user_id, response_url, speakers, language } = task;
  const made = await makeJob(deps, install, {
    url: task.url,
    filename: null,
    bytes: 0,
    options: {
      language,
      ...(speakers === null ? {} : { min_speakers: speakers, max_speakers: speakers }),
    },
    thread: {
      teamId: team_id,
      channelId: channel_id,
      fileId: commandId(request.id),
      threadTs: null,
      userId: user_id,
      responseUrl: response_url,
    },
  });
  if (made.kind !== "over_quota") return "nothing";
  const text = refusals.overQuota(made.quota);
  await say(deps, request, install.tenantId, { team_id, channel_id, thread_ts: null, text, response_url });
  return "ended";
}
