import { useState } from "preact/hooks";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { formatBytes, formatClock, formatLanguage, formatMoment } from "../app/format.ts";
import { hrefOfJob } from "../app/router.ts";
import { toastProblem } from "../app/toasts.tsx";
import { DeleteJob } from "./delete-job.tsx";
import { JobState, StatusPill } from "./job-state.tsx";
import { isOver, nameOf } from "./job-words.ts";

type JobRowProps = {
  job: Job;
  diarist: Diarist;
  onChange: (job: Job) => void;
  onRemove: (id: string) => void;
};

export function JobRow({ job, diarist, onChange, onRemove }: JobRowProps) {
  const { id, status, error, tags } = job;
  const [isAsking, setAsking] = useState(false);
  const name = nameOf(job);
  const params = { path: { id } };
  const act = (answer: Promise<{ data?: Job }>) => void dataOf(answer).then(onChange).catch(toastProblem);
  return (
    <li class="job">
      <div class="job-main">
        <a class="job-name" href={hrefOfJob(id)}>
          {name}
        </a>
        <p class="fine">{describe(job)}</p>
        {tags.length > 0 && (
          <p class="tags">
            {tags.map((tag) => (
              <a key={tag} class="tag" href={`#/?${new URLSearchParams({ tag })}`}>
                {tag}
              </a>
            ))}
          </p>
        )}
        <JobState job={job} />
      </div>
      <StatusPill job={job} />
      <div class="job-actions">
        {!isOver(job) && (
          <button
            type="button"
            class="small quiet"
            aria-label={`Cancel ${name}`}
            onClick={() => act(diarist.api.POST("/v1/jobs/{id}/cancel", { params }))}
          >
            Cancel
          </button>
        )}
        {(status === "canceled" || (status === "failed" && error?.retryable)) && (
          <button
            type="button"
            class="small"
            aria-label={`Try ${name} again`}
            onClick={() => act(diarist.api.POST("/v1/jobs/{id}/retry", { params }))}
          >
            Try again
          </button>
        )}
        {isOver(job) && (
          <button
            type="button"
            class="small quiet"
            aria-label={`Delete ${name}`}
            onClick={() => setAsking(true)}
          >
            Delete
          </button>
        )}
      </div>
      {isAsking && (
        <DeleteJob
          diarist={diarist}
          job={job}
          onDeleted={() => onRemove(id)}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

/** "12:03 · 3 speakers · German · today 14:02" */
function describe({ audio, result, speakers, task, created_at }: Job): string {
  const duration = result?.duration ?? audio.duration;
  const names = result?.speakers.map((id) => speakers[id]).filter((name) => name !== undefined) ?? [];
  const count = result?.speakers.length ?? 0;
  const everyoneIsNamed = count > 0 && names.length === count && count <= 4;
  return [
    duration === null ? audio.bytes !== null && formatBytes(audio.bytes) : formatClock(duration),
    count > 0 && (everyoneIsNamed ? names.join(", ") : `${count} ${count === 1 ? "speaker" : "speakers"}`),
    result?.language && formatLanguage(result.language),
    task === "translate" && "translated",
    formatMoment(created_at, new Date()),
  ]
    .filter(Boolean)
    .join(" · ");
}
