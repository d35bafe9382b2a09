import type { Failure } from "../../shared/failure.ts";

/** Why a step of a job did not come to its end, and so what becomes of the job. */
export type Setback =
  /** The job ends as failed. */
  | { kind: "fail"; failure: Failure }
  /** Not the job's fault: it goes on at `until`, and nothing is counted. */
  | { kind: "wait"; until: number; reason: string }
  /** It may go better next time, after a pause that grows; after `atMost` failures the job ends with this one. */
  | { kind: "again"; failure: Failure; atMost: number; pauseMs?: number }
  /** The claim is no longer ours: whoever took it goes on. */
  | { kind: "lost" };

export function fail(failure: Failure): Setback {
  return { kind: "fail", failure };
}
