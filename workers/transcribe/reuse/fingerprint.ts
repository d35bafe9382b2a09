import type { Job } from "../../../shared/job.ts";
import { sha256Hex } from "../../../shared/sha256.ts";
import type { Provider } from "../../../shared/speech/provider.ts";

/**
 * Hash of the audio's bytes, of everything that is asked of the speech API, and of which one it is: jobs with the same
 * one are duplicates. Null when the caller wants a new transcript, or when answers are meant to differ (temperature
 * above 0).
 */
export async function fingerprintOf(job: Job, provider: Provider): Promise<string | null> {
  const { sha256 } = job.audio;
  const { reuse, response_format: _, ...asked } = job.options;
  if (sha256 === null || !reuse || asked.temperature > 0) return null;
  const inOrder = Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256Hex(JSON.stringify([provider, sha256, job.task, inOrder]));
}
