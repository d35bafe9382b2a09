import { SLACK_REQUEST_TRIES } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { backoffMs } from "../../../shared/queue/backoff.ts";
import { slackMessage } from "../../../shared/queue/message.ts";
import { SlackError } from "../../../shared/slack/call-slack.ts";
import type { Task } from "../../../shared/slack/task.ts";
import { deleteInstall, readInstall, type SlackInstall } from "../../../shared/storage/slack-installs.ts";
import {
  claimSlackRequest,
  endSlackRequest,
  putOffSlackRequest,
  type SlackRequest,
} from "../../../shared/storage/slack-requests.ts";
import { changeJob } from "./change-job.ts";
import type { SlackWorld } from "./deps.ts";
import { giveHelp } from "./give-help.ts";
import { say } from "./say.ts";
import { takeFile } from "./take-file.ts";
import { takeUrl } from "./take-url.ts";

/** It may go better at `until`. */
export type PutOff = { until: number };
/** What comes of a task: it ended its request, there is nothing to do, or it has to wait. */
export type Outcome = "ended" | "nothing" | PutOff;

/** Does what Slack has asked for, behind its answer. It is tried again until it is done or given up, and said so. */
export async function runRequest(world: SlackWorld, id: string): Promise<void> {
  const request = await claimSlackRequest(world.env.DB, id, world.now());
  if (!request) return log("slack.not_claimed", { request: id });
  const task = JSON.parse(request.task) as Task; // our own routes wrote it
  const outcome = await attempt(world, request, task);
  if (outcome === "ended") return;
  if (outcome === "nothing") return void (await endSlackRequest(world.env.DB, request).run());
  await putOffSlackRequest(world.env.DB, request, outcome.until);
  const delaySeconds = Math.max(0, Math.ceil((outcome.until - world.now()) / 1000));
  await world.env.SLACK_QUEUE.send(slackMessage(id), { delaySeconds });
}

async function attempt(world: SlackWorld, request: SlackRequest, task: Task): Promise<Outcome> {
  if (task.kind === "uninstalled") return forget(world, task);
  const install = await readInstall(world.env.DB, task.team_id);
  if (!install) {
    log("slack.not_installed", { team: task.team_id, task: task.kind });
    return "nothing";
  }
  try {
    return await run(world, install, request, task);
  } catch (error) {
    log("slack.request_failed", { request: request.id, task: task.kind, error: describeError(error) });
    return failed(world, install, request, task, error);
  }
}

function run(
  world: SlackWorld,
  install: SlackInstall,
  request: SlackRequest,
  task: Exclude<Task, { kind: "uninstalled" }>,
): Promise<Outcome> {
  switch (task.kind) {
    case "file":
      return takeFile(world, install, request, task);
    case "url":
      return takeUrl(world, install, request, task);
    case "help":
      return giveHelp(world, install, request, task);
    default:
      return changeJob(world, install, request, task);
  }
}

async function failed(
  world: SlackWorld,
  install: SlackInstall,
  request: SlackRequest,
  task: Task,
  error: unknown,
): Promise<Outcome> {
  if (request.tries < SLACK_REQUEST_TRIES) {
    const asked = error instanceof SlackError ? error.retryAfterMs : null;
    const delay = asked ?? backoffMs(request.tries, world.random(), { baseMs: 5_000, maxMs: 600_000 });
    return { until: world.now() + delay };
  }
  log("operator.slack_given_up", { request: request.id, task: task.kind, error: describeError(error) });
  if (!("channel_id" in task)) return "nothing";
  const { team_id, channel_id } = task;
  const thread_ts = "thread_ts" in task ? task.thread_ts : null;
  const response_url = "response_url" in task ? task.response_url : null;
  const text = "Something went wrong on our side, more than once. Please share it again, or tell your admin.";
  await say(world, request, install.tenantId, { team_id, channel_id, thread_ts, text, response_url });
  return "ended";
}

/** Slack tells of it late at times: what was installed since then stays. */
async function forget(world: SlackWorld, { team_id, at }: { team_id: string; at: number }): Promise<Outcome> {
  const until = at === 0 ? world.now() : at * 1000 + 999;
  if (await deleteInstall(world.env.DB, team_id, until)) log("slack.uninstalled", { team: team_id });
  return "nothing";
}
