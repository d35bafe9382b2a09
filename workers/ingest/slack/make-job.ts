import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { quotaIn, readQuotas } from "../../../shared/storage/quota.ts";
import type { SlackInstall } from "../../../shared/storage/slack-installs.ts";
import { isFileTaken, type NewThread } from "../../../shared/storage/slack-threads.ts";
import { readTenant } from "../../../shared/storage/tenants.ts";
import type { Quota } from "../../../shared/tenant-limits.ts";
import { isReached } from "../access/quota.ts";
import { createJob, type Source } from "../jobs/create-job.ts";
import { checkOptions } from "../jobs/job-options.ts";
import type { SlackDeps } from "./deps.ts";

type Recording = {
  url: string;
  filename: string | null;
  /** 0 when it is not known. */
  bytes: number;
  options: { language?: string; min_speakers?: number; max_speakers?: number };
  thread: NewThread;
};

type Made = { kind: "made"; job: Job } | { kind: "over_quota"; quota: Quota } | { kind: "taken" };

/** Creates a job from a recording in Slack, within its tenant's limits. `taken`: the file has a job already. */
export async function makeJob(deps: SlackDeps, install: SlackInstall, recording: Recording): Promise<Made> {
  const { env, config } = deps;
  const now = deps.now();
  const { tenantId, keyId } = install;
  const limits = (await readTenant(env.DB, tenantId))?.limits ?? {};
  const quotas = await readQuotas(env.DB, tenantId, limits, now);
  const reached = quotas.find((quota) => isReached(quota, recording.bytes));
  if (reached) return { kind: "over_quota", quota: reached };

  const { url, filename, thread } = recording;
  const { teamId: team, channelId: channel, userId: user, fileId: file } = thread;
  const metadata = { slack: { team, channel, user, ...(file === null ? {} : { file }) } };
  const options = checkOptions(config, { ...recording.options, metadata });
  const id = newId("job", now);
  const source: Source = { kind: "url", jobId: id, createdAt: now, url, filename, headers: null, thread };
  try {
    return { kind: "made", job: await createJob(deps, { tenantId, keyId }, options, source) };
  } catch (error) {
    if (isFileTaken(error)) return { kind: "taken" };
    const quota = quotas.find(({ name }) => name === quotaIn(error));
    if (quota) return { kind: "over_quota", quota };
    throw error;
  }
}
