import type { Job } from "../../../shared/job.ts";
import { sha256Hex } from "../../../shared/sha256.ts";

/**
 * What makes two jobs the same work: the audio's bytes and all that is asked of the speech API. Null when the caller
 * wants a transcript of their own, or when the answer is meant to differ (temperature above 0).
 */
export async function fingerprintOf(job: Job, sha256: string): Promise<string | null> {
  const { reuse, response_format: _, ...asked } = job.options;
  if (!reuse || asked.temperature > 0) return null;
  const inOrder = Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256Hex(JSON.stringify([sha256, job.task, inOrder]));
}
