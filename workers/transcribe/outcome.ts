import type { Failure } from "../../shared/failure.ts";
import { LATEST_START_MS } from "../../shared/limits.ts";
import type { Deps } from "./deps.ts";

/** Why a step of a job did not come to its end, and so what becomes of the job. */
export type Setback =
  /** The job ends as failed. */
  | { kind: "fail"; failure: Failure }
  /** Not the job's fault: it goes on at `until`, and nothing is counted. */
  | { kind: "wait"; until: number; reason: string }
  /** It may go better next time, after a pause that grows; after `atMost` failures the job ends with this one. */
  | { kind: "again"; failure: Failure; atMost: number; pauseMs?: number }
  /** The speech API took the call and failed on it: once more as it is, then in smaller pieces. */
  | { kind: "failed_call"; failure: Failure }
  /** The claim is no longer ours: whoever took it goes on. */
  | { kind: "lost" };

export function fail(failure: Failure): Setback {
  return { kind: "fail", failure };
}

/** What takes minutes is not begun when this invocation, at work since `started`, may end before it is done. */
export function leaveForNext(deps: Deps, started: number): Setback | null {
  const now = deps.now();
  return now - started > LATEST_START_MS ? { kind: "wait", until: now, reason: "out_of_time" } : null;
}
