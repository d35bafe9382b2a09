import { vi } from "vitest";
import { consume } from "../../../shared/queue/consume.ts";
import { parseTranscribeMessage, type TranscribeMessage } from "../../../shared/queue/message.ts";
import { reviveDeadLetter } from "../../../workers/transcribe/dead-letter.ts";
import { runMessage } from "../../../workers/transcribe/run-message.ts";
import { moveKeptAnswers } from "../../../workers/transcribe/speech/keep-answer.ts";
import { wakeJobs } from "../../../workers/transcribe/sweep.ts";
import type { TestDeps } from "./transcribe-deps.ts";

/** As in wrangler.toml. */
const MAX_RETRIES = 10;
const SWEEP_MS = 60_000;
/** Heartbeats and sweeps come as often while a Worker waits. */
const STEP_MS = 10_000;

type Waiting = { at: number; message: TranscribeMessage; attempts: number; isDead: boolean };

/**
 * The transcribe Worker as deployed, on the clock of its deps: one consumer, retries, dead letters, a sweep each minute
 * and heartbeats. Time passes only where somebody waits. Needs fake intervals.
 */
export function deploy(deps: TestDeps) {
  const retried: Waiting[] = [];
  let sweptAt = deps.time;
  let isSweeping = false;

  async function sweepIfDue(): Promise<void> {
    if (isSweeping || deps.time - sweptAt < SWEEP_MS) return;
    isSweeping = true;
    sweptAt = deps.time;
    await wakeJobs(deps).catch(() => undefined);
    await moveKeptAnswers(deps).catch(() => undefined);
    isSweeping = false;
  }

  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      const step = Math.min(left, STEP_MS);
      deps.time += step;
      await vi.advanceTimersByTimeAsync(step);
      await sweepIfDue();
    }
  }
  deps.pause = pass;

  function takeDue(): Waiting | null {
    const fresh = deps.inbox.map((sent) => ({ ...sent, attempts: 1, isDead: false, sent }));
    const due = [...retried, ...fresh].filter(({ at }) => at <= deps.time).sort((a, b) => a.at - b.at)[0];
    if (!due) return null;
    if ("sent" in due) deps.inbox.splice(deps.inbox.indexOf(due.sent as TestDeps["inbox"][number]), 1);
    else retried.splice(retried.indexOf(due), 1);
    return due;
  }

  function untilDue(): number {
    const next = Math.min(...[...retried, ...deps.inbox].map(({ at }) => at), deps.time + SWEEP_MS);
    return Math.max(1, next - deps.time);
  }

  async function deliver({ message, attempts, isDead }: Waiting): Promise<void> {
    const retry = (delaySeconds: number) => {
      const isLast = !isDead && attempts > MAX_RETRIES;
      const next = isLast ? { attempts: 1, isDead: true } : { attempts: attempts + 1, isDead };
      retried.push({ at: deps.time + delaySeconds * 1000, message, ...next });
    };
    const handed = {
      id: "message",
      body: message,
      attempts,
      timestamp: new Date(deps.time),
      ack: () => undefined,
      retry: (options?: QueueRetryOptions) => retry(options?.delaySeconds ?? 0),
    };
    const batch = { messages: [handed] } as unknown as MessageBatch;
    await consume(
      batch,
      {
        queue: "transcribe",
        parse: parseTranscribeMessage,
        work: (body) => (isDead ? reviveDeadLetter(deps, body) : runMessage(deps, body)),
        logCrash: () => undefined,
      },
      deps.random,
    );
  }

  return {
    /** Lets time pass for a call to the speech API. */
    pass,
    /** Until all is done, or for `ms`. */
    async run(ms: number, isDone: () => Promise<boolean>): Promise<void> {
      const end = deps.time + ms;
      while (deps.time < end) {
        const due = takeDue();
        if (due) await deliver(due);
        else if (await isDone()) return;
        else await pass(untilDue());
      }
    },
  };
}
