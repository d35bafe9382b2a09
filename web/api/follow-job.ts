import { EventSourceParserStream } from "eventsource-parser/stream";
import { chunksOf } from "./chunks-of.ts";
import { type Diarist, fetchPath, type Job, UnreachableError } from "./diarist.ts";

/**
 * Yields a job as it progresses, until it has ended or the signal is aborted. Not by `EventSource`, which sends no key.
 * @throws ApiError when there is no such job, or the signal's reason
 */
export async function followJob(
  diarist: Diarist,
  jobId: string,
  onJob: (job: Job) => void,
  signal: AbortSignal,
): Promise<void> {
  let seen = "";
  let retryMs = 2_000;
  for (;;) {
    try {
      const headers = { accept: "text/event-stream", ...(seen && { "last-event-id": seen }) };
      const path = `/v1/jobs/${encodeURIComponent(jobId)}/events`;
      const answer = await fetchPath(diarist, path, { headers, signal });
      if (answer.status === 204 || !answer.body) return;
      const events = answer.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream({ onRetry: (ms) => (retryMs = ms) }));
      for await (const { id, event, data } of chunksOf(events)) {
        seen = id ?? seen;
        onJob(JSON.parse(data));
        if (event !== "job.progress") return;
      }
    } catch (error) {
      signal.throwIfAborted();
      const isBroken = error instanceof UnreachableError || error instanceof TypeError;
      if (!isBroken) throw error; // a stream that breaks off throws a TypeError
    }
    await diarist.reach.pause(retryMs, signal);
  }
}
