import "./transcript.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { followJob } from "../api/follow-job.ts";
import { Loading } from "../app/loading.tsx";
import { Problem } from "../app/problem.tsx";
import { title } from "../app/title.ts";
import { isOver, nameOf } from "../jobs/job-words.ts";
import { JobProgress } from "./job-progress.tsx";
import { enterTranscript, leaveTranscript } from "./open-transcripts.ts";
import { Reader } from "./reader.tsx";

type TranscriptViewProps = {
  diarist: Diarist;
  jobId: string;
  /** Where to start, in seconds. */
  at: number | null;
  /** Opened by a shared link: nothing can be changed. */
  readOnly: boolean;
};

/** A job: its progress, why it failed, or its transcript. */
export default function TranscriptView({ diarist, jobId, at, readOnly }: TranscriptViewProps) {
  const [job, setJob] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const params = { path: { id: jobId } };
    setError(null);
    dataOf(diarist.api.GET("/v1/jobs/{id}", { params, signal: stop.signal }))
      .then((first) => {
        setJob(first);
        return isOver(first) ? undefined : followJob(diarist, jobId, setJob, stop.signal);
      })
      .catch((reason) => stop.signal.aborted || setError(reason));
    return () => stop.abort();
  }, [diarist, jobId, round]);

  const name = job && nameOf(job);
  useEffect(() => {
    if (name) title.value = `${name} · Diarist`;
  }, [name]);
  const again = () => setRound((n) => n + 1);

  if (job?.status === "completed")
    return <Completed diarist={diarist} job={job} at={at} readOnly={readOnly} />;
  return (
    <>
      {error !== null && <Problem error={error} onRetry={again} />}
      {job ? (
        <JobProgress diarist={diarist} job={job} readOnly={readOnly} onRetried={again} />
      ) : (
        error === null && <Loading />
      )}
    </>
  );
}

type CompletedProps = { diarist: Diarist; job: Job; at: number | null; readOnly: boolean };

function Completed({ diarist, job, at, readOnly }: CompletedProps) {
  // The transcript itself follows changes of a completed job: names and corrections.
  const transcript = useMemo(() => enterTranscript(diarist, job, readOnly), [diarist, job.id, readOnly]);
  useEffect(() => () => leaveTranscript(transcript), [transcript]);
  return <Reader transcript={transcript} at={at} />;
}
