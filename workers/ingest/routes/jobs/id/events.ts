import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { isFinished, type Job } from "../../../../../shared/job.ts";
import { readJob } from "../../../../../shared/storage/jobs.ts";
import { requireKey } from "../../../access/require-key.ts";
import { createRouter } from "../../../http/router.ts";
import { findJob, showJobTo } from "../../../jobs/find-job.ts";
import { problems } from "../../../openapi/schemas.ts";

export const jobEvents = createRouter();

/** Each look is a D1 query. An invocation has 1,000. */
const LOOK_EVERY_MS = 1_000;
const LONGEST_MS = 10 * 60_000;
/** Proxies close a quiet stream. */
const KEEP_ALIVE_MS = 15_000;
/** How long clients wait before they reconnect after the end of a stream. */
const RETRY_MS = 2_000;

const follow = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/events",
  tags: ["jobs"],
  summary: "Follow a job: server-sent events, one for each change, then its end",
  security: [{ key: [] }],
  middleware: [requireKey] as const,
  request: {
    params: z.object({ id: z.string() }),
    headers: z.object({
      "last-event-id": z.string().optional().openapi({
        description: "Sent by EventSource when it comes back: the state it names is not told again.",
      }),
    }),
  },
  responses: {
    200: {
      description:
        "`job.progress` for the present state and each change of status, stage, parts or what is waited for, and at last `job.completed`, `job.failed` or `job.canceled`. Data is the job as `GET /v1/jobs/{id}` shows it. The stream ends with the job, or after ten minutes: come back with `Last-Event-ID`.",
      content: { "text/event-stream": { schema: z.string() } },
    },
    204: { description: "`Last-Event-ID` names the end of this job: there is nothing more to follow." },
    ...problems(404),
  },
});

jobEvents.openapi(follow, async (c) => {
  const first = await findJob(c, c.req.valid("param").id);
  const lastSeen = c.req.valid("header")["last-event-id"] ?? "";
  if (isFinished(first.status) && lastSeen === stateOf(first)) return c.body(null, 204); // EventSource stops here
  const now = c.get("now");
  return streamSSE(c, async (stream) => {
    const until = now() + LONGEST_MS;
    let job: Job | null = first;
    let seen = lastSeen;
    for (let spokeAt = Number.NEGATIVE_INFINITY; job && !stream.aborted && now() < until; ) {
      const state = stateOf(job);
      if (state !== seen) {
        const event = isFinished(job.status) ? `job.${job.status}` : "job.progress";
        await stream.writeSSE({ id: state, event, retry: RETRY_MS, data: JSON.stringify(showJobTo(c, job)) });
        [seen, spokeAt] = [state, now()];
      } else if (now() - spokeAt > KEEP_ALIVE_MS) {
        await stream.write(": still here\n\n");
        spokeAt = now();
      }
      if (isFinished(job.status)) return;
      await scheduler.wait(LOOK_EVERY_MS);
      job = await readJob(c.env.DB, first.tenantId, first.id);
    }
  });
});

/** Names the state that a follower sees. A new name is a new event. */
function stateOf({ sequence, status, stage, partsDone, partsTotal, waitingFor }: Job): string {
  return [sequence, status, stage, partsDone, partsTotal, waitingFor ?? ""].join(".");
}
