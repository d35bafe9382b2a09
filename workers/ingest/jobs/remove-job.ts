import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { log } from "../../../shared/log.ts";
import { eventMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import { removeJobObjects } from "../../../shared/storage/job-objects.ts";
import { deleteJob } from "../../../shared/storage/jobs.ts";
import { type DeletionReason, deletionReceipt } from "../../../shared/webhooks/deletion-receipt.ts";

type Env = Pick<Cloudflare.IngestEnv, "DB" | "BUCKET" | "NOTIFY_QUEUE">;

/** Deletes a job with all it has, and sends the receipt once it is true. */
export async function removeJob(env: Env, job: Job, reason: DeletionReason, now: number): Promise<void> {
  const receipt = deletionReceipt(newId("evt", now), job, reason, now);
  await deleteJob(env.DB, job, now, receipt);
  await removeJobObjects(env.BUCKET, job.tenantId, job.id);
  log("job.deleted", { job_id: job.id, tenant_id: job.tenantId, reason });
  await wake(env.NOTIFY_QUEUE, [eventMessage(receipt.id)]);
}
