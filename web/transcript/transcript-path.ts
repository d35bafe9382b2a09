export function transcriptPath(jobId: string, query: URLSearchParams | Record<string, string>): string {
  return `/v1/jobs/${encodeURIComponent(jobId)}/transcript?${new URLSearchParams(query)}`;
}
