import type { Job } from "../../../shared/job.ts";
import type { FoundKey } from "../../../shared/storage/keys.ts";
import { requireQuota } from "../access/quota.ts";
import { Refusal } from "../http/problem.ts";
import type { StoredSource } from "../jobs/create-job.ts";
import { requireAudio } from "../jobs/find-job.ts";
import { storeRecording } from "./store-recording.ts";

type Deps = Parameters<typeof storeRecording>[0];

/**
 * A job's recording once more, under the id of the job to be made: each job has its own, so that one can be removed while
 * the other still needs it.
 * @throws Refusal when it is not stored, or there is no room for it
 */
export async function copyRecording(
  deps: Deps,
  key: Pick<FoundKey, "tenantId" | "limits">,
  job: Job,
  to: { id: string; createdAt: number },
): Promise<StoredSource> {
  requireAudio(job);
  const { filename, content_type, bytes } = job.audio;
  const bytesLeft = await requireQuota(deps, key, bytes ?? 1);
  const object = await deps.env.BUCKET.get(job.audioKey);
  if (!object) throw new Refusal("gone", "The recording has just been removed.");
  const place = { tenantId: key.tenantId, jobId: to.id, createdAt: to.createdAt };
  return storeRecording(deps, place, object.body, {
    filename,
    contentType: content_type ?? "application/octet-stream",
    declaredBytes: object.size,
    bytesLeft,
  });
}
