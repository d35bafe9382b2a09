import { showTime } from "../job.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Event } from "./event.ts";
import type { AnyEventType } from "./event-types.ts";

/** Told to the tenant's other endpoints when one is disabled. */
export function endpointDisabled(id: string, endpoint: Endpoint): Event {
  const data = { ...showEndpoint(endpoint), disabled_reason: endpoint.disabledReason };
  return eventOfEndpoint(id, "endpoint.disabled", endpoint, endpoint.disabledAt ?? 0, data);
}

/** What an endpoint gets when its owner asks for a test. */
export function webhookTest(id: string, endpoint: Endpoint, now: number): Event {
  const data = {
    ...showEndpoint(endpoint),
    message: "If you can read this and it verifies, you are set up.",
  };
  return eventOfEndpoint(id, "webhook.test", endpoint, now, data);
}

function showEndpoint({ id, url, description, failingSince, disabledAt }: Endpoint) {
  return {
    id,
    object: "endpoint",
    url,
    description,
    failing_since: showTime(failingSince),
    disabled_at: showTime(disabledAt),
  };
}

function eventOfEndpoint(
  id: string,
  type: AnyEventType,
  { tenantId }: Endpoint,
  now: number,
  data: object,
): Event {
  const body = JSON.stringify({ type, timestamp: new Date(now).toISOString(), data });
  return { id, tenantId, jobId: null, sequence: null, type, body, createdAt: now };
}
