import { showTime } from "../../../shared/job.ts";
import type { Delivery } from "../../../shared/storage/deliveries.ts";
import { endpointOfLane } from "../../../shared/webhooks/endpoint.ts";

/** A delivery without its attempts, as the API shows it. */
export function showDelivery(delivery: Delivery) {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    type: delivery.type,
    job_id: delivery.jobId,
    endpoint_id: endpointOfLane(delivery.lane),
    url: delivery.url,
    status: delivery.status,
    tries: delivery.tries,
    next_attempt_at: showTime(delivery.nextAttemptAt),
    created_at: new Date(delivery.createdAt).toISOString(),
    finished_at: showTime(delivery.finishedAt),
  };
}
