import type { Job } from "../api/diarist.ts";

export function transcriptPath(job: Job, query: URLSearchParams): string {
  return `/v1/jobs/${encodeURIComponent(job.id)}/transcript?${query}`;
}
