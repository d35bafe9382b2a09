import { createRoute, z } from "@hono/zod-openapi";
import { MAX_PAGE, MAX_WAIT_SECONDS } from "../../../shared/limits.ts";
import { seal, unseal } from "../../../shared/secrets/seal.ts";
import {
  type PlacedEvent,
  positionBeforeLast,
  readEventsBehind,
} from "../../../shared/storage/event-feed.ts";
import { listSecrets } from "../../../shared/storage/webhook-secrets.ts";
import { ALL_EVENT_TYPES } from "../../../shared/webhooks/event-types.ts";
import { signWebhook } from "../../../shared/webhooks/sign-webhook.ts";
import { requireKey } from "../access/require-key.ts";
import { refuseFields } from "../http/refuse-fields.ts";
import { createRouter } from "../http/router.ts";
import { FedEventSchema, json, problems } from "../openapi/schemas.ts";

export const events = createRouter();

/** Each look reads one row when there is nothing new, so a minute of waiting reads 60. */
const LOOK_EVERY_MS = 1_000;

const read = createRoute({
  method: "get",
  path: "/v1/events",
  tags: ["webhooks"],
  summary: "Read the tenant's events, oldest first, or wait for the next: webhooks to fetch",
  description:
    "Every event, also those of a job's progress that go to endpoints only: the exact body, with headers that sign it with the tenant's " +
    "webhook secret; for a key without `jobs:read`, `download_url` is null. Without `after` it starts with the oldest that is kept. A page of chosen `types` can be empty " +
    "although there is more.",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: {
    query: z.object({
      after: z.string().optional().openapi({ description: "The `next` of the page before." }),
      last: z.coerce
        .number()
        .int()
        .min(0)
        .max(MAX_PAGE)
        .optional()
        .openapi({ description: "Start with the newest few instead; 0: only what is yet to come." }),
      limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(20),
      types: z
        .string()
        .transform((text) => text.split(","))
        .pipe(z.array(z.enum(ALL_EVENT_TYPES)))
        .optional()
        .openapi({ type: "string", description: `Separated by commas, of ${ALL_EVENT_TYPES.join(", ")}.` }),
      wait: z.coerce
        .number()
        .min(0)
        .max(MAX_WAIT_SECONDS)
        .default(0)
        .openapi({ description: `Seconds to wait when there is nothing, at most ${MAX_WAIT_SECONDS}.` }),
    }),
  },
  responses: {
    200: json(
      "A page",
      z.object({
        data: z.array(FedEventSchema),
        next: z.string().openapi({ description: "The cursor to go on from, now or later." }),
        more: z.boolean().openapi({ description: "Whether there is more to read at once." }),
      }),
    ),
    ...problems(422),
  },
});

events.openapi(read, async (c) => {
  const { after, last, limit, types = null, wait } = c.req.valid("query");
  if (after !== undefined && last !== undefined) {
    throw refuseFields([
      { field: "last", message: "cannot be combined with `after`: give one place to start" },
    ]);
  }
  const { signingKey } = c.get("config");
  const { tenantId } = c.get("key");
  const now = c.get("now");
  const sealed = await listSecrets(c.env.DB, tenantId, now());
  const secrets = await Promise.all(sealed.map((kept) => unseal(signingKey, kept.sealed)));

  let position = after === undefined ? 0 : await openCursor(signingKey, after);
  if (last !== undefined) position = await positionBeforeLast(c.env.DB, tenantId, last, types);
  let data: PlacedEvent[] = [];
  let more = false;
  for (const until = now() + wait * 1000; ; ) {
    const found = await readEventsBehind(c.env.DB, tenantId, position, limit + 1);
    const page = found.slice(0, limit);
    position = page.at(-1)?.position ?? position;
    data = page.filter(({ type }) => !types || types.includes(type));
    more = found.length > limit;
    const left = until - now();
    if (data.length > 0 || more || left <= 0 || c.req.raw.signal.aborted) break;
    await scheduler.wait(Math.min(LOOK_EVERY_MS, left));
  }
  const mayRead = c.get("key").scopes.includes("jobs:read");
  const shown = mayRead ? data : data.map((event) => ({ ...event, body: withoutDownload(event.body) }));
  const signed = await Promise.all(shown.map((event) => sign(event, secrets, now())));
  return c.json({ data: signed, next: await seal(signingKey, String(position)), more }, 200);
});

/** The event as it would be sent to a `webhook_url` now. */
async function sign(event: PlacedEvent, secrets: string[], now: number) {
  return {
    id: event.id,
    type: event.type,
    job_id: event.jobId,
    created_at: new Date(event.createdAt).toISOString(),
    headers: await signWebhook(secrets, event.id, Math.floor(now / 1000), event.body),
    body: event.body,
  };
}

/** For a key that may not read transcripts: the link that opens one is null. */
function withoutDownload(body: string): string {
  return JSON.stringify(JSON.parse(body), (name, value) => (name === "download_url" ? null : value));
}

/** A cursor is sealed, since positions count the events of all tenants. */
async function openCursor(signingKey: string, cursor: string): Promise<number> {
  const text = await unseal(signingKey, cursor).catch(() => null);
  const position = Number(text);
  if (text === null || !Number.isSafeInteger(position)) {
    throw refuseFields([{ field: "after", message: "is no `next` of a page before" }]);
  }
  return position;
}
