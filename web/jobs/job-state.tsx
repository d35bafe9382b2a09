import type { Job } from "../api/diarist.ts";
import { describeProgress, isOver, nameOf, STATUS_WORDS } from "./job-words.ts";
import { isUnheard } from "./warnings.tsx";

export function StatusPill({ job }: { job: Job }) {
  const { status } = job;
  if (isUnheard(job)) return <span class="pill unheard">No words</span>;
  return <span class={`pill ${status}`}>{STATUS_WORDS[status]}</span>;
}

/** The progress of an unfinished job; why a failed one failed and what to do; what a completed one warns of. */
export function JobState({ job }: { job: Job }) {
  const { progress, error, result } = job;
  if (error) {
    return (
      <p class="job-error">
        {error.message} {error.action}
      </p>
    );
  }
  if (isOver(job)) {
    return (result?.warnings ?? []).map(({ code, message }) => (
      <p key={code} class="fine">
        {message}
      </p>
    ));
  }
  const share = progress.parts_total > 1 ? { max: progress.parts_total, value: progress.parts_done } : {};
  return (
    <div>
      <progress aria-label={`${nameOf(job)}: transcribed`} {...share} />
      <p class="fine">{describeProgress(job)}</p>
    </div>
  );
}
