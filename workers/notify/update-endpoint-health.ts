import { newId } from "../../shared/id.ts";
import { FAILING_APART_MS, FAILING_MS, WAKE_GRACE_MS } from "../../shared/limits.ts";
import type { DeliveryOutcome } from "../../shared/storage/deliveries.ts";
import { disableEndpoint, noteFailing } from "../../shared/storage/endpoints.ts";
import type { DisabledReason, Endpoint } from "../../shared/webhooks/endpoint.ts";
import { endpointDisabled } from "../../shared/webhooks/endpoint-events.ts";
import type { Deps } from "./deps.ts";

const GONE = 410;

/** What is known about an endpoint while its lane is processed. */
export type Health = {
  /** null: the lane of a webhook_url, which cannot be disabled. */
  endpoint: Endpoint | null;
  /** The event that announces the disabling. */
  disabledBy: string | null;
};

/**
 * What an attempt says about its endpoint: updates `health` and returns the statements that record it, to be written
 * together with the attempt. Only what happens during the attempt counts: a URL that we refuse to call says nothing
 * about the endpoint.
 */
export function updateEndpointHealth(
  deps: Deps,
  health: Health,
  outcome: DeliveryOutcome,
): D1PreparedStatement[] {
  const { endpoint } = health;
  const { error, httpStatus } = outcome.attempt;
  if (!endpoint || health.disabledBy || error === "refused") return [];
  const now = deps.now();
  if (httpStatus === GONE) return disable(deps, health, endpoint, "gone", now);
  if (error === null) return endpoint.failingSince === null ? [] : setFailing(deps, endpoint, null);
  if (endpoint.failingSince === null) return setFailing(deps, endpoint, now);
  return isHopeless(endpoint.failingSince, outcome, now)
    ? disable(deps, health, endpoint, "failing", now)
    : [];
}

/** Only failures for five days, and the event that has used up its attempts is not from the first bad night. */
function isHopeless(failingSince: number, { delivery, next }: DeliveryOutcome, now: number): boolean {
  const isGivenUp = "status" in next && next.status === "failed";
  return (
    isGivenUp && now - failingSince >= FAILING_MS && delivery.createdAt - failingSince >= FAILING_APART_MS
  );
}

function setFailing(deps: Deps, endpoint: Endpoint, since: number | null): D1PreparedStatement[] {
  endpoint.failingSince = since;
  return [noteFailing(deps.db, endpoint.id, since)];
}

function disable(
  deps: Deps,
  health: Health,
  endpoint: Endpoint,
  disabledReason: DisabledReason,
  now: number,
): D1PreparedStatement[] {
  const disabled = { ...endpoint, enabled: false, disabledAt: now, disabledReason };
  const event = endpointDisabled(newId("evt", now), disabled);
  health.disabledBy = event.id;
  return disableEndpoint(deps.db, disabled, event, now + WAKE_GRACE_MS);
}
