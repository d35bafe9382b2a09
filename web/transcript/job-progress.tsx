import { useState } from "preact/hooks";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { formatBytes, formatClock } from "../app/format.ts";
import { toastProblem } from "../app/toasts.tsx";
import { JobState } from "../jobs/job-state.tsx";
import { isOver, nameOf } from "../jobs/job-words.ts";
import { AgainButton } from "./again.tsx";
import { DeleteButton } from "./delete.tsx";

type JobProgressProps = { diarist: Diarist; job: Job; readOnly: boolean; onRetried: () => void };

/** A job without a transcript: its progress, or why it ended. */
export function JobProgress({ diarist, job, readOnly, onRetried }: JobProgressProps) {
  const [isBusy, setBusy] = useState(false);
  const { audio, error, status } = job;
  const isRunning = !isOver(job);
  const facts = [
    audio.duration !== null && formatClock(audio.duration),
    audio.bytes !== null && formatBytes(audio.bytes),
    audio.codec,
  ];

  async function act(action: "cancel" | "retry"): Promise<void> {
    setBusy(true);
    const params = { path: { id: job.id } };
    try {
      await dataOf(
        action === "cancel"
          ? diarist.api.POST("/v1/jobs/{id}/cancel", { params })
          : diarist.api.POST("/v1/jobs/{id}/retry", { params }),
      );
      if (action === "retry") onRetried();
    } catch (reason) {
      toastProblem(reason);
    } finally {
      setBusy(false);
    }
  }

  return (
    <article class="job-view">
      {!readOnly && (
        <a class="back" href="#/">
          ← Recordings
        </a>
      )}
      <h1>{nameOf(job)}</h1>
      <p class="facts">{facts.filter(Boolean).join(" · ")}</p>
      {isRunning && (
        <div role="status">
          <JobState job={job} />
          <p class="fine">This page follows by itself; you can also close it and come back.</p>
        </div>
      )}
      {status === "failed" && error && (
        <div class="problem" role="alert">
          <p>
            <strong>{error.message}</strong>
          </p>
          <p>{error.action}</p>
          <p class="fine">
            {error.code}
            {error.upstream_id && ` · ${error.upstream_id}`}
          </p>
        </div>
      )}
      {status === "canceled" && <p role="status">This job was canceled.</p>}
      {!readOnly && (
        <div class="actions">
          {isRunning && (
            <button type="button" disabled={isBusy} onClick={() => void act("cancel")}>
              Cancel
            </button>
          )}
          {!isRunning && (status === "canceled" || error?.retryable) && (
            <button type="button" class="primary" disabled={isBusy} onClick={() => void act("retry")}>
              Try again
            </button>
          )}
          {!isRunning && !error?.retryable && <AgainButton diarist={diarist} job={job} />}
          {!isRunning && <DeleteButton diarist={diarist} job={job} />}
        </div>
      )}
    </article>
  );
}
