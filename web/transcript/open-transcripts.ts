import type { Diarist, Job } from "../api/diarist.ts";
import { toast } from "../app/toasts.tsx";
import { type OpenTranscript, openTranscript } from "./transcript.ts";

/** The open transcripts, and those left with corrections that could not be saved yet. */
const open = new Map<string, OpenTranscript>();

addEventListener("beforeunload", (event) => {
  if ([...open.values()].some(({ keeper }) => !keeper.isSaved)) event.preventDefault();
});

/** Opens a transcript, or returns to the one that was left unsaved. */
export function enterTranscript(diarist: Diarist, job: Job, readOnly: boolean): OpenTranscript {
  const left = open.get(job.id);
  const isUnsaved = left?.keeper.isSaved === false;
  if (isUnsaved && left.diarist === diarist && left.readOnly === readOnly) return left;
  left?.close();
  const opened = openTranscript(diarist, job, readOnly);
  open.set(job.id, opened);
  return opened;
}

export function leaveTranscript(transcript: OpenTranscript): void {
  const { job, keeper } = transcript;
  if (keeper.isSaved) {
    transcript.close();
    if (open.get(job.id) === transcript) open.delete(job.id);
  } else if (keeper.saving.value.state === "failed") {
    toast("Corrections are not saved yet. Go back to the transcript to try again.", "problem");
  }
}
