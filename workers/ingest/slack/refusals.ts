import { showTime } from "../../../shared/job.ts";
import { MAX_AUDIO_BYTES } from "../../../shared/limits.ts";
import type { Quota } from "../../../shared/tenant-limits.ts";

/** Why a recording in Slack is not transcribed, as its sender reads it: what is wrong, and what to do. */

export const NOT_A_RECORDING =
  "I transcribe audio and video, and this is neither. Share the recording itself.";
export const NOT_IN_SLACK =
  "This file is stored outside Slack, and I cannot fetch it. Upload the recording itself, or give me its address with `/transcribe`.";
export const ALREADY = "I have this recording already: its transcript is in the thread under it.";
export const DELETED = "The file is gone. Share it again.";
export const NO_PERMISSION =
  "I may not read files in this workspace: the permission `files:read` is missing. An admin has to install the app again; then share the file again.";
export const NOT_VISIBLE =
  "I cannot see this file. Invite me to the channel first (`/invite @Diarist`), then share it or use the shortcut again.";
export const NOT_KEPT = "The recording is no longer stored. Share it again.";
export const MANY_AT_ONCE =
  "This workspace is transcribing as many recordings at once as it may. Try again when one is done.";
export const HELP =
  "Share an audio or video file with me in a channel I am in, or in a direct message, and I reply with its transcript. " +
  "For a recording on the web: `/transcribe <url> [language] [speakers]`. " +
  "For a recording shared before I joined: *Transcribe* in the menu of its message.";
export const NO_FILE_HERE =
  "There is no audio or video in this message. Use *Transcribe* on the message that has the recording.";

export function tooLarge(bytes: number): string {
  const gb = (count: number) => `${Math.ceil(count / 1e9)} GB`;
  return `The file is too large: ${gb(bytes)}, and I take up to ${gb(MAX_AUDIO_BYTES)}. Compress it, as MP3 for example, and share it again.`;
}

export function overQuota({ name, limit, used, resetsAt }: Quota): string {
  switch (name) {
    case "minutes_per_month": {
      const day = showTime(resetsAt)?.slice(0, 10) ?? "next month";
      return `This workspace has used its ${limit} minutes for this month. Share the recording again from ${day} on, or ask your admin for more.`;
    }
    case "jobs_at_once":
      return `${Math.round(used)} recordings are being transcribed now, the most this workspace may have at once. Share it again when one is done.`;
    case "bytes_stored":
      return "This workspace has no room left for recordings. Delete some that are no longer needed, then share it again.";
  }
}
