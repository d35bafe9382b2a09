import { useEffect, useState } from "preact/hooks";
import { ApiError, connect, type Diarist, dataOf } from "./api/diarist.ts";
import { lazy } from "./app/lazy.tsx";
import { Loading } from "./app/loading.tsx";
import { Problem } from "./app/problem.tsx";

export const TranscriptView = lazy(() => import("./transcript/transcript-view.tsx"));

type Shared = { diarist: Diarist; jobId: string };

/** A shared link. */
export function SharedView({ token, at }: { token: string; at: number | null }) {
  const [shared, setShared] = useState<Shared | "ended" | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    openShared(token).then(setShared, setError);
  }, [token]);
  if (shared === "ended") {
    return (
      <div class="empty">
        <h1>This link has ended</h1>
        <p>Ask the sender for a new one.</p>
      </div>
    );
  }
  if (error !== null) return <Problem error={error} onRetry={() => location.reload()} />;
  if (shared === null) return <Loading />;
  return <TranscriptView {...shared} at={at} readOnly={true} />;
}

/** The link holds a key that can read and list one job. A link that lost a part on its way is `ended` too. */
async function openShared(token: string): Promise<Shared | "ended"> {
  try {
    const diarist = connect(token);
    const { data } = await dataOf(diarist.api.GET("/v1/jobs", { params: { query: { limit: 1 } } }));
    return data[0] ? { diarist, jobId: data[0].id } : "ended";
  } catch (error) {
    const isNoKey = error instanceof TypeError || (error instanceof ApiError && error.status === 401);
    if (isNoKey) return "ended";
    throw error;
  }
}
