import { applyLayer } from "../../../shared/edits/apply-layer.ts";
import { isFinished, type Job } from "../../../shared/job.ts";
import { DOWNLOAD_URL_SECONDS, SLACK_PROGRESS_MAX_MS, SLACK_PROGRESS_MS } from "../../../shared/limits.ts";
import { signLink } from "../../../shared/secrets/signed-link.ts";
import { sha256Hex } from "../../../shared/sha256.ts";
import { isFinal, SlackError } from "../../../shared/slack/call-slack.ts";
import { readLayer } from "../../../shared/storage/edits.ts";
import { readAnyJob } from "../../../shared/storage/job-work.ts";
import type { ChannelDelivery } from "../../../shared/storage/slack-deliveries.ts";
import { readPosts, type SlackPost, savePost } from "../../../shared/storage/slack-posts.ts";
import { readThread } from "../../../shared/storage/slack-threads.ts";
import { loadTranscript } from "../../../shared/storage/transcripts.ts";
import type { Deps } from "../deps.ts";
import { attachFiles, type Edited } from "./attach-files.ts";
import type { Channel } from "./channel.ts";
import { excerptMessage } from "./excerpt.ts";
import { linkToPage } from "./page-link.ts";
import { postOnce, type Shown } from "./post-once.ts";
import { type Link, statusMessage } from "./status-message.ts";

/**
 * Brings a job's thread up to date, whatever the event was: passed stages are skipped, and events out of order do no
 * harm. Each step is recorded and done once.
 * @returns when to update it again; null: it is complete
 */
export async function syncThread(
  deps: Deps,
  channel: Channel,
  delivery: ChannelDelivery & { jobId: string },
): Promise<number | null> {
  const thread = await readThread(deps.db, delivery.jobId);
  const job = await readAnyJob(deps.db, delivery.jobId);
  if (!thread || !job) return null;
  const isProgress = delivery.type === "job.queued" || delivery.type === "job.started";
  if (isProgress && isFinished(job.status)) return null; // its end has its own event

  const posts = await readPosts(deps.db, job.id);
  const link = await linkTo(deps, job, delivery);
  const isFirst = !posts.some(({ kind, doneAt }) => kind === "status" && doneAt !== null);
  const shown = statusMessage(job, link, isFirst && delivery.type === "job.queued");
  const statusTs = await show(
    deps,
    channel,
    job,
    "status",
    thread.threadTs,
    posts,
    await sha256Hex(JSON.stringify(shown)),
    () => shown,
  );
  const threadTs = thread.threadTs ?? statusTs;
  if (threadTs === null) return null;
  if (job.status === "completed") await showTranscript(deps, channel, job, threadTs, posts);
  const isWatched = delivery.type === "job.started" && job.partsTotal > 1 && !isFinished(job.status);
  return isWatched ? nextLook(job, deps.now()) : null;
}

/** Often at first, then less and less: a job that takes hours, or waits, is not looked at thousands of times. */
function nextLook({ startedAt }: Job, now: number): number {
  const age = now - (startedAt ?? now);
  return now + Math.min(SLACK_PROGRESS_MAX_MS, Math.max(SLACK_PROGRESS_MS, age / 20));
}

/** Links that need no key: to the page, and to the transcript as in webhooks. */
async function linkTo(deps: Deps, job: Job, delivery: ChannelDelivery): Promise<Link | null> {
  if (job.status !== "completed" || job.completedAt === null) return null;
  const since = job.completedAt;
  const expires = Math.floor(since / 1000) + DOWNLOAD_URL_SECONDS;
  const grant = { kind: "transcript", jobId: job.id, expires, layer: "edited" } as const;
  const path = await signLink(deps.config.signingKey, grant, "transcript.json");
  const until = expires * 1000;
  const page = await linkToPage(deps, job, { isFirst: delivery.type === "job.completed", since, until });
  return { page, transcript: deps.config.mediaBaseUrl + path, until };
}

async function showTranscript(
  deps: Deps,
  channel: Channel,
  job: Job,
  threadTs: string,
  posts: readonly SlackPost[],
): Promise<void> {
  let loaded: Promise<Edited> | null = null;
  const load = async (): Promise<Edited> => {
    const layer = await readLayer(deps.db, job);
    return { transcript: applyLayer(await loadTranscript(deps.db, job), layer), names: layer.speakers };
  };
  const edited = () => {
    loaded ??= load();
    return loaded;
  };
  const makeExcerpt = async () => {
    const { transcript, names } = await edited();
    return excerptMessage(transcript, names);
  };
  await show(deps, channel, job, "excerpt", threadTs, posts, `revision ${job.revision}`, makeExcerpt);
  try {
    await attachFiles(deps, channel, job, threadTs, posts, edited);
  } catch (error) {
    if (!(error instanceof SlackError && isFinal(error.code))) throw error;
    await sayNotAttached(deps, channel, job, threadTs, posts, error);
    throw error;
  }
}

/** Posts a message of the job, or edits it when its content has changed. */
async function show(
  deps: Deps,
  channel: Channel,
  job: Job,
  kind: "status" | "excerpt" | "notice",
  threadTs: string | null,
  posts: readonly SlackPost[],
  hash: string,
  make: () => Shown | Promise<Shown>,
): Promise<string | null> {
  const post = posts.find((one) => one.kind === kind);
  if (post?.shown === hash) return post.ts;
  const shown = await make();
  let ts = post?.ts ?? null;
  if (ts === null) {
    const posted = await postOnce(deps, channel, { owner: job.id, kind, threadTs, shown, hash }, post);
    if (!posted?.isOld) return posted?.ts ?? null;
    ts = posted.ts;
  }
  try {
    await channel.speak("chat.update", { ts, text: shown.text, blocks: shown.blocks });
  } catch (error) {
    // Somebody deleted it on purpose, so it is not posted again.
    const isGone =
      error instanceof SlackError && ["message_not_found", "cant_update_message"].includes(error.code);
    if (!isGone) throw error;
  }
  await savePost(deps.db, job.id, { kind, revision: 0, ts, shown: hash, doneAt: deps.now() });
  return ts;
}

async function sayNotAttached(
  deps: Deps,
  channel: Channel,
  job: Job,
  threadTs: string,
  posts: readonly SlackPost[],
  error: SlackError,
): Promise<void> {
  const why =
    error.code === "missing_scope"
      ? "the permission `files:write` is missing. An admin has to install the app again; then rename a speaker, and I try once more."
      : `Slack says \`${error.code}\`. The link above has the whole transcript.`;
  const text = `:warning: I could not attach the transcript: ${why}`;
  const shown: Shown = { text, blocks: [{ type: "section", text: { type: "mrkdwn", text } }] };
  await show(deps, channel, job, "notice", threadTs, posts, error.code, () => shown);
}
