import type { Failure } from "../../shared/failure.ts";
import { LATEST_START_MS } from "../../shared/limits.ts";
import type { Deps } from "./deps.ts";

/** Why a step of a job did not finish, and what happens next. */
export type Outcome =
  /** The job ends as failed. */
  | { kind: "fail"; failure: Failure }
  /** Not the job's fault: it continues at `until`, and no failure is counted. */
  | { kind: "defer"; until: number; reason: string }
  /** Tried again after a growing pause; after `atMost` failures the job ends with this failure. */
  | { kind: "retry"; failure: Failure; atMost: number; pauseMs?: number }
  /**
   * The speech API accepted the call and failed: tried once more as it is, then in smaller parts; in smaller parts at
   * once when it took too long.
   */
  | { kind: "upstream_failed"; failure: Failure; isTimeout: boolean }
  /** Another Worker has the claim now and continues. */
  | { kind: "lease_lost" };

export function fail(failure: Failure): Outcome {
  return { kind: "fail", failure };
}

/** Those that waited for a gate together come back spread over this time. */
const SPREAD_MS = 2_000;

export function deferTo(deps: Deps, until: number, reason: string): Outcome {
  return { kind: "defer", until: until + Math.round(deps.random() * SPREAD_MS), reason };
}

/** Defers work that takes minutes when this invocation, which began at `started`, may end before it is done. */
export function leaveForNext(deps: Deps, started: number): Outcome | null {
  const now = deps.now();
  return now - started > LATEST_START_MS ? { kind: "defer", until: now, reason: "out_of_time" } : null;
}
