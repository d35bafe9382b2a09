import { cleanFileName } from "../../../shared/file-name.ts";
import { MAX_AUDIO_BYTES, SLACK_SHARE_TRIES, SLACK_SHARE_WAIT_MS } from "../../../shared/limits.ts";
import { callSlack, SlackError } from "../../../shared/slack/call-slack.ts";
import { mayHaveToken } from "../../../shared/slack/hosts.ts";
import { isRecording, type SlackFile, shareIn } from "../../../shared/slack/recording.ts";
import type { FileTask } from "../../../shared/slack/task.ts";
import type { SlackInstall } from "../../../shared/storage/slack-installs.ts";
import type { SlackRequest } from "../../../shared/storage/slack-requests.ts";
import { placeThread, readThreadOfFile } from "../../../shared/storage/slack-threads.ts";
import { openApi, type SlackDeps } from "./deps.ts";
import { makeJob } from "./make-job.ts";
import * as refusals from "./refusals.ts";
import { say } from "./say.ts";
import type { TaskOutcome } from "./task-outcome.ts";

/**
 * Creates a job from a shared file: one, however many events report it. A file that is not a recording is ignored,
 * unless somebody addressed us.
 */
export async function takeFile(
  deps: SlackDeps,
  install: SlackInstall,
  request: SlackRequest,
  task: FileTask,
): Promise<TaskOutcome> {
  if (task.user_id === install.botUserId) return "nothing";
  const place = { teamId: task.team_id, channelId: task.channel_id, fileId: task.file_id };
  // An event that names the message is on its way, or Slack will soon know it.
  const mayBePlaced = (threadTs: string | null) => threadTs === null && request.tries < SLACK_SHARE_TRIES;
  const later = (): TaskOutcome => ({ deferUntil: deps.now() + SLACK_SHARE_WAIT_MS });
  const refuse = async (text: string, threadTs = task.thread_ts): Promise<TaskOutcome> => {
    if (mayBePlaced(threadTs)) return later();
    const { team_id, channel_id, response_url } = task;
    const what = { team_id, channel_id, thread_ts: threadTs, text, response_url };
    await say(deps, request, install.tenantId, what, text === refusals.ALREADY ? null : place);
    return "ended";
  };

  const known = await readThreadOfFile(deps.env.DB, place);
  if (known) {
    if (task.thread_ts !== null) await placeThread(deps.env.DB, known.jobId, task.thread_ts);
    return task.response_url === null ? "nothing" : refuse(refusals.ALREADY, known.threadTs);
  }
  const looked = await readFile(deps, install, task);
  if ("refused" in looked) return task.is_addressed || looked.isOurFault ? refuse(looked.refused) : "nothing";
  const { file } = looked;
  if (file.user === install.botUserId) return "nothing";
  const threadTs = task.thread_ts ?? shareIn(file, task.channel_id)?.threadTs ?? null;
  if (!isRecording(file)) return task.is_addressed ? refuse(refusals.NOT_A_RECORDING, threadTs) : "nothing";
  if (mayBePlaced(threadTs)) return later();

  const url = file.url_private_download ?? file.url_private ?? "";
  const isHere = URL.canParse(url) && mayHaveToken(new URL(url), deps.config.slack.hosts);
  if (!isHere) return refuse(refusals.NOT_IN_SLACK, threadTs);
  const bytes = file.size ?? 0;
  if (bytes > MAX_AUDIO_BYTES) return refuse(refusals.tooLarge(bytes), threadTs);
  const made = await makeJob(deps, install, {
    url,
    filename: cleanFileName(file.name ?? file.title ?? file.id),
    bytes,
    options: {},
    thread: { ...place, threadTs, userId: task.user_id || (file.user ?? ""), responseUrl: task.response_url },
  });
  return made.kind === "over_quota" ? refuse(refusals.overQuota(made.quota), threadTs) : "nothing";
}

type Looked = { file: SlackFile } | { refused: string; isOurFault: boolean };

/** What Slack says about the file. An event has only its id, or a guess. */
async function readFile(deps: SlackDeps, install: SlackInstall, task: FileTask): Promise<Looked> {
  try {
    const api = await openApi(deps, install);
    const { file } = await callSlack<{ file: SlackFile }>(api, "files.info", { file: task.file_id });
    return { file };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    switch (error.code) {
      case "missing_scope":
      case "not_allowed_token_type":
        return { refused: refusals.NO_PERMISSION, isOurFault: true };
      case "file_deleted":
        return { refused: refusals.DELETED, isOurFault: false };
      case "file_not_found":
        return { refused: refusals.NOT_VISIBLE, isOurFault: false };
      default:
        throw error;
    }
  }
}
