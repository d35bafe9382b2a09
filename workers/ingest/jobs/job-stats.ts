import type { FinishedJob } from "../../../shared/storage/stats.ts";

/** Classes of recordings by length; `seconds` is the upper bound, inclusive. */
export const LENGTH_CLASSES = [
  { name: "up to 1 min", seconds: 60 },
  { name: "up to 10 min", seconds: 600 },
  { name: "up to 1 h", seconds: 3_600 },
  { name: "up to 4 h", seconds: 14_400 },
  { name: "longer", seconds: Number.POSITIVE_INFINITY },
] as const;

type Spread = { p50: number; p95: number } | null;

/** Sums up finished jobs for the operator. A job that reused a transcript counts like any other. */
export function sumUpJobs(jobs: FinishedJob[]) {
  const ofStatus = (status: FinishedJob["status"]) => jobs.filter((job) => job.status === status);
  const completed = ofStatus("completed");
  const codes = Map.groupBy(ofStatus("failed"), ({ code }) => code ?? "internal_error");
  return {
    jobs: jobs.length,
    completed: completed.length,
    failed: ofStatus("failed").length,
    canceled: ofStatus("canceled").length,
    by_length: LENGTH_CLASSES.map(({ name }) => {
      const alike = completed.filter(({ duration }) => classOf(duration ?? 0) === name);
      return {
        length: name,
        jobs: alike.length,
        queue_wait_ms: spread(alike.map(queueWait)),
        upstream_ms: spread(alike.map(({ upstreamMs }) => upstreamMs)),
        overhead_ms: spread(alike.filter(({ parts }) => parts === 1).map(overhead)),
        total_ms: spread(alike.map((job) => job.completedAt - ready(job))),
      };
    }),
    failures: [...codes]
      .map(([code, { length }]) => ({ code, jobs: length }))
      .sort((a, b) => b.jobs - a.jobs),
  };
}

function classOf(seconds: number): string {
  return LENGTH_CLASSES.find((one) => seconds <= one.seconds)?.name ?? "longer";
}

/** When work on the job could begin: its recording was stored, or there was a URL to fetch it from. */
function ready({ createdAt, storedAt, startedAt }: FinishedJob): number {
  return storedAt !== null && storedAt <= (startedAt ?? storedAt) ? storedAt : createdAt;
}

function queueWait(job: FinishedJob): number {
  return Math.max(0, (job.startedAt ?? job.completedAt) - ready(job));
}

function overhead(job: FinishedJob): number {
  const begun = job.startedAt ?? job.completedAt;
  return Math.max(0, job.completedAt - begun - job.upstreamMs);
}

/** By nearest rank. */
function spread(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95) };
}
