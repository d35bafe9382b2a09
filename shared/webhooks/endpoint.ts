import type { AnyEventType } from "./event-types.ts";

/** Where a tenant wants its events. */
export type Endpoint = {
  id: string;
  tenantId: string;
  url: string;
  description: string;
  /** The types it gets; null: all. */
  events: AnyEventType[] | null;
  /** Sends a second. */
  rateLimit: number;
  /** Whether v1a signatures are added. */
  ed25519: boolean;
  enabled: boolean;
  disabledAt: number | null;
  disabledReason: DisabledReason | null;
  /** The first failed attempt since the last success. */
  failingSince: number | null;
  createdAt: number;
};

export const DISABLED_REASONS = ["by_you", "gone", "failing"] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

export function wants(endpoint: Pick<Endpoint, "enabled" | "events">, type: AnyEventType): boolean {
  return endpoint.enabled && (endpoint.events === null || endpoint.events.includes(type));
}

/**
 * The lane for a job's `webhook_url`: one for each origin that a tenant's jobs name, so that a slow host delays no
 * other. An endpoint's lane is its id.
 */
export function laneOfUrl(tenantId: string, url: string): string {
  return `${tenantId} ${URL.canParse(url) ? new URL(url).origin : url}`;
}

/** The endpoint of this lane; null: it is the lane of a `webhook_url`. */
export function endpointOfLane(lane: string): string | null {
  return lane.startsWith("ep_") ? lane : null;
}
