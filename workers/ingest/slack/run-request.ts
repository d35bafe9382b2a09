import { SLACK_REQUEST_TRIES } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { backoffMs } from "../../../shared/queue/backoff.ts";
import { slackMessage } from "../../../shared/queue/message.ts";
import { SlackError } from "../../../shared/slack/call-slack.ts";
import type { SlackTask } from "../../../shared/slack/task.ts";
import { StorageAwayError } from "../../../shared/storage/passing-error.ts";
import { deleteInstall, readInstall, type SlackInstall } from "../../../shared/storage/slack-installs.ts";
import {
  claimSlackRequest,
  deferSlackRequest,
  endSlackRequest,
  type SlackRequest,
} from "../../../shared/storage/slack-requests.ts";
import { changeJob } from "./change-job.ts";
import type { SlackDeps } from "./deps.ts";
import { giveHelp } from "./give-help.ts";
import { say } from "./say.ts";
import { takeFile } from "./take-file.ts";
import { takeUrl } from "./take-url.ts";
import type { TaskOutcome } from "./task-outcome.ts";

/** As long as an attempt at a job waits at most. */
const STORAGE_WAIT_MS = 5 * 60_000;

/**
 * Does what a request from Slack asks for, after the response. It is retried until it is done or given up, and giving
 * up is reported.
 */
export async function runRequest(deps: SlackDeps, id: string): Promise<void> {
  const request = await claimSlackRequest(deps.env.DB, id, deps.now());
  if (!request) return log("slack.not_claimed", { request: id });
  const task = JSON.parse(request.task) as SlackTask; // written by our own routes
  const outcome = await attempt(deps, request, task);
  if (outcome === "ended") return;
  if (outcome === "nothing") return void (await endSlackRequest(deps.env.DB, request).run());
  await deferSlackRequest(deps.env.DB, request, outcome.deferUntil, outcome.waited ?? false);
  const delaySeconds = Math.max(0, Math.ceil((outcome.deferUntil - deps.now()) / 1000));
  await deps.env.SLACK_QUEUE.send(slackMessage(id), { delaySeconds });
}

async function attempt(deps: SlackDeps, request: SlackRequest, task: SlackTask): Promise<TaskOutcome> {
  if (task.kind === "uninstalled") return forget(deps, task);
  const install = await readInstall(deps.env.DB, task.team_id);
  if (!install) {
    log("slack.not_installed", { team: task.team_id, task: task.kind });
    return "nothing";
  }
  try {
    return await run(deps, install, request, task);
  } catch (error) {
    log("slack.request_failed", { request: request.id, task: task.kind, error: describeError(error) });
    return failed(deps, install, request, task, error);
  }
}

function run(
  deps: SlackDeps,
  install: SlackInstall,
  request: SlackRequest,
  task: Exclude<SlackTask, { kind: "uninstalled" }>,
): Promise<TaskOutcome> {
  switch (task.kind) {
    case "file":
      return takeFile(deps, install, request, task);
    case "url":
      return takeUrl(deps, install, request, task);
    case "help":
      return giveHelp(deps, install, request, task);
    default:
      return changeJob(deps, install, request, task);
  }
}

async function failed(
  deps: SlackDeps,
  install: SlackInstall,
  request: SlackRequest,
  task: SlackTask,
  error: unknown,
): Promise<TaskOutcome> {
  // Storage that is away is no try: the request waits, however long.
  if (error instanceof StorageAwayError) return { deferUntil: deps.now() + STORAGE_WAIT_MS, waited: true };
  if (request.tries - request.waits < SLACK_REQUEST_TRIES) {
    const asked = error instanceof SlackError ? error.retryAfterMs : null;
    const delay = asked ?? backoffMs(request.tries, deps.random(), { baseMs: 5_000, maxMs: 600_000 });
    return { deferUntil: deps.now() + delay };
  }
  log("operator.slack_given_up", { request: request.id, task: task.kind, error: describeError(error) });
  if (!("channel_id" in task)) return "nothing";
  const { team_id, channel_id } = task;
  const thread_ts = "thread_ts" in task ? task.thread_ts : null;
  const response_url = "response_url" in task ? task.response_url : null;
  const text = "Something went wrong on our side, more than once. Please share it again, or tell your admin.";
  await say(deps, request, install.tenantId, { team_id, channel_id, thread_ts, text, response_url });
  return "ended";
}

/** Slack may report this late: an install made since then stays. */
async function forget(
  deps: SlackDeps,
  { team_id, at }: { team_id: string; at: number },
): Promise<TaskOutcome> {
  const until = at === 0 ? deps.now() : at * 1000 + 999;
  if (await deleteInstall(deps.env.DB, team_id, until)) log("slack.uninstalled", { team: team_id });
  return "nothing";
}
