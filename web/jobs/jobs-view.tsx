import { useEffect, useState } from "preact/hooks";
import { type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { Problem } from "../app/problem.tsx";
import { hrefOfJob } from "../app/router.ts";

type JobsViewProps = { diarist: Diarist; status: string | null; tag: string | null };

export function JobsView({ diarist }: JobsViewProps) {
  const [jobs, setJobs] = useState<Job[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    dataOf(diarist.api.GET("/v1/jobs")).then(({ data }) => setJobs(data), setError);
  }, [diarist]);
  return (
    <>
      <h1>Recordings</h1>
      {error !== null && <Problem error={error} />}
      <ul>
        {jobs?.map(({ id, audio, status }) => (
          <li key={id}>
            <a href={hrefOfJob(id)}>{audio.filename ?? id}</a> {status}
          </li>
        ))}
      </ul>
    </>
  );
}
