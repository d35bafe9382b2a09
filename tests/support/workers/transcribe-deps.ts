import { isFinished, type Job } from "../../../shared/job.ts";
import type { Part } from "../../../shared/part.ts";
import type { TranscribeMessage } from "../../../shared/queue/message.ts";
import { slackHosts } from "../../../shared/slack/hosts.ts";
import type { Provider } from "../../../shared/speech/provider.ts";
import { readAnyJob } from "../../../shared/storage/job-work.ts";
import { listParts } from "../../../shared/storage/parts.ts";
import type { Answer } from "../../../shared/storage/raw-answers.ts";
import { serializeTranscript } from "../../../shared/transcript/serialize-transcript.ts";
import type { Deps } from "../../../workers/transcribe/deps.ts";
import { runJob } from "../../../workers/transcribe/run-job.ts";
import { runMessage } from "../../../workers/transcribe/run-message.ts";
import { runPart } from "../../../workers/transcribe/run-part.ts";
import { wakeJobs } from "../../../workers/transcribe/sweep.ts";
import { generateTranscript } from "../audio/generated-transcript.ts";
import { claim, fanOutNow, NOW } from "../stack/jobs.ts";
import type { Storage } from "../stack/storage.ts";
import { SIGNING_KEY } from "../stack/tenant.ts";

export const BASE_URL = "https://diarist.example.com";

export const PROVIDER: Provider = "together https://speech.example.com/v1";

/** The transcribe Worker's deps with a clock set by hand, dice that always show the same, and queues that only note. */
export type TestDeps = Deps & {
  time: number;
  /** Wake-ups of jobs and parts, in order, with the delay asked for. */
  woken: { jobId: string; part?: number; delaySeconds: number }[];
  /** The same messages on their way, with the time from which on the queue delivers them. */
  inbox: { at: number; message: TranscribeMessage }[];
  /** Resolves when the next message is sent. */
  untilSent(): Promise<void>;
  /** Events announced to notify, in order. */
  announced: string[];
};

export function makeDeps(
  { db, bucket }: Pick<Storage, "db" | "bucket">,
  change: Partial<Deps> & { upstream?: Partial<Deps["config"]["upstream"]> } = {},
): TestDeps {
  const { upstream, ...rest } = change;
  const woken: TestDeps["woken"] = [];
  const announced: string[] = [];
  const inbox: TestDeps["inbox"] = [];
  let sent = Promise.withResolvers<void>();
  function take(message: TranscribeMessage, delaySeconds = 0): void {
    const { job_id: jobId, part } = message;
    woken.push({ jobId, ...(part === undefined ? {} : { part }), delaySeconds });
    inbox.push({ at: deps.time + delaySeconds * 1000, message });
    sent.resolve();
    sent = Promise.withResolvers<void>();
  }
  const deps: TestDeps = {
    time: NOW,
    woken,
    inbox,
    untilSent: () => sent.promise,
    announced,
    db,
    bucket,
    transcribeQueue: {
      async send(message, options) {
        take(message, options?.delaySeconds);
        return SENT;
      },
      async sendBatch(messages) {
        for (const { body } of messages) take(body);
        return SENT;
      },
    },
    notifyQueue: {
      async sendBatch(messages) {
        for (const { body } of messages) {
          if (!("event_id" in body)) throw new Error(`an event, not ${JSON.stringify(body)}`);
          announced.push(body.event_id);
        }
        return SENT;
      },
    },
    config: {
      signingKey: SIGNING_KEY,
      baseUrl: BASE_URL,
      mediaBaseUrl: BASE_URL,
      upstream: {
        provider: PROVIDER,
        apiKey: "key-of-the-tests",
        baseUrl: "https://speech.example.com/v1",
        model: null,
        takesUrl: true,
        maxBodyBytes: 1_000_000,
        ...upstream,
      },
      partSeconds: 1200,
      tenantConcurrency: 8,
      allowLocal: false,
      slack: slackHosts(undefined, false),
    },
    fetch: () => Promise.reject(new Error("this test calls nobody")),
    now: () => deps.time,
    random: () => 0,
    async pause(ms) {
      deps.time += ms;
    },
    ...rest,
  };
  return deps;
}

/** What a queue answers to a send. */
export const SENT = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } } as QueueSendResponse &
  QueueSendBatchResponse;

/** What the speech API was asked in one call. */
type SpeechCall = { url: string; fields: Record<string, string | File>; key: string | null };

/** The SDK fetches this to find out whose `FormData` it has; it goes nowhere. */
export const PROBE = "data:,";

/** An answer as it is kept, of the provider that `makeDeps` has. */
export function keptAnswer(body: string, change: Partial<Answer> = {}): Answer {
  return { body, upstreamMs: 1, provider: PROVIDER, heard: true, ...change };
}

/** The speech API as a list of answers, one a call; what comes after the last is a mistake of the test's. */
export type Speech = { fetch: typeof fetch; calls: SpeechCall[] };

export type SpeechAnswer =
  | Response
  | ((signal: AbortSignal, call: SpeechCall) => Response | Promise<Response>);

export function scriptSpeech(...answers: SpeechAnswer[]): Speech {
  const calls: SpeechCall[] = [];
  return {
    calls,
    async fetch(input, init) {
      if (input === PROBE) return new Response();
      const request = new Request(input instanceof Request ? input.url : input, init as RequestInit);
      const fields = Object.fromEntries((await request.clone().formData()).entries());
      const call = { url: request.url, fields, key: request.headers.get("authorization") };
      const answer = answers[calls.push(call) - 1];
      if (!answer) throw new Error(`call ${calls.length} was not expected`);
      return typeof answer === "function" ? answer(request.signal, call) : answer;
    },
  };
}

/** A transcript as the speech API answers it. */
export function answerOf(words = 12, seed = 1): Response {
  return Response.json(generateTranscript(words, seed));
}

/** The transcript's JSON as Diarist keeps it. */
export function jsonOf(words = 12, seed = 1): string {
  return serializeTranscript(generateTranscript(words, seed));
}

/** The speech API's error envelope. */
export function errorOf(status: number, code: string | null, headers: Record<string, string> = {}): Response {
  const error = { message: `no: ${code}`, type: "invalid_request_error", param: null, code };
  return Response.json({ id: "oUp-1", error }, { status, headers });
}

/** One attempt at the job, or at each of its parts that waits, and the job after it. */
export async function attempt(deps: TestDeps, id: string): Promise<Job> {
  const before = await readAnyJob(deps.db, id);
  if (before?.status !== "processing") await runJob(deps, id);
  else {
    const waiting = (await listParts(deps.db, id)).filter((part) => part.status === "waiting");
    for (const part of waiting) await runPart(deps, part);
  }
  return readJobNow(deps, id);
}

/** Delivers message after message of this job, each when it is due, until the job has ended. */
export async function finish(deps: TestDeps, id: string): Promise<Job> {
  for (let n = 0; n < 200; n++) {
    const job = await readJobNow(deps, id);
    if (isFinished(job.status)) return job;
    const next = takeNext(deps, id);
    if (next) {
      deps.time = Math.max(deps.time, next.at);
      await handle(deps, next.message);
    } else if (n === 0) await runJob(deps, id);
    else {
      deps.time += 60_000;
      await wakeJobs(deps);
    }
  }
  throw new Error(`${id} has not ended after 200 messages`);
}

export function handle(deps: TestDeps, message: TranscribeMessage): Promise<void> {
  return runMessage(deps, message);
}

/** The message that is due first, of those for this job. */
function takeNext({ inbox }: TestDeps, id: string) {
  const own = inbox.filter(({ message }) => message.job_id === id);
  const [first] = own.sort((a, b) => a.at - b.at);
  if (first) inbox.splice(inbox.indexOf(first), 1);
  return first;
}

export async function readJobNow(deps: Deps, id: string): Promise<Job> {
  const job = await readAnyJob(deps.db, id);
  if (!job) throw new Error(`${id} is gone`);
  return job;
}

/** The job is in the hands of its only part, which somebody holds. */
export async function claimOnlyPart(deps: Deps, id: string): Promise<Part> {
  const job = await claim(deps.db, id, deps.now());
  const spans = [{ start: 0, end: job.audio.duration ?? 0 }];
  const handed = await fanOutNow(deps.db, job, spans, deps.config.tenantConcurrency, deps.now());
  if (!handed.claimed) throw new Error(`${id} could not be fanned out`);
  return handed.claimed;
}

/** The job's only part. */
export async function readPartNow(deps: Deps, id: string): Promise<Part> {
  const [part, ...others] = await listParts(deps.db, id);
  if (!part || others.length > 0) throw new Error(`${id} has ${part ? 1 + others.length : 0} parts`);
  return part;
}

type LedgerRow = {
  attempt: number;
  purpose: string;
  outcome: string | null;
  http_status: number | null;
};

export async function ledgerOf(deps: Deps, id: string): Promise<LedgerRow[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT attempt, purpose, outcome, http_status FROM calls WHERE job_id = ? ORDER BY attempt, started_at, purpose DESC`,
    )
    .bind(id)
    .all<LedgerRow>();
  return results;
}

/** The types of a job's events, in order, without those of its progress. */
export async function eventsOf(deps: Deps, id: string): Promise<string[]> {
  const { results } = await deps.db
    .prepare(
      "SELECT type FROM events WHERE job_id = ? AND type NOT IN ('job.queued', 'job.started') ORDER BY sequence",
    )
    .bind(id)
    .all<{ type: string }>();
  return results.map((row) => row.type);
}
