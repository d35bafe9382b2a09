import type { Failure } from "../../shared/failure.ts";
import { LATEST_START_MS } from "../../shared/limits.ts";
import type { Deps } from "./deps.ts";

/** Why a step of a job did not come to its end, and so what becomes of the job. */
export type Outcome =
  /** The job ends as failed. */
  | { kind: "fail"; failure: Failure }
  /** Not the job's fault: it goes on at `until`, and nothing is counted. */
  | { kind: "defer"; until: number; reason: string }
  /** It may go better next time, after a pause that grows; after `atMost` failures the job ends with this one. */
  | { kind: "retry"; failure: Failure; atMost: number; pauseMs?: number }
  /** The speech API took the call and failed on it: once more as it is, then in smaller pieces. */
  | { kind: "upstream_failed"; failure: Failure }
  /** The claim is no longer ours: whoever took it goes on. */
  | { kind: "lease_lost" };

export function fail(failure: Failure): Outcome {
  return { kind: "fail", failure };
}

/** What takes minutes is not begun when this invocation, at work since `started`, may end before it is done. */
export function leaveForNext(deps: Deps, started: number): Outcome | null {
  const now = deps.now();
  return now - started > LATEST_START_MS ? { kind: "defer", until: now, reason: "out_of_time" } : null;
}
