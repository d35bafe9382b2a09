import type { Job } from "../api/diarist.ts";
import { describeProgress, isOver, nameOf, STATUS_WORDS } from "./job-words.ts";

export function StatusPill({ status }: Pick<Job, "status">) {
  return <span class={`pill ${status}`}>{STATUS_WORDS[status]}</span>;
}

/** The progress of an unfinished job; why a failed one failed and what to do. Nothing for a completed one. */
export function JobState({ job }: { job: Job }) {
  const { progress, error } = job;
  if (error) {
    return (
      <p class="job-error">
        {error.message} {error.action}
      </p>
    );
  }
  if (isOver(job)) return null;
  const share = progress.parts_total > 1 ? { max: progress.parts_total, value: progress.parts_done } : {};
  return (
    <div>
      <progress aria-label={`${nameOf(job)}: transcribed`} {...share} />
      <p class="fine">{describeProgress(job)}</p>
    </div>
  );
}
