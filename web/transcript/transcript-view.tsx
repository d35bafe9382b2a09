import { useEffect, useState } from "preact/hooks";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { Problem } from "../app/problem.tsx";

export type TranscriptViewProps = {
  diarist: Diarist;
  jobId: string;
  /** Seconds into the recording to begin at. */
  at: number | null;
  /** Shared by a link: nothing can be changed. */
  readOnly: boolean;
};

export default function TranscriptView({ diarist, jobId }: TranscriptViewProps) {
  const [job, setJob] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    dataOf(diarist.api.GET("/v1/jobs/{id}", { params: { path: { id: jobId } } })).then(setJob, setError);
  }, [diarist, jobId]);
  return (
    <>
      <h1>{job?.audio.filename ?? "Recording"}</h1>
      {error !== null && <Problem error={error} />}
    </>
  );
}
