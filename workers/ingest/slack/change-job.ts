import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { describeError, log } from "../../../shared/log.ts";
import { jobMessage, laneMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import { callSlack, SlackError } from "../../../shared/slack/call-slack.ts";
import { namesView } from "../../../shared/slack/names-view.ts";
import type { JobTask, RenameTask } from "../../../shared/slack/task.ts";
import { readLayer } from "../../../shared/storage/edits.ts";
import { readJob, requeueJob } from "../../../shared/storage/jobs.ts";
import { quotaIn } from "../../../shared/storage/quota.ts";
import type { SlackInstall } from "../../../shared/storage/slack-installs.ts";
import { updateThread } from "../../../shared/storage/slack-notices.ts";
import { endSlackRequest, type SlackRequest } from "../../../shared/storage/slack-requests.ts";
import { readThread, type SlackThread } from "../../../shared/storage/slack-threads.ts";
import { removeJob } from "../jobs/remove-job.ts";
import { reviseTranscript } from "../jobs/revise-transcript.ts";
import { openApi, type SlackDeps } from "./deps.ts";
import * as refusals from "./refusals.ts";
import { say } from "./say.ts";
import type { TaskOutcome } from "./task-outcome.ts";

/** How often the names are read and written when others change them at the same time. */
const MOST_TRIES = 5;

/** Does what a button or dialog of a thread asks for, if the job and the thread belong to this workspace. */
export async function changeJob(
  deps: SlackDeps,
  install: SlackInstall,
  request: SlackRequest,
  task: JobTask | RenameTask,
): Promise<TaskOutcome> {
  const thread = await readThread(deps.env.DB, task.job_id);
  const job = await readJob(deps.env.DB, install.tenantId, task.job_id);
  if (!job || thread?.teamId !== install.teamId || thread.tenantId !== install.tenantId) {
    log("slack.job_gone", { job_id: task.job_id, task: task.kind });
    return "nothing";
  }
  switch (task.kind) {
    case "ask_names":
      return askNames(deps, install, job, task.trigger_id);
    case "rename":
      return rename(deps, job, task.names);
    case "delete":
      return remove(deps, job, thread);
    case "retry":
      return retry(deps, request, job, thread);
  }
}

/**
 * A trigger is valid for three seconds. A dialog that comes too late cannot be opened, but the button is still there.
 */
async function askNames(
  deps: SlackDeps,
  install: SlackInstall,
  job: Job,
  triggerId: string,
): Promise<TaskOutcome> {
  const speakers = job.result?.speakers ?? [];
  if (speakers.length === 0) return "nothing";
  try {
    const view = namesView(job.id, speakers, job.speakers);
    await callSlack(await openApi(deps, install), "views.open", { trigger_id: triggerId, view });
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    log("slack.dialog_not_opened", { job_id: job.id, error: describeError(error) });
  }
  return "nothing";
}

async function rename(deps: SlackDeps, first: Job, names: RenameTask["names"]): Promise<TaskOutcome> {
  let job: Job | null = first;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (!job?.result) return "nothing";
    const layer = await readLayer(deps.env.DB, job);
    const speakers = { ...layer.speakers };
    for (const speaker of job.result.speakers) {
      const name = names[speaker];
      if (name === null) delete speakers[speaker];
      else if (name !== undefined) speakers[speaker] = name;
    }
    if (JSON.stringify(speakers) === JSON.stringify(job.speakers)) return "nothing";
    if (await reviseTranscript(deps, job, { ...layer, speakers }, null)) return "nothing";
    job = await readJob(deps.env.DB, job.tenantId, job.id);
  }
  return { deferUntil: deps.now() };
}

/** The deletion leaves a notice, which removes what was posted about the job. */
async function remove(deps: SlackDeps, job: Job, thread: SlackThread): Promise<TaskOutcome> {
  await removeJob(deps, job, "requested");
  await wake(deps.env.NOTIFY_QUEUE, [laneMessage(thread.lane)]);
  return "nothing";
}

async function retry(
  deps: SlackDeps,
  request: SlackRequest,
  job: Job,
  thread: SlackThread,
): Promise<TaskOutcome> {
  const { env } = deps;
  const now = deps.now();
  const refuse = async (text: string): Promise<TaskOutcome> => {
    const { teamId: team_id, channelId: channel_id, threadTs: thread_ts } = thread;
    await say(deps, request, job.tenantId, { team_id, channel_id, thread_ts, text, response_url: null });
    return "ended";
  };
  if (job.retention.audioRemovedAt !== null) return refuse(refusals.NOT_KEPT);
  try {
    await requeueJob(env.DB, job.id, now);
  } catch (error) {
    if (!quotaIn(error)) throw error;
    return refuse(refusals.MANY_AT_ONCE);
  }
  await wake(env.TRANSCRIBE_QUEUE, [jobMessage(job.id)]);
  const ids = { id: newId("slk", now), deliveryId: newId("dlv", now) };
  await env.DB.batch([endSlackRequest(env.DB, request), ...updateThread(env.DB, ids, job.id, now)]);
  await wake(env.NOTIFY_QUEUE, [laneMessage(thread.lane)]);
  return "ended";
}
