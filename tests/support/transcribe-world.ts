import type { Job } from "../../shared/job.ts";
import { readAnyJob } from "../../shared/storage/job-work.ts";
import { serializeTranscript } from "../../shared/transcript.ts";
import { runJob } from "../../workers/transcribe/run-job.ts";
import { wakeJobs } from "../../workers/transcribe/sweep.ts";
import type { World } from "../../workers/transcribe/world.ts";
import { generateTranscript } from "./generated-transcript.ts";
import { NOW } from "./jobs.ts";
import type { Storage } from "./storage.ts";
import { SIGNING_KEY } from "./tenant.ts";

export const BASE_URL = "https://diarist.example.com";

/** The transcribe Worker's world with a clock set by hand, dice that always show the same, and queues that only note. */
export type TestWorld = World & {
  time: number;
  /** Wake-ups of jobs, in order, with the delay asked for. */
  woken: { jobId: string; delaySeconds: number }[];
  /** Events announced to notify, in order. */
  announced: string[];
};

export function makeWorld(
  { db, bucket }: Pick<Storage, "db" | "bucket">,
  change: Partial<World> & { upstream?: Partial<World["config"]["upstream"]> } = {},
): TestWorld {
  const { upstream, ...rest } = change;
  const woken: TestWorld["woken"] = [];
  const announced: string[] = [];
  const world: TestWorld = {
    time: NOW,
    woken,
    announced,
    db,
    bucket,
    transcribeQueue: {
      async send(message, options) {
        woken.push({ jobId: message.job_id, delaySeconds: options?.delaySeconds ?? 0 });
        return SENT;
      },
      async sendBatch(messages) {
        for (const { body } of messages) woken.push({ jobId: body.job_id, delaySeconds: 0 });
        return SENT;
      },
    },
    notifyQueue: {
      async send(message) {
        if (!("event_id" in message)) throw new Error(`an event, not ${JSON.stringify(message)}`);
        announced.push(message.event_id);
        return SENT;
      },
    },
    config: {
      signingKey: SIGNING_KEY,
      baseUrl: BASE_URL,
      upstream: {
        apiKey: "key-of-the-tests",
        baseUrl: "https://speech.example.com/v1",
        fetchesFromUs: true,
        maxDirectBytes: 1_000_000,
        ...upstream,
      },
      partSeconds: 1200,
      partsAtOnce: 8,
      allowLocal: false,
    },
    fetch: () => Promise.reject(new Error("this test calls nobody")),
    now: () => world.time,
    random: () => 0,
    ...rest,
  };
  return world;
}

/** What a queue answers to a send. */
export const SENT = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } } as QueueSendResponse &
  QueueSendBatchResponse;

/** What the speech API was asked in one call. */
export type SpeechCall = { url: string; fields: Record<string, string | File>; key: string | null };

/** The SDK fetches this to find out whose `FormData` it has; it goes nowhere. */
export const PROBE = "data:,";

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

/** One attempt, and the job after it. */
export async function attempt(world: TestWorld, id: string): Promise<Job> {
  await runJob(world, id);
  return readJobNow(world, id);
}

/** Attempt after attempt, each when it is due, until the job has ended. */
export async function finish(world: TestWorld, id: string): Promise<Job> {
  for (let n = 0; n < 20; n++) {
    const job = await attempt(world, id);
    if (job.status !== "queued" && job.status !== "processing") return job;
    world.time = Math.max(world.time, job.notBefore ?? 0);
    if (job.status === "processing") {
      world.time += 60_000;
      await wakeJobs(world);
    }
  }
  throw new Error(`${id} has not ended after 20 attempts`);
}

export async function readJobNow(world: World, id: string): Promise<Job> {
  const job = await readAnyJob(world.db, id);
  if (!job) throw new Error(`${id} is gone`);
  return job;
}

export type LedgerRow = {
  attempt: number;
  purpose: string;
  outcome: string | null;
  http_status: number | null;
};

export async function ledgerOf(world: World, id: string): Promise<LedgerRow[]> {
  const { results } = await world.db
    .prepare(
      `SELECT attempt, purpose, outcome, http_status FROM calls WHERE job_id = ? ORDER BY attempt, started_at, purpose DESC`,
    )
    .bind(id)
    .all<LedgerRow>();
  return results;
}

/** The types of a job's events, in order. */
export async function eventsOf(world: World, id: string): Promise<string[]> {
  const { results } = await world.db
    .prepare("SELECT type FROM events WHERE job_id = ? ORDER BY sequence")
    .bind(id)
    .all<{ type: string }>();
  return results.map((row) => row.type);
}
