import { useEffect, useMemo, useState } from "preact/hooks";
import { ApiError, connect, dataOf } from "../api/diarist.ts";
import { lazy } from "./lazy.tsx";
import { Problem } from "./problem.tsx";

export const TranscriptView = lazy(() => import("../transcript/transcript-view.tsx"));

/** A link that was shared: what stands in it is a key that reads one job, and lists it. */
export function SharedView({ token, at }: { token: string; at: number | null }) {
  const diarist = useMemo(() => connect(token), [token]);
  const [jobId, setJobId] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    dataOf(diarist.api.GET("/v1/jobs", { params: { query: { limit: 1 } } })).then(
      ({ data: [job] }) => setJobId(job?.id ?? null),
      setError,
    );
  }, [diarist]);
  if (error instanceof ApiError && error.status === 401) {
    return (
      <div class="empty">
        <h1>This link has ended</h1>
        <p>Ask whoever sent it to you for a new one.</p>
      </div>
    );
  }
  if (error !== null) return <Problem error={error} onRetry={() => location.reload()} />;
  if (jobId === null) return <p class="loading" role="status" aria-label="Loading" />;
  return <TranscriptView diarist={diarist} jobId={jobId} at={at} readOnly={true} />;
}
