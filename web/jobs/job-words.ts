import type { Job } from "../api/diarist.ts";

/** A status, as people say it. */
export const STATUS_WORDS: Record<Job["status"], string> = {
  queued: "Waiting",
  processing: "Transcribing",
  completed: "Done",
  failed: "Failed",
  canceled: "Canceled",
};

const STAGE_WORDS: Record<Job["progress"]["stage"], string> = {
  importing: "Fetching the recording",
  stored: "In line",
  probing: "Looking at the recording",
  cutting: "Cutting it into parts",
  transcribing: "Listening",
  assembling: "Putting it together",
  done: "Done",
};

/** By the reason for which a job waits; docs/api.md explains each. */
const WAIT_WORDS: Record<string, string> = {
  rate_limited: "the speech service is busy; it goes on by itself",
  upstream_unauthorized: "the speech service refuses this server's key; its operator has to set a new one",
  same_recording_in_progress: "the same recording is being transcribed already",
  storage_unavailable: "our storage does not answer; it goes on by itself",
  earlier_call_in_progress: "an earlier call is still under way",
  source_interrupted: "the download broke off; it goes on by itself",
};

/** What is being done with an unfinished job. */
export function describeProgress({ progress }: Job): string {
  const { stage, parts_done, parts_total, waiting_for } = progress;
  const parts =
    parts_total > 1 && stage === "transcribing" ? `, ${parts_done} of ${parts_total} parts done` : "";
  const wait = waiting_for === null ? undefined : WAIT_WORDS[waiting_for];
  return `${STAGE_WORDS[stage]}${parts}${wait ? ` · ${wait}` : ""}`;
}

export function nameOf({ audio, id }: Pick<Job, "audio" | "id">): string {
  return audio.filename || id;
}

export function isOver({ status }: Pick<Job, "status">): boolean {
  return status !== "queued" && status !== "processing";
}
