import { createRoute, z } from "@hono/zod-openapi";
import { showTime } from "../../../shared/job.ts";
import { STATS_JOBS } from "../../../shared/limits.ts";
import { lastFinished } from "../../../shared/storage/stats.ts";
import { requireKey } from "../access/require-key.ts";
import { createRouter } from "../http/router.ts";
import { LENGTH_CLASSES, sumUpJobs } from "../jobs/job-stats.ts";
import { json, problems } from "../openapi/schemas.ts";

export const stats = createRouter();

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
  const summary = sumUpJobs(jobs);
  return c.json({ since: showTime(from) ?? "", is_complete: found.length <= STATS_JOBS, ...summary }, 200);
});
