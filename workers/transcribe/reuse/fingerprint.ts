import type { Job } from "../../../shared/job.ts";
import { sha256Hex } from "../../../shared/sha256.ts";

/**
 * Hash of the audio's bytes and of everything that is asked of the speech API: jobs with the same one are duplicates.
 * Null when the caller wants a new transcript, or when answers are meant to differ (temperature above 0).
 */
export async function fingerprintOf(job: Job, sha256: string): Promise<string | null> {
  const { reuse, response_format: _, ...asked } = job.options;
  if (!reuse || asked.temperature > 0) return null;
  const inOrder = Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256Hex(JSON.stringify([sha256, job.task, inOrder]));
}
