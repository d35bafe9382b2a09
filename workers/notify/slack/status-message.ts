import type { Button, KnownBlock } from "@slack/types";
import { type Job, showTime } from "../../../shared/job.ts";
import { ACTIONS } from "../../../shared/slack/actions.ts";
import { escapeText } from "./mrkdwn.ts";
import type { Shown } from "./post-once.ts";

/** Links to the job on the page and to its transcript, and until when they work (ms since 1970). */
export type Link = { page: string | null; transcript: string; until: number };

const MAX_SAID_CHARACTERS = 2_500;

/**
 * The one message that follows a job from start to end.
 * @param isNew shows the job as just accepted, whatever has happened since
 */
export function statusMessage(job: Job, link: Link | null, isNew = false): Shown {
  const text = (isNew ? received(nameOf(job)) : sentenceOf(job, link)).slice(0, MAX_SAID_CHARACTERS);
  const buttons = buttonsOf(job);
  const blocks: KnownBlock[] = [{ type: "section", text: { type: "mrkdwn", text } }];
  if (buttons.length > 0) blocks.push({ type: "actions", elements: buttons });
  return { text, blocks };
}

function sentenceOf(job: Job, link: Link | null): string {
  const name = nameOf(job);
  switch (job.status) {
    case "queued":
      return received(name);
    case "processing":
      return `:hourglass_flowing_sand: ${name}: ${progressOf(job)}`;
    case "completed":
      return `:white_check_mark: ${name}: ${resultOf(job)}${link ? linksOf(link) : ""}${warningsOf(job)}`;
    case "failed": {
      const { message = "", action = "" } = job.error ?? {};
      return `:warning: ${name} could not be transcribed. ${escapeText(message)} *${escapeText(action)}*`;
    }
    case "canceled":
      return `:no_entry_sign: ${name}: canceled.`;
  }
}

/** A line each. */
function warningsOf({ result }: Job): string {
  const lines = (result?.warnings ?? []).map(
    ({ message, action }) => `\n:warning: ${escapeText(message)} *${escapeText(action)}*`,
  );
  return lines.join("");
}

function linksOf({ page, transcript, until }: Link): string {
  const links = [`<${transcript}|Transcript as JSON>`, ...(page ? [`<${page}|Read and listen>`] : [])];
  return ` ${links.join(" · ")} (until ${showTime(until)?.slice(0, 10)}).`;
}

function nameOf(job: Job): string {
  return `*${escapeText(job.audio.filename ?? "The recording")}*`;
}

function received(name: string): string {
  return `:inbox_tray: ${name}: received.`;
}

function progressOf({ stage, partsTotal, partsDone }: Job): string {
  if (stage === "importing") return "being fetched.";
  if (stage === "assembling") return "being put together.";
  if (partsTotal < 2) return "being transcribed.";
  return `being transcribed, ${partsDone} of ${partsTotal} parts done.`;
}

function resultOf({ result }: Job): string {
  if (!result) return "transcribed.";
  const speakers = result.speakers.length;
  const who = speakers === 0 ? "" : `, ${speakers} ${speakers === 1 ? "speaker" : "speakers"}`;
  const language = result.language === null ? "" : `, language ${escapeText(result.language)}`;
  return `transcribed, ${showDuration(result.duration)}${who}${language}.`;
}

/** `1 h 2 min 5 s` */
function showDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 3600), "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ].filter(([count]) => count !== 0);
  return parts.length === 0 ? "0 s" : parts.map(([count, unit]) => `${count} ${unit}`).join(" ");
}

function buttonsOf(job: Job): Button[] {
  const button = (action: keyof typeof ACTIONS, label: string, more: Partial<Button> = {}): Button => ({
    type: "button",
    action_id: ACTIONS[action],
    value: job.id,
    text: { type: "plain_text", text: label },
    ...more,
  });
  const remove = button("delete", "Delete", {
    style: "danger",
    confirm: {
      title: { type: "plain_text", text: "Delete the transcript?" },
      text: {
        type: "plain_text",
        text: "This removes our copy of the recording, the transcript, and everything posted here.",
      },
      confirm: { type: "plain_text", text: "Delete" },
      deny: { type: "plain_text", text: "Keep" },
      style: "danger",
    },
  });
  switch (job.status) {
    case "completed": {
      const hasSpeakers = (job.result?.speakers.length ?? 0) > 0;
      return hasSpeakers ? [button("ask_names", "Rename speakers"), remove] : [remove];
    }
    case "failed":
      return job.error?.retryable ? [button("retry", "Try again", { style: "primary" }), remove] : [remove];
    case "canceled":
      return [button("retry", "Try again"), remove];
    default:
      return [];
  }
}
