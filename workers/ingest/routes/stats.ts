import { createRoute, z } from "@hono/zod-openapi";
import { showTime } from "../../../shared/job.ts";
import { STATS_JOBS } from "../../../shared/limits.ts";
import { currentKeyId, olderKeyIds } from "../../../shared/secrets/seal.ts";
import { listStale } from "../../../shared/storage/sealed-secrets.ts";
import { lastFinished } from "../../../shared/storage/stats.ts";
import { requireKey } from "../access/require-key.ts";
import { createRouter } from "../http/router.ts";
import { LENGTH_CLASSES, sumUpJobs } from "../jobs/job-stats.ts";
import { json, problems } from "../openapi/schemas.ts";

export const stats = createRouter();

/** Secrets that are counted, so that the cost is constant. */
const MAX_STALE = 1_000;
const DEFAULT_MS = 24 * 60 * 60_000;

const Spread = z
  .object({ p50: z.number(), p95: z.number() })
  .nullable()
  .openapi({ description: "Milliseconds; null: no such job." });

const StatsSchema = z
  .object({
    since: z.string().openapi({ format: "date-time" }),
    jobs: z.int().openapi({ description: `Finished since then, the last ${STATS_JOBS} at most.` }),
    is_complete: z.boolean().openapi({ description: "Whether these are all that finished since then." }),
    completed: z.int(),
    failed: z.int(),
    canceled: z.int(),
    by_length: z.array(
      z.object({
        length: z.enum(LENGTH_CLASSES.map(({ name }) => name) as [string, ...string[]]),
        jobs: z.int().openapi({ description: "Completed." }),
        queue_wait_ms: Spread.openapi({ description: "From the recording's last byte to the first claim." }),
        upstream_ms: Spread.openapi({ description: "In calls to the speech API, all parts together." }),
        overhead_ms: Spread.openapi({
          description: "From the first claim to the end, less the speech API; of jobs of one part.",
        }),
        total_ms: Spread.openapi({ description: "From the recording's last byte to the end." }),
      }),
    ),
    failures: z.array(z.object({ code: z.string(), jobs: z.int() })),
    secrets_to_reseal: z.int().openapi({
      description: `Webhook secrets and Slack tokens that are sealed with an older key of SIGNING_KEY, ${MAX_STALE} at most; 0: none needs that key any more.`,
    }),
    secrets_unreadable: z.int().openapi({
      description: "Those of a key that SIGNING_KEY does not hold. Put it back behind the current one.",
    }),
  })
  .openapi("Stats");

const read = createRoute({
  method: "get",
  path: "/v1/stats",
  tags: ["operator"],
  summary: "How the deployment does: waiting, speech API, overhead by length; failures by code",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: {
    query: z.object({
      since: z.iso.datetime({ offset: true }).optional().openapi({ description: "Default: 24 hours ago." }),
    }),
  },
  responses: { 200: json("The numbers", StatsSchema), ...problems(422) },
});

stats.openapi(read, async (c) => {
  const { since } = c.req.valid("query");
  const from = since === undefined ? c.get("now")() - DEFAULT_MS : Date.parse(since);
  const found = await lastFinished(c.env.DB, from, STATS_JOBS + 1);
  const jobs = found.slice(0, STATS_JOBS);
  const isComplete = found.length <= STATS_JOBS;
  const secrets = await countStale(c.env.DB, c.get("config").signingKey);
  return c.json(
    { since: showTime(from) ?? "", is_complete: isComplete, ...sumUpJobs(jobs), ...secrets },
    200,
  );
});

async function countStale(db: D1Database, signingKey: string) {
  const stale = await listStale(db, await currentKeyId(signingKey), MAX_STALE);
  const known = ["", ...(await olderKeyIds(signingKey))]; // the first seals named no key, and each is tried
  const readable = stale.filter(({ keyId }) => known.includes(keyId));
  return { secrets_to_reseal: readable.length, secrets_unreadable: stale.length - readable.length };
}
