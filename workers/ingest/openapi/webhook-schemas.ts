import { z } from "@hono/zod-openapi";
import { showTime } from "../../../shared/job.ts";
import {
  DEFAULT_RATE_LIMIT,
  DEFAULT_SECRET_OVERLAP_SECONDS,
  MAX_DESCRIPTION_CHARACTERS,
  MAX_RATE_LIMIT,
  MAX_SECRET_OVERLAP_SECONDS,
} from "../../../shared/limits.ts";
import type { Replay } from "../../../shared/storage/replays.ts";
import type { WebhookSecret } from "../../../shared/storage/webhook-secrets.ts";
import { DISABLED_REASONS, type Endpoint } from "../../../shared/webhooks/endpoint.ts";
import { EVENT_TYPES } from "../../../shared/webhooks/event-types.ts";

const time = z.string().openapi({ format: "date-time" });

/** The events that an endpoint can choose. `webhook.test` is sent only on request. */
const EVENTS_TO_CHOOSE = [...EVENT_TYPES, "endpoint.disabled"] as const;

/** The fields that a customer sets. `POST` requires the URL. */
const endpointFields = {
  url: z.string(),
  description: z.string().max(MAX_DESCRIPTION_CHARACTERS),
  events: z.array(z.enum(EVENTS_TO_CHOOSE)).min(1).nullable().openapi({
    description: "null: all, also `job.queued` and `job.started`, which no job's `webhook_url` gets.",
  }),
  enabled: z.boolean(),
  rate_limit: z
    .int()
    .min(1)
    .max(MAX_RATE_LIMIT)
    .openapi({ description: `Webhooks a second at most; ${DEFAULT_RATE_LIMIT} unless set.` }),
  ed25519: z.boolean().openapi({ description: "Add v1a signatures, which the public key verifies." }),
};

export const EndpointChanges = z.strictObject(endpointFields).partial();

export const EndpointSchema = z
  .object({
    id: z.string(),
    object: z.literal("endpoint"),
    ...endpointFields,
    disabled_at: time.nullable(),
    disabled_reason: z.enum(DISABLED_REASONS).nullable(),
    failing_since: time.nullable().openapi({ description: "The first failure since the last success." }),
    created_at: time,
  })
  .openapi("Endpoint");

export const SecretsSchema = z.array(
  z.object({
    public_key: z.string().nullable().openapi({ description: "`whpk_…`, of the v1a signatures." }),
    created_at: time,
    expires_at: time.nullable().openapi({ description: "null: the current one." }),
  }),
);

/** The events that an endpoint missed while it failed or was disabled, and the request that sends them. */
export const MissedSchema = z.object({
  events: z.int().min(0),
  since: time,
  replay: z.object({
    method: z.literal("POST"),
    path: z.string(),
    body: z.object({ since: time, until: time }),
  }),
});

export const RotationSchema = z.strictObject({
  keep_old_for: z
    .int()
    .min(0)
    .max(MAX_SECRET_OVERLAP_SECONDS)
    .default(DEFAULT_SECRET_OVERLAP_SECONDS)
    .openapi({ description: "For how many seconds the old secret signs too." }),
});

export const RotatedSchema = z.object({
  secret: z.string(),
  public_key: z.string().nullable(),
  old_expires_at: time,
});

export const ReplaySchema = z
  .object({
    id: z.string(),
    object: z.literal("replay"),
    endpoint_id: z.string(),
    status: z.enum(["running", "completed", "limit_reached"]),
    since: time,
    until: time,
    only: z.enum(["delivered", "failed", "discarded"]).nullable(),
    scanned: z.int().min(0).openapi({ description: "Events looked at." }),
    replayed: z.int().min(0).openapi({ description: "Events that are sent again." }),
    created_at: time,
    finished_at: time.nullable(),
  })
  .openapi("Replay");

export function showEndpoint(endpoint: Endpoint) {
  return {
    id: endpoint.id,
    object: "endpoint" as const,
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events as (typeof EVENTS_TO_CHOOSE)[number][] | null, // the schema above lets only these in
    enabled: endpoint.enabled,
    rate_limit: endpoint.rateLimit,
    ed25519: endpoint.ed25519,
    disabled_at: showTime(endpoint.disabledAt),
    disabled_reason: endpoint.disabledReason,
    failing_since: showTime(endpoint.failingSince),
    created_at: new Date(endpoint.createdAt).toISOString(),
  };
}

export function showSecret(secret: WebhookSecret) {
  return {
    public_key: secret.publicKey,
    created_at: new Date(secret.createdAt).toISOString(),
    expires_at: showTime(secret.expiresAt),
  };
}

export function showReplay(replay: Replay) {
  return {
    id: replay.id,
    object: "replay" as const,
    endpoint_id: replay.endpointId,
    status: replay.status,
    since: new Date(replay.since).toISOString(),
    until: new Date(replay.until).toISOString(),
    only: replay.only,
    scanned: replay.scanned,
    replayed: replay.replayed,
    created_at: new Date(replay.createdAt).toISOString(),
    finished_at: showTime(replay.finishedAt),
  };
}
