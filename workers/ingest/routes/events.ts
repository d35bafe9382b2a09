import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { isFinished, type Job, showJob } from "../../../shared/job.ts";
import { readJob } from "../../../shared/storage/jobs.ts";
import { requireKey } from "../auth.ts";
import { createRouter } from "../router.ts";
import { problems } from "../schemas.ts";
import { findJob } from "./jobs.ts";

export const events = createRouter();

const LOOK_EVERY_MS = 1_000;
/** A quiet stream is taken for dead by proxies; browsers come back by themselves after the end. */
const KEEP_ALIVE_MS = 15_000;
const LONGEST_MS = 15 * 60_000;

const follow = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/events",
  tags: ["jobs"],
  summary: "Follow a job: server-sent events, one for each change of stage, then its end",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: {
      description:
        "`job.progress` and at last `job.completed`, `job.failed` or `job.canceled`; data is the job",
      content: { "text/event-stream": { schema: z.string() } },
    },
    ...problems(401, 404),
  },
});

events.openapi(follow, async (c) => {
  const first = await findJob(c.env.DB, c.get("key").tenantId, c.req.valid("param").id);
  const now = c.get("now");
  return streamSSE(c, async (stream) => {
    const until = now() + LONGEST_MS;
    let job: Job | null = first;
    let seen = "";
    for (let quietSince = now(); job && !stream.aborted && now() < until; ) {
      const state = [job.status, job.stage, job.partsDone, job.partsTotal, job.waitingFor].join();
      if (state !== seen) {
        const event = isFinished(job.status) ? `job.${job.status}` : "job.progress";
        await stream.writeSSE({ event, data: JSON.stringify(showJob(job)) });
        seen = state;
        quietSince = now();
      } else if (now() - quietSince > KEEP_ALIVE_MS) {
        await stream.write(": still here\n\n");
        quietSince = now();
      }
      if (isFinished(job.status)) return;
      await scheduler.wait(LOOK_EVERY_MS);
      job = await readJob(c.env.DB, first.tenantId, first.id);
    }
  });
});
