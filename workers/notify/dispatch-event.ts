import { newId } from "../../shared/id.ts";
import { log } from "../../shared/log.ts";
import { createDeliveries, deliveriesOf } from "../../shared/storage/deliveries.ts";
import { readEvent, readReceiptUrl } from "../../shared/storage/events.ts";
import { readAnyJob } from "../../shared/storage/job-work.ts";
import { deliver } from "./deliver.ts";
import type { World } from "./world.ts";

/** The destination of a delivery to the job's own `webhook_url`. */
const JOB = "job";

/** Makes an event's deliveries and tries each at once. Handled twice, it makes none twice. */
export async function dispatchEvent(world: World, eventId: string): Promise<void> {
  const event = await readEvent(world.db, eventId);
  if (!event) return log("event.gone", { event_id: eventId });
  const job = await readAnyJob(world.db, event.jobId);
  const now = world.now();
  const url = job ? job.webhookUrl : await readReceiptUrl(world.db, event.id);
  const targets = url ? [{ id: newId("dlv", now), destination: JOB, url }] : [];
  await createDeliveries(world.db, event, targets, now);
  if (targets.length === 0) return;
  const due = await deliveriesOf(world.db, event.id);
  await Promise.all(due.map((id) => deliver(world, id)));
}
