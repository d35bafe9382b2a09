import { useState } from "preact/hooks";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { formatBytes, formatClock } from "../app/format.ts";
import { go } from "../app/router.ts";
import { tellProblem } from "../app/toasts.tsx";
import { DeleteButton } from "./delete.tsx";
import { nameOf } from "./transcript-view.tsx";

type JobProgressProps = { diarist: Diarist; job: Job; readOnly: boolean; onRetried: () => void };

/** A job without a transcript: what is being done with it, or why it ended. */
export function JobProgress({ diarist, job, readOnly, onRetried }: JobProgressProps) {
  const [isBusy, setBusy] = useState(false);
  const { audio, error, status } = job;
  const isRunning = status === "queued" || status === "processing";
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
      tellProblem(reason);
    } finally {
      setBusy(false);
    }
  }

  return (
    <article class="job">
      {!readOnly && (
        <a class="back" href="#/">
          ← Recordings
        </a>
      )}
      <h1>{nameOf(job)}</h1>
      <p class="facts">{facts.filter(Boolean).join(" · ")}</p>
      {isRunning && <Stages job={job} />}
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
          {!isRunning && <DeleteButton diarist={diarist} job={job} onDeleted={() => go("#/")} />}
        </div>
      )}
    </article>
  );
}

const STAGES: Record<Job["progress"]["stage"], string> = {
  importing: "Fetching the recording",
  stored: "Stored, waiting for its turn",
  probing: "Looking at the recording",
  cutting: "Cutting it into parts",
  transcribing: "Transcribing",
  assembling: "Putting it together",
  done: "Done",
};

const WAITING: Record<string, string> = {
  rate_limited: "The speech service asked us to wait a moment.",
  upstream_unauthorized: "The speech service refuses the operator's key. It goes on when that is repaired.",
  same_recording_in_progress: "The same recording is being transcribed already; its transcript will be used.",
  source_interrupted: "The download broke off and is about to go on.",
};

function Stages({ job }: { job: Job }) {
  const { stage, parts_done: done, parts_total: total, waiting_for: waiting } = job.progress;
  const isCounted = stage === "transcribing" && total > 1;
  const text = isCounted ? `${STAGES[stage]}: ${done} of ${total} parts` : STAGES[stage];
  return (
    <div class="stages" role="status">
      <p>
        {text}
        {waiting && <span class="fine"> {WAITING[waiting] ?? "It goes on in a moment."}</span>}
      </p>
      <progress
        aria-label="Progress"
        max={isCounted ? total : undefined}
        value={isCounted ? done : undefined}
      />
      <p class="fine">This page follows by itself; you can also close it and come back.</p>
    </div>
  );
}
