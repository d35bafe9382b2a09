import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { log } from "../../../shared/log.ts";
import { eventMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import { removeJobObjects } from "../../../shared/storage/job-objects.ts";
import { deleteJob } from "../../../shared/storage/jobs.ts";
import { type DeletionReason, deletionReceipt } from "../../../shared/webhooks/deletion-receipt.ts";

type Deps = { env: Pick<Cloudflare.IngestEnv, "DB" | "BUCKET" | "NOTIFY_QUEUE">; now: () => number };

/** Deletes a job with all it has. Its receipt is sent once the deletion is done. */
export async function removeJob({ env, now: clock }: Deps, job: Job, reason: DeletionReason): Promise<void> {
  const now = clock();
  const receipt = deletionReceipt(newId("evt", now), job, reason, now);
  await deleteJob(env.DB, job, now, receipt);
  await removeJobObjects(env.BUCKET, job.tenantId, job.id);
  log("job.deleted", { job_id: job.id, tenant_id: job.tenantId, reason });
  await wake(env.NOTIFY_QUEUE, [eventMessage(receipt.id)]);
}
