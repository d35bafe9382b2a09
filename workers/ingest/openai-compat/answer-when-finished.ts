import { isFinished, type Job } from "../../../shared/job.ts";
import { NoTranscriptError } from "./envelope.ts";
import type { Answer } from "./write-answer.ts";

/** Together's SDK gives up without headers after 60 s. Until we send them, a failure has its own status. */
export const HOLD_MS = 50_000;
/** No byte may be sent ahead of text, and Node's fetch gives up without headers after 300 s. */
export const HOLD_TEXT_MS = 280_000;
/** Proxies close a connection after 30 s to 100 s without a byte. */
export const KEEP_ALIVE_MS = 15_000;
/** A Worker may wait as long as its client, but has 1,000 D1 queries. This takes about 800. */
export const LONGEST_MS = 60 * 60_000;

/** Breaking off a connection loses what is still on its way. The explanation has this long to arrive. */
const FLUSH_MS = 1_000;

/** A compressor would hold back the spaces. Cloudflare obeys the first header, the local runtime the second. */
const UNCOMPRESSED = { "cache-control": "no-transform", "content-encoding": "identity" };

export type Waiting = {
  /** The job now; null: it was deleted. */
  look(): Promise<Job | null>;
  pause(ms: number): Promise<unknown>;
  now(): number;
  /** Aborted when the caller disconnects. */
  signal: AbortSignal;
  write(job: Job): Promise<Answer>;
  /** An error as the body of an answer. */
  explain(error: unknown): Promise<string>;
};

/**
 * Answers with the transcript once the job has one. JSON may begin with spaces: after a while we send some to keep the
 * connection alive, and from then on the status is 200. A failure after that is written as text and the connection is
 * broken off, so that no client takes it for a transcript.
 * @throws NoTranscriptError when the job ended without a transcript, or takes longer than a response in text can wait
 */
export async function answerWhenFinished(job: Job, isText: boolean, waiting: Waiting): Promise<Response> {
  const begun = waiting.now();
  const seen = await follow(job, begun, begun + (isText ? HOLD_TEXT_MS : HOLD_MS), waiting);
  if (!seen || isFinished(seen.status)) return answer(await write(job, seen, waiting));
  if (isText) throw stillWorking(seen);
  return new Response(spacesThenAnswer(seen, begun, waiting), {
    headers: { "content-type": "application/json", ...UNCOMPRESSED },
  });
}

function answer({ pieces, contentType, warnings }: Answer): Response {
  const body = streamOf(async () => pieces[Symbol.iterator]());
  const told = warnings.length > 0 ? { "x-diarist-warnings": warnings.join(", ") } : {};
  return new Response(body, { headers: { "content-type": contentType, ...told } });
}

/** Spaces until the job has finished, then the transcript or the failure. */
function spacesThenAnswer(job: Job, begun: number, waiting: Waiting): ReadableStream<Uint8Array> {
  const end = begun + LONGEST_MS;
  let failed: { error: unknown } | null = null;
  return streamOf(async () => {
    if (failed) {
      await waiting.pause(FLUSH_MS);
      throw failed.error;
    }
    try {
      const seen = await follow(job, begun, Math.min(end, waiting.now() + KEEP_ALIVE_MS), waiting);
      if (seen && !isFinished(seen.status) && waiting.now() < end) return " ";
      return (await write(job, seen, waiting)).pieces[Symbol.iterator]();
    } catch (error) {
      failed = { error };
      return waiting.explain(error);
    }
  });
}

/** Sends what `next` returns, as text, until it returns the pieces of the answer. Nothing is read ahead. */
function streamOf(next: () => Promise<string | Iterator<string | Uint8Array>>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let pieces: Iterator<string | Uint8Array> | null = null;
  return new ReadableStream({
    async pull(controller) {
      if (!pieces) {
        const found = await next();
        if (typeof found === "string") return controller.enqueue(encoder.encode(found));
        pieces = found;
      }
      const { value, done } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
    },
  });
}

/** The job once it has finished, or at `until`; null when it was deleted. */
async function follow(job: Job, begun: number, until: number, waiting: Waiting): Promise<Job | null> {
  let seen: Job | null = job;
  while (seen && !isFinished(seen.status) && waiting.now() < until && !waiting.signal.aborted) {
    const pause = Math.min(5_000, Math.max(100, (waiting.now() - begun) / 20));
    await waiting.pause(Math.min(pause, until - waiting.now()));
    seen = await waiting.look();
  }
  return seen;
}

async function write(job: Job, seen: Job | null, waiting: Waiting): Promise<Answer> {
  if (!seen) throw new NoTranscriptError(404, "not_found", `The job ${job.id} was deleted.`);
  if (!isFinished(seen.status)) throw stillWorking(seen);
  return waiting.write(seen);
}

/** A repeated request joins the same work, unless the caller wants a transcript that is not reused. */
function stillWorking({ id, options }: Job): NoTranscriptError {
  const reused = options.reuse && options.temperature === 0;
  const message = `Still transcribing. GET /v1/jobs/${id} tells how far it is, GET /v1/jobs/${id}/transcript has the transcript in the end.${reused ? " Or send the request again: it is not paid for twice." : ""}`;
  return new NoTranscriptError(504, "still_working", message, reused);
}
